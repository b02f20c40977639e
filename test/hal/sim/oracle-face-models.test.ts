import { describe, expect, test } from 'bun:test';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { type Fault, FaultBoard } from '../../../hal/sim/faults.ts';
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

  test('see a person as far from their enrolled embedding as networks do, farther the worse they show', async () => {
    const meanDistance = async (distanceM: number) => {
      const people = Array.from({ length: 12 }, (_, i) => ({
        ...standing(`person ${i}`, distanceM),
        entersAtMs: i * 1_000,
        stops: [{ distanceM, stayMs: 1_000 }],
      }));
      const { clock, models, session } = await device(people);
      const distances: number[] = [];
      const look = async () => {
        for await (const frame of session.frames(never)) {
          if (frame.receivedAtMs >= 12_000) return;
          if ((await models.detect(frame, never)).length === 0) continue;
          const [embedding] = await models.embed(frame, [0], never);
          const subject = `person ${Math.floor(frame.receivedAtMs / 1_000)}`;
          distances.push(squaredDistance(embedding!, oracleEmbedding(7, subject)));
        }
      };
      await clock.runUntilSettled(look());
      return distances.reduce((sum, d) => sum + d, 0) / distances.length;
    };
    const near = await meanDistance(0.8);
    const far = await meanDistance(2.5);
    expect(near).toBeGreaterThan(0.05);
    expect(near).toBeLessThan(0.08);
    expect(far).toBeGreaterThan(near + 0.02);
  });

  test('do not see who is too far, turned away, in the dark, or behind somebody', async () => {
    const found = async (people: SceneInput['people'], rest: Partial<SceneInput> = {}) => {
      const { clock, models, session } = await device(people, rest);
      const look = async () => {
        for await (const frame of session.frames(never)) return models.detect(frame, never);
        return [];
      };
      const faces = await clock.runUntilSettled(look());
      await session.close();
      return faces.length;
    };
    const turned = { ...standing('ada'), stops: [{ distanceM: 0.8, yawDeg: 85, stayMs: 9_000 }] };
    expect(await found([standing('ada')])).toBe(1);
    expect(await found([standing('ada', 15)])).toBe(0);
    expect(await found([turned])).toBe(0);
    expect(await found([standing('ada')], { light: [{ fromMs: 0, level: 0.01 }] })).toBe(0);
    expect(await found([standing('ada', 0.8), standing('bob', 1)])).toBe(1);
    expect(await found([standing('ada')], { faults: [{ fault: 'camera-black', fromMs: 0 }] })).toBe(0);
  });

  test('have the faults of networks: blind, seeing what is not there, mistaken, not numbers, slow', async () => {
    const { clock, faults, models, session } = await device([standing('ada')]);
    const reader = session.frames(never)[Symbol.asyncIterator]();
    const under = async (fault: Fault) => {
      const end = faults.begin(fault);
      const { value: frame } = await clock.runUntilSettled(reader.next());
      const startMs = clock.nowMs();
      const faces = await clock.runUntilSettled(models.detect(frame!, never));
      const tookMs = clock.nowMs() - startMs;
      const embeddings = await clock.runUntilSettled(
        models.embed(
          frame!,
          faces.map((_, i) => i),
          never,
        ),
      );
      end();
      return { faces, embeddings, tookMs };
    };
    expect((await under({ fault: 'models-blind' })).faces).toEqual([]);
    expect((await under({ fault: 'models-phantom' })).faces).toHaveLength(2);
    const mistaken = await under({ fault: 'models-mistaken', forSubject: 'bob' });
    expect(squaredDistance(mistaken.embeddings[0]!, oracleEmbedding(7, 'bob'))).toBeLessThan(0.12);
    expect((await under({ fault: 'models-nan' })).embeddings[0]!.every(Number.isNaN)).toBe(true);
    expect((await under({ fault: 'models-slow', extraMs: 300 })).tookMs).toBe(320);
    await expect(under({ fault: 'models-slow', extraMs: 9_000 })).rejects.toMatchObject({ kind: 'timeout' });
    await expect(under({ fault: 'error', port: 'models', error: 'io' })).rejects.toMatchObject({
      kind: 'io',
    });
  });

  test('give equal answers for a frozen picture', async () => {
    const { clock, models, session } = await device([standing('ada')], {
      faults: [{ fault: 'camera-frozen', fromMs: 150 }],
    });
    const scores: number[] = [];
    const look = async () => {
      for await (const frame of session.frames(never)) {
        scores.push((await models.detect(frame, never))[0]!.score);
        if (scores.length === 4) return;
      }
    };
    await clock.runUntilSettled(look());
    expect(new Set(scores).size).toBe(1);
  });
});
