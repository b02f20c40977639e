import { afterAll, beforeAll, describe } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { OpencvCamera } from '../../hal/native/opencv-camera.ts';
import { writeProgram } from '../../hal/native/program.ts';
import { stateDirectory } from '../../src/people/state-directory.ts';
import { cameraContract } from '../hal/contract/camera.ts';
import { realTime } from '../hal/contract/suite.ts';
import { jpeg, multipart, part, serving } from '../hal/linux/byte-server.ts';
import { killChildren } from '../hal/linux/support.ts';

// As `vigil setup native` has installed them for whoever runs the tests.
const directory = join(stateDirectory(), 'native');
const missing = !existsSync(
  join(directory, 'node_modules/@u4/opencv4nodejs/build/Release/opencv4nodejs.node'),
);
const reason = missing ? ' (skipped: vigil setup native has not built it here)' : '';
const clock = new SystemClock();
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
let server: ReturnType<typeof serving>;

beforeAll(async () => {
  if (missing) return;
  await writeProgram(directory);
  server = serving([multipart, part(await jpeg('#ff0000')), part(await jpeg('#0000ff'))]);
});
afterAll(() => server?.[Symbol.dispose]());

describe.skipIf(missing)(`OpenCV’s own addon${reason}`, () => {
  cameraContract('opencv addon', async () => {
    const ring = FrameRing.create(settings);
    return {
      camera: new OpencvCamera({ source: server.url, place: { directory, clock }, ring }),
      ...{ settings, ring, time: realTime(clock) },
      fail: () => killChildren('co-processor'),
      [Symbol.asyncDispose]: () => killChildren('co-processor'),
    };
  });
});
