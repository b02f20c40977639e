import { describe, expect, test } from 'bun:test';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { DetectedFace, FaceModels } from '../../hal/contract/face-models.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { OracleFaceModels, oracleEmbedding } from '../../hal/sim/oracle-face-models.ts';
import { Scene, type SceneInput } from '../../hal/sim/scene.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import type { FaceGallery } from '../../src/vision/match.ts';
import { See, type Sight } from '../../src/vision/see.ts';

const seed = 11;
const { signal } = new AbortController();

function galleryOf(...subjectIds: string[]): FaceGallery {
  const embeddings = new Float32Array(subjectIds.length * 128);
  subjectIds.forEach((subject, row) => {
    embeddings.set(oracleEmbedding(seed, subject), row * 128);
  });
  return { subjectIds, embeddings, embeddingLength: 128 };
}

/** Plays a scene at `fps` frames a second and looks at every frame. */
class Play {
  readonly clock = new VirtualClock();
  readonly faults = new FaultBoard(this.clock);
  readonly see: See;
  readonly sights: { atMs: number; sight: Sight }[] = [];
  /** Faces embedded, by frame. */
  readonly embedded: number[] = [];
  readonly #fps: number;
  #seq = 0;

  constructor(input: Partial<SceneInput>, options: { gallery?: FaceGallery; fps?: number } = {}) {
    const scene = Scene.parse({ name: 'test', durationMs: 60_000, ...input });
    const oracle = new OracleFaceModels({
      clock: this.clock,
      faults: this.faults,
      seed,
      truth: (frame) => ({ picture: 'scene', view: scene.at(frame.receivedAtMs) }),
    });
    this.#fps = options.fps ?? 10;
    this.see = new See(
      this.#counting(oracle),
      this.clock,
      options.gallery ?? galleryOf('ann', 'ben', 'cleo'),
    );
  }

  async until(endMs: number): Promise<void> {
    while (this.clock.nowMs() < endMs) {
      const startMs = this.clock.nowMs();
      const { sight } = await this.look();
      this.sights.push({ atMs: startMs, sight });
      await this.clock.runUntil(startMs + 1_000 / this.#fps);
    }
  }

  async look(): Promise<{ sight: Sight }> {
    const frame: FrameRef = {
      seq: ++this.#seq,
      slot: 0,
      receivedAtMs: this.clock.nowMs(),
      widthPx: 640,
      heightPx: 480,
      format: 'rgb24',
    };
    this.embedded.push(0);
    return { sight: await this.clock.runUntilSettled(this.see.look(frame, signal)) };
  }

  #counting(models: FaceModels): FaceModels {
    return {
      name: models.name,
      pipelineId: models.pipelineId,
      embeddingLength: models.embeddingLength,
      match: models.match,
      detect: (frame, abort) => models.detect(frame, abort),
      embed: (frame, faces, abort) => {
        this.embedded[this.embedded.length - 1] = faces.length;
        return models.embed(frame, faces, abort);
      },
      close: () => models.close(),
      [Symbol.asyncDispose]: () => models.close(),
    };
  }
}

const stands = (subject: string, entersAtMs: number, stayMs: number, more: object = {}) => ({
  subject,
  entersAtMs,
  from: 'here' as const,
  to: 'here' as const,
  stops: [{ distanceM: 0.8, stayMs, ...more }],
});

describe('seeing', () => {
  test('names an enrolled person after three frames, and says how sure it is until then', async () => {
    const play = new Play({ people: [stands('ann', 0, 10_000)] });
    await play.until(500);
    const story = play.sights.map(({ sight }) =>
      sight.people.map((p) => [p.decision, p.subjectId, p.frames]),
    );
    expect(story.slice(0, 3)).toEqual([[['unsure', null, 1]], [['unsure', null, 2]], [['known', 'ann', 3]]]);
    const [first] = play.sights[0]!.sight.people;
    expect(first!.reason).toStartWith('1 of 3 frames so far; ann is nearest at 0.0');
    const [third] = play.sights[2]!.sight.people;
    expect(third!.frameAtMs).toBe(200);
    expect(third!.embeddedAtMs).toBe(228); // the oracle's 20 ms to look and 8 ms to embed
  });

  test('does not name a stranger', async () => {
    const play = new Play({ people: [stands('stranger', 0, 10_000)] });
    await play.until(3_000);
    const decisions = new Set(play.sights.flatMap(({ sight }) => sight.people.map((p) => p.decision)));
    expect(decisions).toEqual(new Set(['unsure', 'unknown']));
  });

  test('embeds a decided person about three times a second, not in every frame', async () => {
    const play = new Play({ people: [stands('ann', 0, 20_000)] });
    await play.until(10_000);
    const embedded = play.embedded.slice(3).reduce((sum, count) => sum + count, 0);
    expect(embedded).toBeGreaterThanOrEqual(31);
    expect(embedded).toBeLessThanOrEqual(34);
    for (const { atMs, sight } of play.sights.slice(3)) {
      const [person] = sight.people;
      expect(person!.decision).toBe('known');
      expect(atMs - person!.frameAtMs!).toBeLessThan(300);
    }
    expect(new Set(play.sights.flatMap(({ sight }) => sight.people.map((p) => p.trackId)))).toEqual(
      new Set([1]),
    );
  });

  for (const fps of [5, 10, 25]) {
    test(`notices within 500 ms that somebody else stands there now, at ${fps} frames a second`, async () => {
      for (const newcomer of ['ben', 'stranger']) {
        for (let swapAtMs = 2_000; swapAtMs < 2_400; swapAtMs += 50) {
          const play = new Play(
            { people: [stands('ann', 0, swapAtMs), stands(newcomer, swapAtMs, 10_000)] },
            { fps },
          );
          await play.until(swapAtMs + 2_000);
          const stillAnn = play.sights.filter(
            ({ atMs, sight }) => atMs >= swapAtMs && sight.people.some((p) => p.subjectId === 'ann'),
          );
          for (const { atMs } of stillAnn) expect(atMs - swapAtMs).toBeLessThan(500);
          const ended = play.sights.flatMap(({ sight }) => sight.ended);
          expect(ended).toEqual([{ trackId: 1, why: 'replaced' }]);
          const [last] = play.sights.at(-1)!.sight.people;
          expect([last!.trackId, last!.subjectId]).toEqual([2, newcomer === 'ben' ? 'ben' : null]);
        }
      }
    });
  }

  test('keeps two people apart who walk past each other', async () => {
    const walks = (subject: string, from: 'left' | 'right', distanceM: number) => ({
      subject,
      entersAtMs: 0,
      from,
      to: from === 'left' ? ('right' as const) : ('left' as const),
      stops: [{ distanceM, stayMs: 0 }],
    });
    const play = new Play({ people: [walks('ann', 'left', 0.9), walks('ben', 'right', 1.3)] });
    await play.until(4_000);
    const named = play.sights.flatMap(({ sight }) => sight.seen);
    expect(named.some(({ evidence }) => evidence.subjectId === 'ann')).toBe(true);
    expect(named.some(({ evidence }) => evidence.subjectId === 'ben')).toBe(true);
    // Ann is always the nearer one, so whoever is named must have the size that goes with the name.
    for (const { evidence, face } of named) {
      const nearer = face.quality.eyeDistancePx > 32;
      if (evidence.subjectId !== null) expect(evidence.subjectId).toBe(nearer ? 'ann' : 'ben');
    }
  });

  test('says why a face is not used, and does not embed it', async () => {
    const far = new Play({ people: [stands('ann', 0, 5_000, { distanceM: 2.5 })] });
    await far.until(1_000);
    expect(far.sights.at(-1)!.sight.people[0]).toMatchObject({
      decision: 'too-small',
      subjectId: null,
      frameAtMs: null,
      reason: 'eyes 14 px apart, at least 18',
    });
    const turned = new Play({ people: [stands('ann', 0, 5_000, { yawDeg: 55 })] });
    await turned.until(1_000);
    expect(turned.sights.at(-1)!.sight.people[0]!.decision).toBe('turned');
    expect([...far.embedded, ...turned.embedded].every((count) => count === 0)).toBe(true);
  });

  test('does not take a person who has turned away for who they were', async () => {
    const turnsAway = {
      subject: 'ann',
      entersAtMs: 0,
      from: 'here' as const,
      to: 'here' as const,
      stops: [
        { distanceM: 0.8, stayMs: 2_000 },
        { distanceM: 0.8, stayMs: 5_000, yawDeg: 55 },
      ],
    };
    const play = new Play({ people: [turnsAway] });
    await play.until(4_000);
    const late = play.sights.filter(({ atMs }) => atMs > 2_300).flatMap(({ sight }) => sight.people);
    expect(late.length).toBeGreaterThan(0);
    for (const person of late) expect([person.decision, person.subjectId]).toEqual(['turned', null]);
  });

  test('puts the nearest person first and reports who left', async () => {
    const play = new Play({
      people: [
        stands('ann', 0, 2_000, { lateralM: -0.3 }),
        stands('ben', 0, 9_000, { distanceM: 0.5, lateralM: 0.1 }),
      ],
    });
    await play.until(1_000);
    expect(play.sights.at(-1)!.sight.people.map((person) => person.subjectId)).toEqual(['ben', 'ann']);
    await play.until(4_000);
    const ended = play.sights.flatMap(({ atMs, sight }) => sight.ended.map((end) => ({ atMs, ...end })));
    expect(ended).toEqual([{ atMs: 2_900, trackId: 2, why: 'lost' }]);
  });

  test('knows a person from the next frame on when they are enrolled while they stand there', async () => {
    const play = new Play({ people: [stands('dora', 0, 9_000)] });
    await play.until(1_000);
    expect(play.sights.at(-1)!.sight.people[0]!.decision).toBe('unknown');
    play.see.setGallery(galleryOf('ann', 'dora'));
    await play.until(1_100);
    expect(play.sights.at(-1)!.sight.people[0]).toMatchObject({
      decision: 'known',
      subjectId: 'dora',
      trackId: 1,
    });
  });

  test('reports a track that ended during a failed look with the next look that works', async () => {
    const play = new Play({ people: [stands('ann', 0, 1_000), stands('ben', 3_000, 5_000)] });
    await play.until(1_500);
    await play.clock.runUntil(3_000);
    const heal = play.faults.begin({ fault: 'models-nan' });
    await expect(play.look()).rejects.toMatchObject({ kind: 'io', device: 'models' });
    heal();
    const { sight } = await play.look();
    expect(sight.ended).toEqual([{ trackId: 1, why: 'lost' }]);
  });

  test('never lets an embedding out', async () => {
    const play = new Play({ people: [stands('ann', 0, 9_000)] });
    await play.until(600);
    const text = JSON.stringify(play.sights);
    expect(text).not.toContain('embedding"');
    const numbers = (value: unknown): number =>
      Array.isArray(value)
        ? value.length
        : typeof value === 'object' && value !== null
          ? Math.max(0, ...Object.values(value).map(numbers))
          : 0;
    for (const { sight } of play.sights) {
      for (const { evidence, nearest } of sight.seen) expect(numbers([evidence, nearest])).toBeLessThan(128);
    }
  });

  test('takes every picture of a folder for itself', async () => {
    const ann: DetectedFace[] = [];
    const models: FaceModels = {
      name: 'models',
      pipelineId: 'test',
      embeddingLength: 128,
      match: { threshold: 0.125, margin: 0.03 },
      detect: async () => ann,
      embed: async (frame) => [oracleEmbedding(seed, frame.source === 'ann.jpg' ? 'ann' : 'ben')],
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    const { faceAt } = await import('./faces.ts');
    ann.push(faceAt(300, 200, 60));
    const see = new See(models, new VirtualClock(), galleryOf('ann', 'ben'), { framesToDecide: 1 });
    const frame = (seq: number, source: string): FrameRef => ({
      seq,
      slot: 0,
      receivedAtMs: seq,
      widthPx: 640,
      heightPx: 480,
      format: 'rgb24',
      source,
    });
    const first = await see.look(frame(1, 'ann.jpg'), signal);
    const second = await see.look(frame(2, 'ben.jpg'), signal);
    expect(first.people.map((p) => [p.trackId, p.subjectId])).toEqual([[1, 'ann']]);
    expect(second.people.map((p) => [p.trackId, p.subjectId])).toEqual([[2, 'ben']]);
    expect(second.ended).toEqual([{ trackId: 1, why: 'lost' }]);
  });
});
