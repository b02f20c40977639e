/**
 * What a frame costs outside the networks: glance, resizing, warping, tracking, matching, machines, trace; and the
 * messages between the main loop and the models' Worker. `bun bench/overhead.ts`
 *
 * The whole device runs in simulated time with its networks on the one thread, before somebody who stands there for
 * a minute; the time of the networks and of painting the frames is taken off. The messages are what a look through
 * the Worker takes longer than one on the thread.
 */
import type { FrameRef } from '../hal/contract/camera.ts';
import { FrameRing } from '../hal/contract/frame-ring.ts';
import { SystemClock } from '../hal/linux/clock.ts';
import { heightPx, widthPx } from '../src/lab/speed/frame.ts';
import { loadFaceModels } from '../src/lab/speed/in-process-models.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { WorkerFaceModels } from '../src/vision/worker-face-models.ts';
import { nearFrame } from './support/frame.ts';
import { countNetworkTime } from './support/network-time.ts';
import { paintedDevice } from './support/painted-device.ts';
import { type Figure, finish, progress, rounded } from './support/report.ts';
import { median } from './support/statistics.ts';

const limitMs = 2;
const warmUpMs = 20_000;
const measuredMs = 60_000;
const networks = countNetworkTime();
const { signal } = new AbortController();

/** Milliseconds a frame outside the networks, before a person at a distance. */
async function frameOverheadMs(distanceM: number): Promise<number> {
  let looks = 0;
  const device = await paintedDevice(
    {
      name: 'somebody stays',
      durationMs: warmUpMs + measuredMs,
      people: [
        {
          subject: 'ana',
          entersAtMs: 0,
          from: 'here',
          to: 'here',
          stops: [{ distanceM, stayMs: 2 * (warmUpMs + measuredMs) }],
        },
      ],
    },
    async (ring, clock) => {
      const models = await loadFaceModels((frame) => ring.pixels(frame));
      return {
        ...models,
        [Symbol.asyncDispose]: () => models.close(),
        detect: (frame, wait) => {
          looks++;
          return clock.track(models.detect(frame, wait), 15);
        },
        embed: (frame, faces, wait) => clock.track(models.embed(frame, faces, wait), 7),
      };
    },
  );
  device.actor.start();
  await device.clock.runUntil(warmUpMs);
  const before = {
    looks,
    networkMs: networks.totalMs,
    paintedMs: device.paintedMs(),
    atMs: performance.now(),
  };
  await device.clock.runUntil(warmUpMs + measuredMs);
  const allMs = performance.now() - before.atMs;
  const elsewhereMs = networks.totalMs - before.networkMs + device.paintedMs() - before.paintedMs;
  const frames = looks - before.looks;
  if (frames < (0.9 * measuredMs) / 100) throw new Error(`only ${frames} frames were looked at`);
  device.actor.send({ type: 'STOP.REQUESTED' });
  await device.clock.runUntil(warmUpMs + measuredMs + 5_000);
  return (allMs - elsewhereMs) / frames;
}

/** Milliseconds that a look and an embedding take longer through the Worker. */
async function messagesMs(): Promise<number> {
  const clock = new SystemClock();
  const ring = FrameRing.create({ widthPx, heightPx });
  const rgb = await nearFrame();
  const worker = await WorkerFaceModels.open(
    { clock, ring, models: { shippedDir: shippedModelsDir, addedDir: '', smallBoard: false } },
    signal,
  );
  const here = await loadFaceModels((frame) => ring.pixels(frame));
  const times = { worker: [] as number[], here: [] as number[] };
  for (let i = 0; i < 60; i++) {
    const slot = ring.claim();
    if (slot === undefined) throw new Error('no slot is free');
    ring.slotBytes(slot).set(rgb);
    const frame: FrameRef = ring.publish(slot, { widthPx, heightPx, receivedAtMs: i * 10_000 });
    for (const [which, models] of Object.entries({ worker, here } as const)) {
      const start = performance.now();
      await models.detect(frame, signal);
      await models.embed(frame, [0], signal);
      if (i >= 10) times[which === 'worker' ? 'worker' : 'here'].push(performance.now() - start);
    }
  }
  await worker.close();
  await here.close();
  return median(times.worker) - median(times.here);
}

const figures: Figure[] = [];
const messages = await messagesMs();
figures.push({ what: 'messages to and from the Worker', value: rounded(messages), unit: 'ms' });
for (const [name, distanceM] of [
  ['near face, 0.4 m', 0.4],
  ['face at 0.8 m', 0.8],
] as const) {
  progress(`${name} ...`);
  const frameMs = await frameOverheadMs(distanceM);
  figures.push({
    what: `${name}: outside the networks, a frame`,
    value: rounded(frameMs),
    unit: 'ms',
    limit: { most: limitMs },
  });
}
finish({ bench: 'overhead', figures });
