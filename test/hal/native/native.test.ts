import { afterAll, beforeAll, describe } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { LibgpiodInput, LibgpiodOutput } from '../../../hal/native/libgpiod.ts';
import { OpencvCamera } from '../../../hal/native/opencv-camera.ts';
import { PortaudioMicrophone } from '../../../hal/native/portaudio-microphone.ts';
import { cameraContract } from '../contract/camera.ts';
import { digitalInputContract, digitalOutputContract } from '../contract/digital-io.ts';
import { microphoneContract } from '../contract/microphone.ts';
import { realTime } from '../contract/suite.ts';
import { killChildren } from '../linux/support.ts';
import { installStandIn, nodeMissing, nodeReason, type StandIn } from './stand-in.ts';

const clock = new SystemClock();
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
const sound = { sampleRateHz: 32_000, channels: 2 };
let standIn: StandIn;

beforeAll(async () => {
  if (!nodeMissing) standIn = await installStandIn();
});
afterAll(() => standIn?.[Symbol.asyncDispose]());

const place = () => ({ directory: standIn.directory, clock });
const killed = () => killChildren('co-processor');
const time = realTime(clock);

function cameraOf(source: string, limits: { firstFrameTimeoutMs?: number; noFrameTimeoutMs?: number } = {}) {
  const ring = FrameRing.create(settings);
  return { ring, camera: new OpencvCamera({ source, place: place(), ring, ...limits }) };
}

let lines = 100;
function lineOf(address = { chip: 'tegra-gpio', offset: lines++ }, activeLow = false) {
  return { name: 'lamp', address, activeLow, place: place() };
}

describe.skipIf(nodeMissing)(`the native co-processor${nodeReason}`, () => {
  cameraContract('opencv', async () => ({
    ...{ ...cameraOf('0'), settings, time },
    fail: killed,
    [Symbol.asyncDispose]: killed,
  }));

  microphoneContract('portaudio', async () => ({
    microphone: new PortaudioMicrophone({ named: 'C920', place: place() }),
    ...{ settings: sound, time },
    fail: killed,
    [Symbol.asyncDispose]: killed,
  }));

  digitalOutputContract('libgpiod', async () => ({
    ...{ output: new LibgpiodOutput(lineOf()), time },
    fail: () => standIn.breakLines(),
    [Symbol.asyncDispose]: async () => {
      await killed();
      await standIn.mendLines();
    },
  }));

  digitalInputContract('libgpiod', async () => {
    const options = lineOf();
    const input = new LibgpiodInput(options);
    await input.read();
    return {
      ...{ input, time },
      drive: async (on) => {
        await standIn.drive(options.address.offset, on);
        await clock.sleep(15); // it is looked at every 5 ms
      },
      fail: () => standIn.breakLines(),
      [Symbol.asyncDispose]: async () => {
        await killed();
        await standIn.mendLines();
      },
    };
  });
});
