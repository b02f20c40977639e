import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { coProcessorName } from '../../hal/native/co-processor.ts';
import { parseConfig } from '../../src/config/read.ts';
import { cameraFor } from '../../src/runtime/live-camera.ts';
import { microphoneFor } from '../../src/runtime/live-microphone.ts';
import { killChildren, refusal } from '../hal/linux/support.ts';
import { installStandIn, nodeMissing, nodeReason } from '../hal/native/stand-in.ts';

const never = new AbortController().signal;
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
const sound = { sampleRateHz: 32_000, channels: 2 };
let folder: string;
let picture: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-fallback-'));
  picture = join(folder, 'blue.png');
  await sharp({ create: { width: 64, height: 48, channels: 3, background: '#0000ff' } }).toFile(picture);
  if (!nodeMissing) await installStandIn(join(folder, 'native'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The devices of a configuration; its state is in the folder. */
function devicesOf(text: string, state = folder) {
  const { config } = parseConfig(`state.directory = "${state}"\n${text}`, undefined);
  const ring = FrameRing.create(settings);
  const clock = new SystemClock();
  return {
    ring,
    camera: cameraFor(config.camera.source, { ring, clock, config }),
    microphone: () => microphoneFor(config.microphone.source, { clock, config }),
  };
}

describe.skipIf(nodeMissing)(`a camera in the native co-processor${nodeReason}`, () => {
  test('that crashes is a fault, and the source that the configuration names takes its place', async () => {
    const { camera, ring } = devicesOf(`camera.source = "opencv:0"\ncamera.fallback = "${picture}"`);
    expect(camera.name).toBe('opencv:0');
    const session = await camera.open(settings, never);
    const reading = (async () => {
      for await (const _ of session.frames(never));
    })();
    await killChildren('co-processor', 'SIGSEGV');
    expect((await refusal(reading)).device).toBe(coProcessorName);
    await session.close();
    const other = await camera.open(settings, never);
    for await (const frame of other.frames(never)) {
      expect([...ring.pixels(frame).subarray(0, 3)]).toEqual([0, 0, 255]);
      break;
    }
    await other.close();
    expect(camera.name).toBe(
      `${picture} (in place of opencv:0: native co-processor: crashed (SIGSEGV): [ INFO:0] global cap.cpp opened a camera)`,
    );
  });

  test('whose own camera is unplugged is waited for: another driver would not find it either', async () => {
    const { camera } = devicesOf(`camera.source = "opencv:/dev/none"\ncamera.fallback = "${picture}"`);
    const error = await refusal(camera.open(settings, never));
    expect([error.device, error.kind as string]).toEqual(['opencv:/dev/none', 'not-found']);
    expect(camera.name).toBe('opencv:/dev/none');
  });
});

test('without Node the fallback is taken, too', async () => {
  const state = join(folder, 'without-node');
  await Bun.write(join(state, 'native/co-processor.mjs'), '');
  const { camera } = devicesOf(`camera.source = "opencv:0"\ncamera.fallback = "${picture}"`, state);
  const path = process.env.PATH;
  process.env.PATH = folder;
  try {
    const session = await camera.open(settings, never);
    await session.close();
  } finally {
    process.env.PATH = path;
  }
  expect(camera.name).toContain('needs Node, which is not installed');
});

test('what is not installed gives way to the fallback, and is a fault where there is none', async () => {
  const state = join(folder, 'empty');
  const allowed = devicesOf(`camera.source = "opencv:0"\ncamera.fallback = "${picture}"`, state);
  const session = await allowed.camera.open(settings, never);
  await session.close();
  expect(allowed.camera.name).toContain('Run: vigil setup native');
  const plain = devicesOf('camera.source = "opencv:0"\nmicrophone.source = "portaudio:"', state);
  expect((await refusal(plain.camera.open(settings, never))).message).toContain('vigil setup native');
  expect((await refusal(plain.microphone().open(sound, never))).message).toContain('vigil setup native');
});
