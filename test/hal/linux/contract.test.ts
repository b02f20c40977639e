import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';
import { FfmpegCamera } from '../../../hal/linux/ffmpeg-camera.ts';
import { FileStore } from '../../../hal/linux/file-store.ts';
import { PictureCamera } from '../../../hal/linux/picture-camera.ts';
import { cameraContract } from '../contract/camera.ts';
import { storeContract } from '../contract/store.ts';
import { realTime, virtualTime } from '../contract/suite.ts';
import { mountSmallDisk } from './small-disk.ts';
import { ffmpegMissing, ffmpegReason } from './support.ts';

const settings = { widthPx: 64, heightPx: 48, fps: 10 };
let root: string;
let video: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-contract-'));
  video = join(root, 'ten-seconds.mp4');
  if (ffmpegMissing) return;
  Bun.spawnSync([
    'ffmpeg',
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=64x48:rate=20:duration=10',
    video,
  ]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.skipIf(ffmpegMissing)(`ffmpeg${ffmpegReason}`, () => {
  cameraContract('ffmpeg', async () => {
    const clock = new SystemClock();
    const ring = FrameRing.create(settings);
    return {
      camera: new FfmpegCamera({ source: { kind: 'video-file', path: video }, ring, clock }),
      settings,
      ring,
      time: realTime(clock),
      fail: killFfmpeg,
      [Symbol.asyncDispose]: killFfmpeg, // of a rule that failed before it closed its session
    };
  });
});

async function killFfmpeg(): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(`file:${video}`)) process.kill(Number(entry), 'SIGKILL');
  }
}

let folders = 0;
cameraContract('pictures', async () => {
  const folder = join(root, `pictures-${folders++}`);
  await mkdir(folder);
  for (const colour of ['red', 'green', 'blue']) {
    const picture = sharp({ create: { width: 100, height: 100, channels: 3, background: colour } });
    await picture.jpeg().toFile(join(folder, `${colour}.jpg`));
  }
  const time = virtualTime();
  const ring = FrameRing.create(settings);
  return {
    camera: new PictureCamera({ path: folder, ring, clock: time.clock, showMs: 500 }),
    settings,
    ring,
    time,
    fail: () => rm(folder, { recursive: true }),
    [Symbol.asyncDispose]: async () => expect(time.clock.pendingTimers).toBe(0),
  };
});

const mounted = mountSmallDisk();
mounted?.unmount();
const noDisk = mounted === undefined ? ' (skipped: no disk can be mounted here)' : '';

describe.skipIf(mounted === undefined)(`files${noDisk}`, () => {
  storeContract('files', async () => {
    const disk = mountSmallDisk()!;
    return {
      store: new FileStore(disk.path),
      time: realTime(new SystemClock()),
      makeReadOnly: disk.makeReadOnly,
      [Symbol.asyncDispose]: async () => disk.unmount(),
    };
  });
});
