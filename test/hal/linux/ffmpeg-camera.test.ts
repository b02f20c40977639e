import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CameraSession, FrameRef } from '../../../hal/contract/camera.ts';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { type FfmpegSource, probeVideo } from '../../../hal/linux/ffmpeg.ts';
import { FfmpegCamera, type FfmpegCameraOptions } from '../../../hal/linux/ffmpeg-camera.ts';
import { startRtspRelay } from './rtsp-relay.ts';
import { childProcesses, ffmpegMissing, ffmpegReason, openDescriptors, refusal } from './support.ts';

const clock = new SystemClock();
const never = new AbortController().signal;
const settings = { widthPx: 64, heightPx: 48, fps: 10 };
let folder: string;
let video: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-ffmpeg-'));
  video = join(folder, `a "clip": one 🙂.mp4`);
  if (ffmpegMissing) return;
  // One second, 20 frames, frame n of grey level 10 n: every frame tells its number.
  const gray = 'color=black:size=128x96:rate=20:duration=1,geq=lum=10*N:cb=128:cr=128';
  Bun.spawnSync(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', gray, '-qp', '0', video]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function cameraOf(source: FfmpegSource, options: Partial<FfmpegCameraOptions> = {}) {
  const ring = FrameRing.create(settings);
  return { ring, camera: new FfmpegCamera({ source, ring, clock, ...options }) };
}

/** All frames to the end; `see` is called while each is leased. */
async function readAll(
  session: CameraSession,
  see: (frame: FrameRef) => void | Promise<void>,
): Promise<number> {
  let frames = 0;
  for await (const frame of session.frames(never)) {
    frames++;
    await see(frame);
  }
  return frames;
}

/** The ffmpeg processes of this test process, by what their command line holds. */
async function ffmpegPids(part: string): Promise<number[]> {
  const pids: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('ffmpeg\0') && command.includes(part)) pids.push(Number(entry));
  }
  return pids;
}

/** An HTTP camera: a JPEG of its own grey level 20 times a second, until told to stop or to hang. */
async function startHttpCamera() {
  const jpeg = join(folder, 'http.jpg');
  Bun.spawnSync([
    'ffmpeg',
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=64x48',
    '-frames:v',
    '1',
    jpeg,
  ]);
  const picture = await readFile(jpeg);
  let sending: 'frames' | 'nothing' | 'end' = 'frames';
  let sent = 0;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch(request) {
      if (request.headers.get('authorization') === null) {
        const headers = { 'www-authenticate': 'Basic realm="camera"' };
        return new Response('who are you', { status: 401, headers });
      }
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
          try {
            while (sending !== 'end') {
              if (sending === 'frames') {
                controller.enqueue(Buffer.concat([Buffer.from(head), picture, Buffer.from('\r\n')]));
                sent++;
              }
              await Bun.sleep(50);
            }
            controller.close();
          } catch {
            // the camera's client has gone
          }
        },
      });
      return new Response(body, { headers: { 'content-type': 'multipart/x-mixed-replace; boundary=frame' } });
    },
  });
  return {
    url: `http://me:secret@127.0.0.1:${server.port}/video`,
    urlWithoutPassword: `http://127.0.0.1:${server.port}/video`,
    send(what: typeof sending) {
      sending = what;
    },
    get sent() {
      return sent;
    },
    async [Symbol.asyncDispose]() {
      sending = 'end';
      await server.stop(true);
    },
  };
}

describe.skipIf(ffmpegMissing)(`a video file${ffmpegReason}`, () => {
  test('read whole gives each sampled frame once, in order, and then ends', async () => {
    const { ring, camera } = cameraOf({ kind: 'video-file', path: video }, { pace: 'every-frame' });
    const { fps } = await probeVideo(video, clock, never);
    const session = await camera.open({ ...settings, fps }, never);
    const levels: number[] = [];
    const frames = await readAll(session, async (frame) => {
      levels.push(ring.pixels(frame)[0]!);
      if (levels.length === 5) await Bun.sleep(150); // a slow reader misses nothing
    });
    expect([frames, session.dropped, fps]).toEqual([20, 0, 20]);
    expect(levels).toEqual(levels.toSorted((a, b) => a - b));
    expect(new Set(levels).size).toBeGreaterThan(15);
    await session.close();
    expect(camera.live).toBe(false);
  });

  test('at its own pace takes its own time, and a slow reader drops frames', async () => {
    const { camera } = cameraOf({ kind: 'video-file', path: video });
    const session = await camera.open(settings, never);
    const beganMs = clock.nowMs();
    const frames = await readAll(session, () => Bun.sleep(300));
    expect(clock.nowMs() - beganMs).toBeGreaterThan(700);
    expect(frames).toBeLessThan(6);
    expect(session.dropped).toBeGreaterThan(2);
    await session.close();
  });

  test('is fitted into the frame with black bars, unless it is to be cropped', async () => {
    const tall = join(folder, 'tall.mp4');
    const white = 'color=white:size=32x96:rate=10:duration=0.3';
    Bun.spawnSync(['ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', white, tall]);
    const corner = async (scaling: 'pad' | 'crop') => {
      const { ring, camera } = cameraOf({ kind: 'video-file', path: tall }, { pace: 'every-frame', scaling });
      const session = await camera.open(settings, never);
      let level = -1;
      await readAll(session, (frame) => {
        level = ring.pixels(frame)[0]!;
      });
      await session.close();
      return level;
    };
    expect(await corner('pad')).toBe(0);
    expect(await corner('crop')).toBeGreaterThan(240);
  });

  test('that is missing, empty, no video or a folder is refused with the reason', async () => {
    const empty = join(folder, 'empty.mp4');
    const text = join(folder, 'text.mp4');
    await writeFile(empty, '');
    await writeFile(text, 'no video at all');
    const kinds = { [join(folder, 'none.mp4')]: 'not-found', [empty]: 'invalid-argument' };
    for (const [path, kind] of Object.entries({
      ...kinds,
      [text]: 'invalid-argument',
      [folder]: 'invalid-argument',
    })) {
      const { camera } = cameraOf({ kind: 'video-file', path });
      const error = await refusal(camera.open(settings, never));
      expect([path, error.kind as string]).toEqual([path, kind]);
      expect(error.message).toContain(path);
    }
  });

  test('whose ffmpeg is killed in the middle has not come to its end', async () => {
    const { camera } = cameraOf({ kind: 'video-file', path: video });
    const session = await camera.open(settings, never);
    for (const pid of await ffmpegPids(video)) process.kill(pid, 'SIGKILL');
    expect((await refusal(readAll(session, () => undefined))).kind).toBe('disconnected');
    await session.close();
  });
});

describe.skipIf(ffmpegMissing)(`an HTTP camera${ffmpegReason}`, () => {
  test('gives frames at most at the rate asked for, and never repeats one', async () => {
    await using http = await startHttpCamera();
    const { camera } = cameraOf({ kind: 'http', url: http.url });
    const session = await camera.open(settings, never);
    let frames = 0;
    const beganMs = clock.nowMs();
    for await (const _ of session.frames(never)) {
      frames++;
      if (clock.nowMs() - beganMs > 1000) break;
    }
    await session.close();
    expect(frames + session.dropped).toBeGreaterThanOrEqual(7);
    expect(frames + session.dropped).toBeLessThanOrEqual(13);
    expect(camera.live).toBe(true);
    expect(camera.name).not.toContain('secret');
  });

  test('that ends its stream is disconnected although ffmpeg exits with 0', async () => {
    await using http = await startHttpCamera();
    const { camera } = cameraOf({ kind: 'http', url: http.url });
    const session = await camera.open(settings, never);
    http.send('end');
    const error = await refusal(readAll(session, () => undefined));
    expect(error.kind).toBe('disconnected');
    expect(error.message).not.toContain('secret');
    await session.close();
  });

  test('that falls silent is noticed by the limit on the time without a frame', async () => {
    await using http = await startHttpCamera();
    const { camera } = cameraOf({ kind: 'http', url: http.url }, { noFrameTimeoutMs: 400 });
    const session = await camera.open(settings, never);
    http.send('nothing');
    const beganMs = clock.nowMs();
    const error = await refusal(readAll(session, () => undefined));
    expect([error.kind, error.message.includes('no frame for 400 ms')]).toEqual(['timeout', true]);
    expect(clock.nowMs() - beganMs).toBeLessThan(1200);
    await session.close();
  });

  test('that never gives a first frame is noticed as well', async () => {
    await using http = await startHttpCamera();
    http.send('nothing');
    const { camera } = cameraOf({ kind: 'http', url: http.url }, { firstFrameTimeoutMs: 300 });
    const error = await refusal(camera.open(settings, never));
    expect(error.message).toContain('no first frame within 300 ms');
    expect(error.kind).toBe('timeout');
  });

  test('that wants a password, or does not answer, is told apart', async () => {
    await using http = await startHttpCamera();
    const denied = cameraOf({ kind: 'http', url: http.urlWithoutPassword });
    expect((await refusal(denied.camera.open(settings, never))).kind).toBe('permission');
    const nobody = cameraOf({ kind: 'http', url: 'http://me:secret@127.0.0.1:1/video' });
    const error = await refusal(nobody.camera.open(settings, never));
    expect(error.kind).toBe('not-found');
    expect(error.message).not.toContain('secret');
  });

  test('whose ffmpeg is frozen by SIGSTOP is noticed, and the frozen process is ended', async () => {
    await using http = await startHttpCamera();
    const { camera } = cameraOf({ kind: 'http', url: http.url }, { noFrameTimeoutMs: 400 });
    const session = await camera.open(settings, never);
    const pids = await ffmpegPids(http.url);
    expect(pids).toHaveLength(1);
    process.kill(pids[0]!, 'SIGSTOP');
    expect((await refusal(readAll(session, () => undefined))).kind).toBe('timeout');
    await session.close();
    expect(await ffmpegPids(http.url)).toEqual([]);
  });

  test('is not taken for silent because this process itself was held up', async () => {
    await using http = await startHttpCamera();
    const { camera } = cameraOf({ kind: 'http', url: http.url }, { noFrameTimeoutMs: 300 });
    const session = await camera.open(settings, never);
    const end = clock.nowMs() + 900;
    while (clock.nowMs() < end);
    let frames = 0;
    for await (const _ of session.frames(never)) if (++frames === 5) break;
    await session.close();
  });

  test('that nobody reads for a while gives a frame of now, not of then, and the ring is not used up', async () => {
    await using http = await startHttpCamera();
    const { ring, camera } = cameraOf({ kind: 'http', url: http.url });
    const session = await camera.open(settings, never);
    await Bun.sleep(700);
    for await (const frame of session.frames(never)) {
      expect(clock.nowMs() - frame.receivedAtMs).toBeLessThan(300);
      break;
    }
    expect(session.dropped).toBeGreaterThan(3);
    await session.close();
    const slots = [ring.claim(), ring.claim()];
    expect(slots).not.toContain(undefined);
  });

  test('drops frames while readers elsewhere hold every slot, and goes on when they let go', async () => {
    await using http = await startHttpCamera();
    const { ring, camera } = cameraOf({ kind: 'http', url: http.url });
    const session = await camera.open(settings, never);
    const held: (() => void)[] = [];
    for await (const frame of session.frames(never)) {
      held.push(ring.lease(frame));
      if (held.length === 4) break;
    }
    const droppedBefore = session.dropped;
    await Bun.sleep(400);
    expect(session.dropped).toBeGreaterThan(droppedBefore);
    for (const release of held) release();
    for await (const frame of session.frames(never)) {
      expect(ring.pixels(frame).length).toBe(64 * 48 * 3);
      break;
    }
    await session.close();
  });
});

describe.skipIf(ffmpegMissing)(`an RTSP camera${ffmpegReason}`, () => {
  test('gives frames, and is disconnected when it ends', async () => {
    await using rtsp = await startRtspRelay('64x48');
    const { ring, camera } = cameraOf({ kind: 'rtsp', url: rtsp.url });
    const session = await camera.open(settings, never);
    let frames = 0;
    let brightest = 0;
    const error = await refusal(
      readAll(session, (frame) => {
        frames++;
        brightest = Math.max(brightest, ...ring.pixels(frame));
        if (frames === 5) rtsp.cut();
      }),
    );
    expect([frames >= 5, brightest > 200, error.kind as string]).toEqual([true, true, 'disconnected']);
    await session.close();
  });

  test('that stays connected and falls silent is noticed', async () => {
    await using rtsp = await startRtspRelay('64x48');
    const { camera } = cameraOf({ kind: 'rtsp', url: rtsp.url }, { noFrameTimeoutMs: 400 });
    const session = await camera.open(settings, never);
    rtsp.fallSilent();
    expect((await refusal(readAll(session, () => undefined))).kind).toBe('timeout');
    await session.close();
  });

  test('that is not there is not found', async () => {
    const { camera } = cameraOf({ kind: 'rtsp', url: 'rtsp://me:secret@127.0.0.1:1/cam' });
    const error = await refusal(camera.open(settings, never));
    expect([error.kind as string, error.message.includes('secret')]).toEqual(['not-found', false]);
  });
});

describe('a USB camera', () => {
  test('that is not plugged in is not found, and it says which cameras are', async () => {
    const { camera } = cameraOf({ kind: 'v4l2', device: '/dev/v4l/by-id/no-such-camera' });
    const error = await refusal(camera.open(settings, never));
    expect(error.kind).toBe('not-found');
    expect(error.message).toMatch(/No camera is plugged in|Cameras here/);
  });

  test('that is no device is refused', async () => {
    const { camera } = cameraOf({ kind: 'v4l2', device: import.meta.path });
    expect((await refusal(camera.open(settings, never))).kind).toBe('invalid-argument');
  });
});

test('without ffmpeg on the PATH it says how to install it', async () => {
  const script = `
    const { FfmpegCamera } = await import('${import.meta.dir}/../../../hal/linux/ffmpeg-camera.ts');
    const { SystemClock } = await import('${import.meta.dir}/../../../hal/linux/clock.ts');
    const { FrameRing } = await import('${import.meta.dir}/../../../hal/contract/frame-ring.ts');
    const settings = { widthPx: 64, heightPx: 48, fps: 10 };
    const source = { kind: 'http', url: 'http://127.0.0.1:1/' };
    const camera = new FfmpegCamera({ source, ring: FrameRing.create(settings), clock: new SystemClock() });
    await camera.open(settings, new AbortController().signal).catch((e) => console.log(e.kind, e.message));`;
  const run = Bun.spawnSync([process.execPath, '-e', script], { env: { PATH: folder } });
  expect(run.stdout.toString()).toMatch(
    /^not-found ffmpeg: is not installed\. Install it with: .*install ffmpeg/,
  );
});

test.skipIf(ffmpegMissing)(`twelve openings leave no process and no descriptor${ffmpegReason}`, async () => {
  const { camera } = cameraOf({ kind: 'video-file', path: video });
  const once = async (round: number) => {
    if (round % 4 === 3) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), 20);
      expect(await camera.open(settings, controller.signal).catch((error: Error) => error.message)).toBe(
        'enough',
      );
      return;
    }
    const session = await camera.open(settings, never);
    if (round % 4 === 1) for await (const _ of session.frames(never)) break;
    await session.close();
  };
  await once(0);
  const before = [openDescriptors(), childProcesses()];
  for (let round = 1; round <= 12; round++) await once(round);
  Bun.gc(true);
  await Bun.sleep(50);
  expect(openDescriptors()).toBeLessThanOrEqual(before[0]! + 2);
  expect(childProcesses()).toBe(before[1]!);
});
