import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { coProcessorName, programName } from '../../../hal/native/co-processor.ts';
import { LibgpiodInput, LibgpiodOutput } from '../../../hal/native/libgpiod.ts';
import { OpencvCamera } from '../../../hal/native/opencv-camera.ts';
import { PortaudioMicrophone } from '../../../hal/native/portaudio-microphone.ts';
import { childProcesses, killChildren, openDescriptors, refusal } from '../linux/support.ts';
import { installStandIn, nodeMissing, nodeReason, type StandIn } from './stand-in.ts';

const clock = new SystemClock();
const never = new AbortController().signal;
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
const sound = { sampleRateHz: 32_000, channels: 2 };
let standIn: StandIn;

beforeAll(async () => {
  if (!nodeMissing) standIn = await installStandIn();
});
afterAll(() => standIn?.[Symbol.asyncDispose]());

function cameraOf(source: string, directory = standIn.directory) {
  const ring = FrameRing.create(settings);
  const camera = new OpencvCamera({ source, place: { directory, clock }, ring, firstFrameTimeoutMs: 4_000 });
  return { ring, camera };
}

function microphoneOf(named: string) {
  return new PortaudioMicrophone({ named, place: { directory: standIn.directory, clock } });
}

function lineOf(offset: number, activeLow = false, chip = 'tegra-gpio') {
  const place = { directory: standIn.directory, clock };
  return { name: 'lamp', address: { chip, offset }, activeLow, place };
}

describe.skipIf(nodeMissing)(`the native co-processor${nodeReason}`, () => {
  test('gives the picture in RGB with black bars, whatever its libraries print on stdout', async () => {
    const { camera, ring } = cameraOf('0');
    const session = await camera.open(settings, never);
    for await (const frame of session.frames(never)) {
      const pixels = ring.pixels(frame);
      expect([...pixels.subarray(0, 3)]).toEqual([0, 0, 0]);
      expect([...pixels.subarray(24 * 64 * 3, 24 * 64 * 3 + 3)]).toEqual([255, 0, 0]);
      break;
    }
    await session.close();
  });

  test('that crashes is a fault of its own name, and leaves no process and no descriptor behind', async () => {
    const before = [childProcesses(), openDescriptors()] as const;
    const crashes = 4;
    for (let crash = 0; crash < crashes; crash++) {
      const { camera } = cameraOf('0');
      const session = await camera.open(settings, never);
      await killChildren('co-processor', 'SIGSEGV');
      const reading = async () => {
        for await (const _ of session.frames(never));
      };
      const error = await refusal(reading());
      expect([error.device, error.kind as string]).toEqual([coProcessorName, 'disconnected']);
      expect(error.message).toContain('crashed (SIGSEGV)');
      await session.close();
    }
    expect(childProcesses()).toBe(before[0]);
    // Whatever else runs in this process may have opened some; a crash that left one behind would show in each.
    expect(openDescriptors()).toBeLessThan(before[1] + crashes);
  });

  test('tells a camera that is not there, and one that gives no frame any more, from its own faults', async () => {
    const missing = await refusal(cameraOf('/dev/none').camera.open(settings, never));
    expect([missing.device, missing.kind as string]).toEqual(['opencv:/dev/none', 'not-found']);
    const ending = await refusal(cameraOf('/dev/ends').camera.open(settings, never));
    expect([ending.device, ending.kind as string]).toEqual(['opencv:/dev/ends', 'disconnected']);
  });

  test('says which microphones there are, takes the rate that the device has, and counts lost sound', async () => {
    const missing = await refusal(microphoneOf('Nothing').open(sound, never));
    expect([missing.kind as string, missing.message.includes("'Old Card'")]).toEqual(['not-found', true]);
    const session = await microphoneOf('Old Card').open(sound, never);
    expect([session.sampleRateHz, session.channels]).toEqual([44_100, 1]);
    for await (const _ of session.chunks(never)) if (session.overruns > 0) break;
    await session.close();
  });

  test('switches a line off when it is closed, by its electrical level', async () => {
    const lamp = new LibgpiodOutput(lineOf(50, true));
    await lamp.set(true);
    expect([await lamp.read(), await standIn.level(50)]).toEqual([true, false]);
    await lamp.close();
    expect([lamp.commanded, await standIn.level(50)]).toEqual([false, true]);
  });

  test('takes a line again after it was lost', async () => {
    const lamp = new LibgpiodOutput(lineOf(51));
    await lamp.set(true);
    await killChildren('co-processor');
    expect((await refusal(lamp.set(true).then(() => lamp.set(true)))).device).toBe(coProcessorName);
    await lamp.set(true);
    expect(await standIn.level(51)).toBe(true);
    await lamp.close();
  });

  test('says what is wrong with a line: the chip, the number, its holder', async () => {
    const kinds = [
      [lineOf(1, false, 'nowhere'), 'not-found', "there are: 'tegra-gpio'"],
      [lineOf(240), 'not-found', 'has 240 lines'],
      [lineOf(7), 'busy', 'Device or resource busy'],
    ] as const;
    for (const [options, kind, words] of kinds) {
      await using lamp = new LibgpiodOutput(options);
      const error = await refusal(lamp.set(true));
      expect([error.kind as string, error.message.includes(words)]).toEqual([kind, true]);
    }
    await using input = new LibgpiodInput(lineOf(1, false, 'nowhere'));
    expect((await refusal(input.edges(never).next())).kind).toBe('not-found');
  });

  test('ends, its line switched off, when the firmware is killed', async () => {
    const script = `
      import { LibgpiodOutput } from '${resolve('hal/native/libgpiod.ts')}';
      import { SystemClock } from '${resolve('hal/linux/clock.ts')}';
      const place = { directory: '${standIn.directory}', clock: new SystemClock() };
      const address = { chip: 'tegra-gpio', offset: 52 };
      const lamp = new LibgpiodOutput({ name: 'lamp', address, activeLow: false, place });
      await lamp.set(true);
      console.log('lit');
      setInterval(() => {}, 1000);`;
    const firmware = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', env: process.env });
    await firmware.stdout.getReader().read();
    expect(await standIn.level(52)).toBe(true);
    firmware.kill('SIGKILL');
    await firmware.exited;
    for (let look = 0; look < 100 && (await running(standIn.directory)); look++) await Bun.sleep(20);
    expect([await running(standIn.directory), await standIn.level(52)]).toEqual([false, false]);
  });

  test('that is not installed, of another version, or lacks an addon says what to do', async () => {
    await using folder = await temporary();
    const absent = await refusal(cameraOf('0', folder.path).camera.open(settings, never));
    expect([absent.device, absent.message.includes('vigil setup native')]).toEqual([coProcessorName, true]);
    const program = await readFile(join(standIn.directory, programName), 'utf8');
    await writeFile(join(folder.path, programName), program);
    const bare = await refusal(cameraOf('0', folder.path).camera.open(settings, never));
    expect(bare.message).toContain('the addon @u4/opencv4nodejs does not load');
    expect(bare.message).toContain('vigil setup native');
    await writeFile(
      join(folder.path, programName),
      program.replace('protocolVersion = 1', 'protocolVersion = 0'),
    );
    const old = await refusal(cameraOf('0', folder.path).camera.open(settings, never));
    expect(old.message).toContain('of another version');
  });

  test('that writes something else than messages is cut off', async () => {
    await using folder = await temporary();
    for (const written of ['hello, world', '\\xff\\xff\\xff\\xff\\x11', '\\0\\0\\0\\0\\x63']) {
      const program = `import { writeSync } from 'node:fs';
        writeSync(3, Buffer.from('${written}', 'latin1')); setInterval(() => {}, 1000);`;
      await writeFile(join(folder.path, programName), program);
      const error = await refusal(cameraOf('0', folder.path).camera.open(settings, never));
      expect([error.device, error.kind as string]).toEqual([coProcessorName, 'io']);
    }
  });
});

async function running(directory: string): Promise<boolean> {
  const { stdout } = Bun.spawnSync(['ps', '-eo', 'stat,args']);
  return stdout
    .toString()
    .split('\n')
    .some((line) => !line.startsWith('Z') && line.includes(join(directory, programName)));
}

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), 'vigil-native-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
