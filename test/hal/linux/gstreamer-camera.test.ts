import { describe, expect, test } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { parseCameraSource } from '../../../hal/linux/camera-source.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { type GstreamerSource, gstreamerArguments, gstreamerFailure } from '../../../hal/linux/gstreamer.ts';
import { GstreamerCamera } from '../../../hal/linux/gstreamer-camera.ts';
import { cameraContract } from '../contract/camera.ts';
import { realTime } from '../contract/suite.ts';
import { gstreamerMissing, gstreamerReason, killChildren, refusal } from './support.ts';

const clock = new SystemClock();
const never = new AbortController().signal;
const settings = { widthPx: 64, heightPx: 48, fps: 10 };

function cameraOf(
  elements: string,
  limits: { noFrameTimeoutMs?: number; firstFrameTimeoutMs?: number } = {},
) {
  const ring = FrameRing.create(settings);
  return {
    ring,
    camera: new GstreamerCamera({ source: { kind: 'gstreamer', elements }, ring, clock, ...limits }),
  };
}

describe.skipIf(gstreamerMissing)(`GStreamer${gstreamerReason}`, () => {
  cameraContract('gstreamer', async () => ({
    ...cameraOf('videotestsrc is-live=true'),
    settings,
    time: realTime(clock),
    fail: () => killChildren('gst-launch'),
    [Symbol.asyncDispose]: async () => killChildren('gst-launch'),
  }));

  test('brings a picture of another shape to the size asked for, with black bars, in RGB', async () => {
    const wide = 'videotestsrc is-live=true pattern=red ! video/x-raw,width=128,height=32,framerate=20/1';
    const { camera, ring } = cameraOf(wide);
    const session = await camera.open(settings, never);
    for await (const frame of session.frames(never)) {
      const pixels = ring.pixels(frame);
      const at = (x: number, y: number) => [...pixels.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)];
      expect(at(32, 2).every((level) => level < 20)).toBe(true);
      const [red = 0, green = 0, blue = 0] = at(32, 24);
      expect([red > 200, green < 60, blue < 60]).toEqual([true, true, true]);
      break;
    }
    await session.close();
  });

  test('that prints on stdout, as the CSI source of a Jetson does, spoils no frame', async () => {
    // `fakesink silent=false` with -v would print; identity's dump prints the bytes of each buffer on stdout.
    const { camera, ring } = cameraOf('videotestsrc is-live=true pattern=white ! identity dump=true');
    const session = await camera.open(settings, never);
    let frames = 0;
    for await (const frame of session.frames(never)) {
      expect(Math.min(...ring.pixels(frame))).toBeGreaterThan(200);
      if (++frames === 3) break;
    }
    await session.close();
  });

  test('tells what is missing: the camera, the element, a pipeline that makes sense', async () => {
    const kinds = [
      ['v4l2src device=/dev/video77', 'not-found', 'The camera is not plugged in'],
      ['nosuchsrc', 'unsupported', "GStreamer has no element 'nosuchsrc'"],
      ['videotestsrc ! audioconvert', 'unsupported', 'cannot give what was asked for'],
    ] as const;
    for (const [elements, kind, words] of kinds) {
      const error = await refusal(cameraOf(elements).camera.open(settings, never));
      expect([elements, error.kind as string]).toEqual([elements, kind]);
      expect(error.message).toContain(words);
    }
  });

  test('a stream that ends is disconnected, one that stalls is noticed', async () => {
    const ending = await cameraOf('videotestsrc is-live=true num-buffers=4').camera.open(settings, never);
    const reading = async () => {
      for await (const _ of ending.frames(never));
    };
    expect((await refusal(reading())).kind).toBe('disconnected');
    await ending.close();
    const stalled = cameraOf('videotestsrc is-live=true ! identity sleep-time=5000000', {
      firstFrameTimeoutMs: 300,
    });
    expect((await refusal(stalled.camera.open(settings, never))).kind).toBe('timeout');
  });
});

test('the camera on the CSI connector goes through the image processor of the board', () => {
  const source = parseCameraSource('csi:1') as GstreamerSource;
  const pipeline = gstreamerArguments(source, { widthPx: 640, heightPx: 480, fps: 7.5 }).join(' ');
  expect(pipeline).toContain('nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM),');
  expect(pipeline).toContain('videorate max-rate=8 drop-only=true');
  expect(pipeline).toContain('video/x-raw,format=RGB,pixel-aspect-ratio=1/1,width=640,height=480');
  const missing = gstreamerFailure(
    source,
    'WARNING: erroneous pipeline: no element "nvarguscamerasrc"',
    false,
  );
  expect([missing.kind as string, missing.message]).toEqual([
    'unsupported',
    "csi:1: GStreamer has no element 'nvarguscamerasrc': it comes with JetPack, on Jetson boards only",
  ]);
});

test('a width whose rows GStreamer would pad is refused', async () => {
  const { camera } = cameraOf('videotestsrc');
  expect((await refusal(camera.open({ ...settings, widthPx: 62 }, never))).kind).toBe('unsupported');
});

test('what stands in quotes stays one word of the pipeline', () => {
  const elements = 'filesrc location="/srv/my film.mp4" ! decodebin';
  const words = gstreamerArguments({ kind: 'gstreamer', elements }, settings);
  expect(words.slice(1, 5)).toEqual(['filesrc', 'location=/srv/my film.mp4', '!', 'decodebin']);
});
