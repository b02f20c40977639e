import { describe } from 'bun:test';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { FfmpegSource } from '../../hal/linux/ffmpeg.ts';
import { FfmpegCamera } from '../../hal/linux/ffmpeg-camera.ts';
import { cameraContract } from '../hal/contract/camera.ts';
import { realTime } from '../hal/contract/suite.ts';
import { jpeg, multipart, part, serving } from '../hal/linux/byte-server.ts';
import { startRtspRelay } from '../hal/linux/rtsp-relay.ts';
import { ffmpegMissing, ffmpegReason, killChildren } from '../hal/linux/support.ts';

const clock = new SystemClock();
const settings = { widthPx: 64, heightPx: 48, fps: 10 };

/** A camera on a server, both ended together. */
function rigOf(source: FfmpegSource, end: () => Promise<void>) {
  const ring = FrameRing.create(settings);
  return {
    camera: new FfmpegCamera({ source, ring, clock }),
    ...{ settings, ring, time: realTime(clock) },
    fail: () => killChildren('ffmpeg'),
    [Symbol.asyncDispose]: async () => {
      await end();
      await killChildren('ffmpeg');
    },
  };
}

describe.skipIf(ffmpegMissing)(`cameras on the network${ffmpegReason}`, () => {
  cameraContract('rtsp', async () => {
    const relay = await startRtspRelay('64x48');
    return rigOf({ kind: 'rtsp', url: relay.url }, async () => relay[Symbol.asyncDispose]());
  });

  cameraContract('mjpeg over http', async () => {
    const server = serving([multipart, part(await jpeg('#ff0000')), part(await jpeg('#0000ff'))]);
    return rigOf({ kind: 'http', url: server.url }, async () => server[Symbol.dispose]());
  });
});
