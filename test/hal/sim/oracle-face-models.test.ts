import { describe, expect, test } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { FaultBoard } from '../../../hal/sim/faults.ts';
import { OracleFaceModels, oracleEmbedding } from '../../../hal/sim/oracle-face-models.ts';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';
import { SceneCamera } from '../../../hal/sim/scene-camera.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

const never = new AbortController().signal;

function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

async function device(people: SceneInput['people'], rest: Partial<SceneInput> = {}) {
  const clock = new VirtualClock();
  const scene = Scene.parse({ name: 'test', durationMs: 60_000, people, ...rest });
  const faults = new FaultBoard(clock, scene.script.faults);
  const ring = FrameRing.create({ widthPx: 640, heightPx: 480 });
  const camera = new SceneCamera({ clock, scene, ring, faults });
  const models = new OracleFaceModels({ clock, faults, seed: 7, truth: (frame) => camera.truth(frame) });
  const session = await camera.open({ widthPx: 640, heightPx: 480, fps: 10 }, never);
  return { clock, faults, camera, models, session };
}

const standing = (subject: string, distanceM = 0.8, lateralM = 0) => ({
  subject,
  entersAtMs: 0,
  from: 'here' as const,
  to: 'here' as const,
  stops: [{ distanceM, lateralM, stayMs: 600_000 }],
});

describe('oracle face models', () => {
  test('find who stands there, nearest first, and take the declared time', async () => {
    const { clock, models, session } = await device([standing('far', 2, 0.5), standing('near', 0.8, -0.2)]);
    const look = async () => {
      for await (const frame of session.frames(never)) {
        const faces = await models.detect(frame, never);
        const embeddings = await models.embed(frame, [0, 1], never);
        return { faces, embeddings, doneAtMs: clock.nowMs(), frame };
      }
      throw new Error('no frame');
    };
    const { faces, embeddings, doneAtMs, frame } = await clock.runUntilSettled(look());
    expect(faces).toHaveLength(2);
    expect(doneAtMs - frame.receivedAtMs).toBe(20 + 2 * 8);
    expect(squaredDistance(embeddings[0]!, oracleEmbedding(7, 'near'))).toBeLessThan(0.11);
    expect(squaredDistance(embeddings[1]!, oracleEmbedding(7, 'far'))).toBeLessThan(0.14);
    expect(squaredDistance(embeddings[0]!, oracleEmbedding(7, 'far'))).toBeGreaterThan(0.25);
  });

  test('keep strangers apart as the real embeddings do', () => {
    const people = Array.from({ length: 200 }, (_, i) => oracleEmbedding(1, `person ${i}`));
    const distances = people.flatMap((a, i) => people.slice(i + 1).map((b) => squaredDistance(a, b)));
    const mean = distances.reduce((sum, d) => sum + d, 0) / distances.length;
    expect(mean).toBeGreaterThan(0.33);
    expect(mean).toBeLessThan(0.39);
    expect(Math.min(...distances)).toBeGreaterThan(0.2);
  });

  test('answer the same for the same seed and time, and otherwise for another frame', async () => {
    const run = async () => {
      const { clock, models, session } = await device([standing('ada')]);
      const scores: number[] = [];
      const look = async () => {
        for await (const frame of session.frames(never)) {
          scores.push((await models.detect(frame, never))[0]!.score);
          if (scores.length === 5) return;
        }
      };
      await clock.runUntilSettled(look());
      return scores;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first).size).toBe(5);
  });

  test('spend microseconds on a frame, so that an hour is quick', async () => {
    const { clock, models, session } = await device([standing('ada')]);
    let frames = 0;
    const look = async () => {
      for await (const frame of session.frames(never)) {
        await models.detect(frame, never);
        await models.embed(frame, [0], never);
        frames++;
      }
    };
    const looking = look().catch(() => 'closed');
    const startedMs = performance.now();
    await clock.runFor(600_000);
    const elapsedMs = performance.now() - startedMs;
    expect(frames).toBeGreaterThan(5_990);
    // About 60 ms on a quiet machine; ten times that would spoil the simulated hour.
    expect(elapsedMs).toBeLessThan(1_000);
    await session.close();
    expect(await clock.runUntilSettled(looking)).toBe('closed');
  });
});
