import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SystemClock } from '../../hal/linux/clock.ts';
import { PortaudioMicrophone } from '../../hal/native/portaudio-microphone.ts';
import { silenceMs } from '../../hal/native/protocol.ts';
import { killChildren, refusal } from '../hal/linux/support.ts';
import { installStandIn, nodeMissing, nodeReason, type StandIn } from '../hal/native/stand-in.ts';

const clock = new SystemClock();
let standIn: StandIn;

beforeAll(async () => {
  if (!nodeMissing) standIn = await installStandIn();
});
afterAll(() => standIn?.[Symbol.asyncDispose]());

describe.skipIf(nodeMissing)(`the native co-processor${nodeReason}`, () => {
  test('that is frozen by SIGSTOP is killed after its silence, and says so', async () => {
    const place = { directory: standIn.directory, clock };
    const microphone = new PortaudioMicrophone({ named: 'C920', place, noSoundTimeoutMs: 60_000 });
    const never = new AbortController().signal;
    const session = await microphone.open({ sampleRateHz: 32_000, channels: 2 }, never);
    await killChildren('co-processor', 'SIGSTOP');
    const reading = async () => {
      for await (const _ of session.chunks(never));
    };
    const beganMs = clock.nowMs();
    const error = await refusal(reading());
    expect([error.kind as string, error.message]).toEqual([
      'timeout',
      'native co-processor: does not answer any more',
    ]);
    expect(clock.nowMs() - beganMs).toBeLessThan(silenceMs + 2_000);
    await session.close();
  }, 20_000);

  test('switches its line off when the firmware is frozen by SIGSTOP', async () => {
    const script = `
      import { SystemClock } from '${import.meta.dir}/../../hal/linux/clock.ts';
      const place = { directory: '${standIn.directory}', clock: new SystemClock() };
      const address = { chip: 'tegra-gpio', offset: 60 };
      await new LibgpiodOutput({ name: 'lamp', address, activeLow: false, place }).set(true);
      console.log('lit');
      setInterval(() => {}, 1000);`;
    const firmware = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', env: process.env });
    await firmware.stdout.getReader().read();
    firmware.kill('SIGSTOP');
    for (let looks = 0; looks < 100 && (await standIn.level(60)); looks++) await Bun.sleep(100);
    expect(await standIn.level(60)).toBe(false);
    firmware.kill('SIGKILL');
    await firmware.exited;
  }, 30_000);
});
