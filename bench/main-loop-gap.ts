/**
 * The longest time for which the main loop does nothing else, while the networks work in their Worker:
 * `bun bench/main-loop-gap.ts`. A device on real time looks at a video of somebody who stands there, ten frames a
 * second for a minute; a timer of one millisecond notes how late it fires.
 *
 * A timer is also late when the machine gives the processor to somebody else. Linux counts that for each thread, so
 * a gap is told with and without it. The peer is the same look on the main loop itself, as it would be without the
 * Worker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../src/config/read.ts';
import { heightPx, widthPx } from '../src/lab/speed/frame.ts';
import { loadFaceModels } from '../src/lab/speed/in-process-models.ts';
import { LampHistory } from '../src/runtime/lamp-history.ts';
import { buildLiveDevice } from '../src/runtime/live-device.ts';
import { nearFrame } from './support/frame.ts';
import { onLinux } from './support/proc.ts';
import { finish, progress, rounded } from './support/report.ts';
import { percentile } from './support/statistics.ts';
import { ffmpegIsMissing, standing } from './support/video.ts';
import { waitedForProcessorMs } from './support/waited.ts';

const bench = 'main-loop-gap';
const limitMs = 10;
const settleMs = 5_000;
const measuredMs = 60_000;
const peerLooks = 20;

/** Gaps between two turns of the loop beyond the timer's own millisecond. */
interface Gaps {
  readonly allMs: Float64Array;
  /** Without the time for which the thread was ready and had no processor. */
  readonly ownMs: Float64Array;
}

/** Turns of the loop that are noted at the most. */
const mostTurns = 2 * measuredMs;

/** Watches the loop until it is stopped. */
function watchLoop(): { stop(): Gaps } {
  const allMs = new Float64Array(mostTurns);
  const ownMs = new Float64Array(mostTurns);
  let turns = 0;
  let running = true;
  let lastMs = performance.now();
  let lastWaitedMs = waitedForProcessorMs();
  const turn = () => {
    const nowMs = performance.now();
    const waitedMs = waitedForProcessorMs();
    allMs[turns] = Math.max(0, nowMs - lastMs - 1);
    ownMs[turns] = Math.max(0, nowMs - lastMs - 1 - (waitedMs - lastWaitedMs));
    turns++;
    lastMs = nowMs;
    lastWaitedMs = waitedMs;
    if (running && turns < mostTurns) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  return {
    stop: () => {
      running = false;
      return { allMs: allMs.subarray(0, turns), ownMs: ownMs.subarray(0, turns) };
    },
  };
}

async function gapsOfDevice(rgb: Uint8Array): Promise<{ gaps: Gaps; looks: number }> {
  using video = await standing(rgb, (settleMs + measuredMs) / 1_000 + 10);
  const scratch = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  try {
    const { config } = parseConfig('', undefined);
    await using device = await buildLiveDevice({
      config: {
        ...config,
        camera: { ...config.camera, source: video.path },
        microphone: { ...config.microphone, source: 'none' },
        people: { ...config.people, dataset: scratch },
      },
      stateDirectory: join(scratch, 'state'),
      simulate: false,
      stage: null,
      lamps: new LampHistory(),
      hardwareWatchdog: null,
      signal: new AbortController().signal,
      importing: () => ({ onProgress: () => {}, onReport: () => {}, onError: () => {} }),
      reembedding: { onBegin: () => {}, onReport: () => {}, onError: () => {} },
    });
    let looks = 0;
    device.trace.observe((record) => {
      if (record.kind === 'model') looks++;
    });
    const stopped = new Promise<void>((resolve) => {
      device.actor.subscribe({ complete: resolve, error: () => resolve() });
    });
    device.actor.start();
    await Bun.sleep(settleMs);
    looks = 0;
    const watch = watchLoop();
    await Bun.sleep(measuredMs);
    const gaps = watch.stop();
    const seen = looks;
    device.actor.send({ type: 'STOP.REQUESTED' });
    await stopped;
    return { gaps, looks: seen };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function gapsWithoutWorker(rgb: Uint8Array): Promise<Gaps> {
  await using models = await loadFaceModels(() => rgb);
  const { signal } = new AbortController();
  const watch = watchLoop();
  for (let i = 0; i < peerLooks; i++) {
    await models.detect(
      { seq: i, slot: 0, receivedAtMs: i * 100, widthPx, heightPx, format: 'rgb24' },
      signal,
    );
    await Bun.sleep(20);
  }
  return watch.stop();
}

if (!onLinux() || ffmpegIsMissing()) finish({ bench, skipped: 'it needs Linux and ffmpeg', figures: [] });
progress(`watching the main loop for ${measuredMs / 1_000} s ...`);
const rgb = await nearFrame();
const { gaps, looks } = await gapsOfDevice(rgb);
if (looks < (measuredMs / 100) * 0.9) throw new Error(`only ${looks} looks found somebody`);
const all = [...gaps.allMs];
const own = [...gaps.ownMs];
const without = [...(await gapsWithoutWorker(rgb)).ownMs];
const longest = percentile(own, 1);
finish({
  bench,
  peer: 'the same look on the main loop',
  figures: [
    { what: 'looks', value: looks, unit: '' },
    {
      what: 'gap of the main loop, p99.9',
      value: rounded(percentile(all, 0.999)),
      unit: 'ms',
      limit: { most: limitMs },
    },
    { what: 'longest gap', value: rounded(percentile(all, 1)), unit: 'ms' },
    {
      what: 'longest gap, without waiting for a processor',
      value: rounded(longest),
      unit: 'ms',
      limit: { most: limitMs },
    },
    { what: 'longest gap of the peer, counted alike', value: rounded(percentile(without, 1)), unit: 'ms' },
    { what: "longest gap, of the peer's", value: rounded(longest / percentile(without, 1)), unit: 'times' },
  ],
});
