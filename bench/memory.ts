/**
 * Resident memory: `bun bench/memory.ts [--no-peer]`.
 *
 * Peak: `./vigil run` before somebody who stands there, from its start on; the peer is the process of
 * @vladmandic/face-api after a few of the same pictures. Steady: a whole device in simulated time, its networks in
 * their Worker, over 10,000 frames with people who come and go; how its memory grows after the first 1,000.
 */

import { FaceApiPeer, PeerAbsentError } from '../src/lab/speed/face-api-peer.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { WorkerFaceModels } from '../src/vision/worker-face-models.ts';
import { DeviceProcess } from './support/device-process.ts';
import { nearFrame } from './support/frame.ts';
import { paintedDevice } from './support/painted-device.ts';
import { onLinux, residentMiB } from './support/proc.ts';
import { type Figure, finish, progress, rounded } from './support/report.ts';
import { median } from './support/statistics.ts';
import { ffmpegIsMissing, standing } from './support/video.ts';

const bench = 'memory';
const limits = { peakMiB: 250, growthMiB: 5 };
const peakAfterMs = 30_000;
const frames = 10_000;
const visitEveryMs = 30_000;

async function peakOfRun(rgb: Uint8Array): Promise<number> {
  using video = await standing(rgb, peakAfterMs / 1_000 + 10);
  await using device = new DeviceProcess(video.path);
  await device.operatingAfterMs();
  await Bun.sleep(peakAfterMs);
  return residentMiB(device.pid).peak;
}

/** MiB after each hundred frames. */
async function overManyFrames(): Promise<number[]> {
  const visits = frames / 100;
  const subjects = ['ana', 'bea', 'cleo', 'stranger'];
  let looks = 0;
  const device = await paintedDevice(
    {
      name: 'people come and go',
      durationMs: visits * visitEveryMs,
      people: Array.from({ length: visits }, (_, visit) => ({
        subject: subjects[visit % subjects.length]!,
        entersAtMs: visit * visitEveryMs,
        stops: [{ distanceM: 0.6 + 0.1 * (visit % 6), stayMs: visitEveryMs - 5_000 }],
      })),
    },
    async (ring, clock) => {
      const models = { shippedDir: shippedModelsDir, addedDir: '', smallBoard: false };
      const worker = await WorkerFaceModels.open({ clock, ring, models }, new AbortController().signal);
      const detect = worker.detect.bind(worker);
      worker.detect = (frame, signal) => {
        looks++;
        return detect(frame, signal);
      };
      return worker;
    },
    // Full after 300 frames. The device's own ring of the trace holds 10,000 records and is full after 3,000: it
    // takes its 10 MiB by then and no more, and would hide what leaks.
    '[trace]\nring_records = 1000\n',
  );
  device.actor.start();
  const samples: number[] = [];
  while (looks < frames) {
    await device.clock.runUntil(device.clock.nowMs() + 1_000);
    if (looks < (samples.length + 1) * 100) continue;
    samples.push(residentMiB('self').now);
    if (samples.length % 10 === 0) progress(`${looks} frames, ${Math.round(samples.at(-1) ?? 0)} MiB`);
  }
  return samples;
}

/**
 * How much the median of a series rises from its first half to its second, times two: what it grows over the whole.
 * Memory goes up and down by 15 MiB with the garbage collections, in waves of thousands of frames; over 15,000 frames
 * it stays between 196 and 211 MiB.
 */
function growth(samples: readonly number[]): number {
  const half = Math.floor(samples.length / 2);
  return 2 * (median(samples.slice(half)) - median(samples.slice(0, half)));
}

async function peakOfPeer(rgb: Uint8Array): Promise<number | undefined> {
  if (process.argv.includes('--no-peer')) return undefined;
  using peer = await FaceApiPeer.start(rgb, progress);
  await peer.frames(20);
  return residentMiB(peer.pid).peak;
}

if (!onLinux() || ffmpegIsMissing()) finish({ bench, skipped: 'it needs Linux and ffmpeg', figures: [] });
try {
  const rgb = await nearFrame();
  const peer = await peakOfPeer(rgb);
  progress('running the device ...');
  const peak = await peakOfRun(rgb);
  const samples = await overManyFrames();
  const steady = samples.slice(9);
  const figures: Figure[] = [
    { what: 'peak of vigil run', value: Math.round(peak), unit: 'MiB', limit: { most: limits.peakMiB } },
    { what: 'simulation, median', value: Math.round(median(steady)), unit: 'MiB' },
    { what: 'simulation, most', value: Math.round(Math.max(...steady)), unit: 'MiB' },
    {
      what: 'growth over 10,000 frames',
      value: rounded(growth(steady)),
      unit: 'MiB',
      limit: { most: limits.growthMiB },
    },
  ];
  if (peer !== undefined) {
    figures.push(
      { what: 'peak of the peer', value: Math.round(peer), unit: 'MiB' },
      { what: "peak, of the peer's", value: rounded(peak / peer), unit: 'times' },
    );
  }
  finish({ bench, ...(peer === undefined ? {} : { peer: 'the process of @vladmandic/face-api' }), figures });
} catch (error) {
  if (!(error instanceof PeerAbsentError)) throw error;
  console.error(`${error.message}; or pass --no-peer`);
  process.exit(1);
}
