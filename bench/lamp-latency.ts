/**
 * From the first good frame to the lamp, over several hundred visits in simulated time with the networks charged
 * what they really take on this machine: `bun bench/lamp-latency.ts`.
 *
 * The first good frame is the first exposure, at ten a second, on which the truth passes the gate for recognition:
 * the whole face in the picture and its eyes far enough apart. Visitors come at every phase of the camera, from
 * both sides and from afar, at different speeds, and stop at different distances.
 */
import type { FrameRef } from '../hal/contract/camera.ts';
import { OracleFaceModels } from '../hal/sim/oracle-face-models.ts';
import { Random } from '../hal/sim/random.ts';
import { Scene, type SceneInput } from '../hal/sim/scene.ts';
import { heightPx, usualFrame, widthPx } from '../src/lab/speed/frame.ts';
import { loadFaceModels } from '../src/lab/speed/in-process-models.ts';
import { buildOracleSimulation, type OracleSimulation } from '../src/runtime/oracle-simulation.ts';
import { probeLimits } from '../src/vision/gate.ts';
import { finish, progress, rounded } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';

const visits = 400;
const visitEveryMs = 15_000;
const frameIntervalMs = 100;
const limits = { medianMs: 500, p99Ms: 1_500 };

type Visitor = NonNullable<SceneInput['people']>[number];

function visitor(index: number): Visitor {
  const random = Random.seeded(11).child(index);
  const between = (least: number, most: number) => least + (most - least) * random.uniform();
  const from = (['left', 'right', 'far'] as const)[index % 3]!;
  return {
    subject: `p_${index % 20}`,
    entersAtMs: index * visitEveryMs + between(2_000, 3_000),
    from,
    to: from === 'far' ? 'left' : from,
    walkingSpeedMps: between(0.7, 1.6),
    stops: [{ distanceM: between(0.5, 1.5), lateralM: between(-0.2, 0.2), stayMs: between(3_000, 5_000) }],
  };
}

/** What a look and an embedding take on this machine, in milliseconds. */
async function measuredLatencies(): Promise<{ detectMs: number; embedMs: number }> {
  const rgb = await usualFrame();
  await using models = await loadFaceModels(() => rgb);
  const { signal } = new AbortController();
  const detect: number[] = [];
  const embed: number[] = [];
  for (let i = 0; i < 60; i++) {
    // Far enough apart that each look is one over the whole frame.
    const frame: FrameRef = { seq: i, slot: 0, receivedAtMs: i * 10_000, widthPx, heightPx, format: 'rgb24' };
    const start = performance.now();
    await models.detect(frame, signal);
    const detected = performance.now();
    await models.embed(frame, [0], signal);
    detect.push(detected - start);
    embed.push(performance.now() - detected);
  }
  return { detectMs: median(detect), embedMs: median(embed) };
}

/** Milliseconds from each visit's first good frame to its lamp; infinite where it stayed dark. */
async function lampLatencies(latencies: { detectMs: number; embedMs: number }): Promise<number[]> {
  const people = Array.from({ length: visits }, (_, index) => visitor(index));
  const scene = Scene.parse({ name: 'visits', durationMs: visits * visitEveryMs, people });
  const simulation: OracleSimulation = buildOracleSimulation({
    scene,
    enrolled: [...new Set(people.map(({ subject }) => subject))],
    replacePorts: () => ({
      openModels: async () =>
        new OracleFaceModels({
          clock: simulation.clock,
          faults: simulation.faults,
          seed: scene.script.seed,
          truth: (frame) => simulation.camera.truth(frame),
          detectMs: latencies.detectMs,
          embedMsPerFace: latencies.embedMs,
        }),
    }),
  });
  let cameraOpenedAtMs = Number.NaN;
  simulation.trace.observe((record) => {
    if (record.kind === 'hal.in' && record.device === 'camera' && record.op === 'opened') {
      cameraOpenedAtMs = record.tMs;
    }
  });
  simulation.actor.start();
  await simulation.clock.runUntil(visits * visitEveryMs);
  const lampOnMs = simulation.keeper.history.filter(({ on }) => on).map(({ atMs }) => atMs);
  return people.map(({ entersAtMs }) => {
    const good = firstGoodExposureMs(scene, entersAtMs, cameraOpenedAtMs);
    const lamp = lampOnMs.find((tMs) => tMs >= entersAtMs && tMs < entersAtMs + visitEveryMs - 1_500);
    return lamp === undefined ? Number.POSITIVE_INFINITY : lamp - good;
  });
}

function firstGoodExposureMs(scene: Scene, fromMs: number, openedAtMs: number): number {
  let frame = Math.ceil((fromMs - openedAtMs) / frameIntervalMs);
  for (; ; frame++) {
    const tMs = openedAtMs + frame * frameIntervalMs;
    if (tMs > fromMs + visitEveryMs) throw new Error(`the visit at ${fromMs} ms never gives a good frame`);
    const [person] = scene.at(tMs).people;
    if (person === undefined) continue;
    if (person.visible > 0.99 && person.eyeDistancePx >= probeLimits.minEyeDistancePx) return tMs;
  }
}

progress('measuring the networks ...');
const latencies = await measuredLatencies();
const slow = { detectMs: 10 * latencies.detectMs, embedMs: 10 * latencies.embedMs };
const here = await lampLatencies(latencies);
const tenTimes = await lampLatencies(slow);
const dark = here.filter((ms) => !Number.isFinite(ms)).length;
finish({
  bench: 'lamp-latency',
  peer: 'the same with networks ten times slower, as on a small board',
  figures: [
    { what: 'one look over the frame', value: rounded(latencies.detectMs), unit: 'ms' },
    { what: 'one embedding', value: rounded(latencies.embedMs), unit: 'ms' },
    { what: 'visits', value: visits, unit: '' },
    { what: 'visits that lit no lamp', value: dark, unit: '', limit: { most: 0 } },
    {
      what: 'first good frame to lamp, median',
      value: Math.round(median(here)),
      unit: 'ms',
      limit: { most: limits.medianMs },
    },
    {
      what: 'first good frame to lamp, p99',
      value: Math.round(percentile(here, 0.99)),
      unit: 'ms',
      limit: { most: limits.p99Ms },
    },
    { what: 'first good frame to lamp, longest', value: Math.round(percentile(here, 1)), unit: 'ms' },
    { what: 'networks ten times slower: median', value: Math.round(median(tenTimes)), unit: 'ms' },
    { what: 'networks ten times slower: p99', value: Math.round(percentile(tenTimes, 0.99)), unit: 'ms' },
  ],
});
