/**
 * From what a person is let in by to the command at the output, while the networks work in their Worker:
 * `bun bench/decision.ts`. The device itself is a simulation with models that know the truth, so that hundreds of
 * visits take seconds; its machines, policy, guard and trace are the ones that run at a door, on the main loop, which
 * shares the machine with a Worker that looks at a frame again and again. What the machine gives to somebody else
 * meanwhile is told, too, and left out where the limit is.
 */
import { FrameRing } from '../hal/contract/frame-ring.ts';
import { SystemClock } from '../hal/linux/clock.ts';
import { Scene } from '../hal/sim/scene.ts';
import { heightPx, widthPx } from '../src/lab/speed/frame.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { buildOracleSimulation } from '../src/runtime/oracle-simulation.ts';
import { WorkerFaceModels } from '../src/vision/worker-face-models.ts';
import { nearFrame } from './support/frame.ts';
import { onLinux } from './support/proc.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';
import { waitedForProcessorMs } from './support/waited.ts';

const bench = 'decision';
const visits = 600;
const warmUpVisits = 100;
const visitEveryMs = 6_000;
const limitMs = 1;

/** Milliseconds from an attempt that was granted to the command at the output. */
interface Times {
  readonly allMs: number[];
  /** Without the time for which the thread was ready and had no processor. */
  readonly ownMs: number[];
}

async function decisionTimes(betweenVisits: () => Promise<void>): Promise<Times> {
  const people = Array.from({ length: visits }, (_, index) => ({
    subject: `p_${index % 20}`,
    entersAtMs: 2_000 + index * visitEveryMs,
    from: 'here',
    to: 'here',
    stops: [{ distanceM: 1, lateralM: 0, yawDeg: 0, stayMs: 2_000 }],
  }));
  const scene = Scene.parse({ name: 'visits', durationMs: visits * visitEveryMs, people });
  const enrolled = Array.from({ length: 20 }, (_, index) => `p_${index}`);
  const { actor, clock, trace } = buildOracleSimulation({ scene, enrolled });
  const times: Times = { allMs: [], ownMs: [] };
  let asked = { atMs: Number.NaN, waitedMs: Number.NaN };
  trace.observe((record) => {
    if (record.kind === 'event' && record.event === 'ATTEMPT.MADE' && record.to === 'device') {
      asked = { waitedMs: waitedForProcessorMs(), atMs: performance.now() };
    } else if (record.kind === 'hal.out' && record.op === 'grant') {
      const allMs = performance.now() - asked.atMs;
      times.allMs.push(allMs);
      times.ownMs.push(Math.max(0, allMs - (waitedForProcessorMs() - asked.waitedMs)));
    }
  });
  actor.start();
  for (let visit = 0; visit < visits; visit++) {
    await clock.runUntil(visit * visitEveryMs);
    await betweenVisits();
  }
  await clock.runFor(visitEveryMs);
  return { allMs: times.allMs.slice(warmUpVisits), ownMs: times.ownMs.slice(warmUpVisits) };
}

/** Looks at a frame again and again until it is stopped; gives how often. */
async function keepLooking(): Promise<{ stop(): Promise<number> }> {
  const ring = FrameRing.create({ widthPx, heightPx });
  const rgb = await nearFrame();
  const { signal } = new AbortController();
  const options = { shippedDir: shippedModelsDir, addedDir: '', smallBoard: false };
  const worker = await WorkerFaceModels.open({ clock: new SystemClock(), ring, models: options }, signal);
  let looks = 0;
  let stopped = false;
  const looking = (async () => {
    while (!stopped) {
      const slot = ring.claim();
      if (slot === undefined) throw new Error('no slot is free');
      ring.slotBytes(slot).set(rgb);
      const frame = ring.publish(slot, { widthPx, heightPx, receivedAtMs: looks * 10_000 });
      await worker.detect(frame, signal);
      await worker.embed(frame, [0], signal);
      looks++;
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await looking;
      await worker.close();
      return looks;
    },
  };
}

if (!onLinux()) finish({ bench, skipped: 'it needs Linux', figures: [] });
progress(`${visits} visits ...`);
const looking = await keepLooking();
// A turn of the loop between visits, so that the Worker gets its next frame.
const { allMs, ownMs } = await decisionTimes(() => Bun.sleep(1));
const looks = await looking.stop();
if (allMs.length < visits - warmUpVisits - 10) throw new Error(`only ${allMs.length} were granted`);
finish({
  bench,
  figures: [
    { what: 'grants', value: allMs.length, unit: '' },
    { what: 'looks of the Worker meanwhile', value: looks, unit: '' },
    { what: 'attempt to command, median', value: rounded(median(allMs)), unit: 'ms' },
    { what: 'attempt to command, p99', value: rounded(percentile(allMs, 0.99)), unit: 'ms' },
    {
      what: 'p99, without waiting for a processor',
      value: rounded(percentile(ownMs, 0.99)),
      unit: 'ms',
      limit: { most: limitMs },
    },
  ],
});
