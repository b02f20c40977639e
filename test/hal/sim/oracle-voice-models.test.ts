import { describe, expect, test } from 'bun:test';
import { HalError } from '../../../hal/contract/errors.ts';
import type { Sound } from '../../../hal/contract/sound.ts';
import { type Fault, FaultBoard } from '../../../hal/sim/faults.ts';
import { OracleTrainedVoices } from '../../../hal/sim/oracle-trained-voices.ts';
import { OracleVoiceModels, oracleVoiceEmbedding } from '../../../hal/sim/oracle-voice-models.ts';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

const never = new AbortController().signal;
const seed = 7;
const subjects = Array.from({ length: 30 }, (_, i) => `person ${i}`);
const turnMs = 7_000;

function models(sounds: SceneInput['sounds']) {
  const clock = new VirtualClock();
  const faults = new FaultBoard(clock);
  const scene = Scene.parse({ name: 'voices', durationMs: 600_000, sounds });
  const options = {
    clock,
    faults,
    seed,
    truth: (fromMs: number, untilMs: number) => scene.heard(fromMs, untilMs),
  };
  const voices = new OracleVoiceModels(options);
  const trained = new OracleTrainedVoices({ ...options, labels: subjects.slice(0, 6) });
  const embed = (fromMs: number, untilMs: number) =>
    clock.runUntilSettled(voices.embed(sound(fromMs, untilMs), never));
  const classify = (fromMs: number, untilMs: number) =>
    clock.runUntilSettled(trained.classify(sound(fromMs, untilMs), never));
  return { clock, faults, voices, trained, embed, classify };
}

/** The oracle asks for its times alone: one sample a millisecond is enough. */
function sound(fromMs: number, untilMs: number): Sound {
  return { sampleRateHz: 1_000, samples: new Float32Array(untilMs - fromMs), startMs: fromMs };
}

const speech = (subject: string, fromMs: number, untilMs: number) => ({
  kind: 'speech' as const,
  subject,
  fromMs,
  untilMs,
});
/** One after the other, everybody three times. */
const turns = [...subjects, ...subjects, ...subjects].map((subject, i) =>
  speech(subject, i * turnMs, (i + 1) * turnMs),
);

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]!;
}

/** Scores of every turn against its speaker and against the ten people who come next. */
async function scores(lengthMs: number, noiseDbfs?: number) {
  const noise =
    noiseDbfs === undefined
      ? []
      : [{ kind: 'noise' as const, fromMs: 0, untilMs: 700_000, levelDbfs: noiseDbfs }];
  const { embed } = models([...turns, ...noise]);
  const enrolled = subjects.map((subject) => oracleVoiceEmbedding(seed, subject));
  const genuine: number[] = [];
  const strangers: number[] = [];
  for (const [turn, { fromMs }] of turns.entries()) {
    const { embedding } = await embed(fromMs, fromMs + lengthMs);
    genuine.push(cosine(embedding!, enrolled[turn % subjects.length]!));
    for (let k = 1; k <= 10; k++) strangers.push(cosine(embedding!, enrolled[(turn + k) % subjects.length]!));
  }
  return { genuine, strangers };
}

describe('oracle voice models', () => {
  test('score the longer heard the higher, as the network does, and strangers far below', async () => {
    // Medians of the network by length, and its lowest hundredth: 4 LibriSpeech and 24 RAVDESS sets, three enrolled.
    for (const [lengthMs, median, lowest] of [
      [1_600, 0.85, 0.74],
      [3_000, 0.9, 0.81],
      [7_000, 0.93, 0.87],
    ] as const) {
      const { genuine, strangers } = await scores(lengthMs);
      expect(Math.abs(quantile(genuine, 0.5) - median)).toBeLessThan(0.015);
      expect(Math.abs(quantile(genuine, 0.02) - lowest)).toBeLessThan(0.05);
      expect(quantile(strangers, 0.5)).toBeWithin(0.5, 0.62);
      expect(quantile(strangers, 0.99)).toBeWithin(0.64, 0.8);
    }
  });

  test('know people less in noise', async () => {
    const median = async (noiseDbfs: number) => quantile((await scores(3_000, noiseDbfs)).genuine, 0.5);
    const [soft, loud] = [await median(-46), await median(-32)];
    expect(soft).toBeGreaterThan(0.885);
    expect(loud).toBeWithin(0.78, 0.88);
  });

  test('give unit vectors of which no coordinate is negative, the same for the same stretch', async () => {
    const { embed } = models(turns);
    const { embedding } = await embed(0, 3_000);
    expect(embedding).toHaveLength(256);
    expect(embedding!.every((value) => value >= 0)).toBe(true);
    expect(cosine(embedding!, embedding!)).toBeCloseTo(1, 6);
    expect((await models(turns).embed(0, 3_000)).embedding).toEqual(embedding);
    expect((await embed(100, 3_100)).embedding).not.toEqual(embedding);
  });

  test('count speech alone, and compare nothing under 1.6 s of it', async () => {
    const { embed } = models([speech('ada', 1_000, 2_500), speech('ada', 4_000, 5_000)]);
    expect(await embed(0, 3_000)).toMatchObject({ voicedMs: 1_500, embedding: null });
    expect(await embed(0, 900)).toMatchObject({ voicedMs: 0, levelDbfs: -72, embedding: null });
    const heard = await embed(0, 6_000);
    expect(heard.voicedMs).toBe(2_500);
    expect(cosine(heard.embedding!, oracleVoiceEmbedding(seed, 'ada'))).toBeGreaterThan(0.75);
  });

  test('take two who speak at once for nobody, and two in turn for the one who speaks longest', async () => {
    const { embed } = models([
      speech('ada', 0, 7_000),
      speech('bob', 0, 7_000),
      speech('ada', 10_000, 15_500),
      speech('bob', 15_500, 17_000),
    ]);
    const score = async (fromMs: number, subject: string) =>
      cosine((await embed(fromMs, fromMs + 7_000)).embedding!, oracleVoiceEmbedding(seed, subject));
    expect(await score(0, 'ada')).toBeLessThan(0.8);
    expect(await score(0, 'bob')).toBeLessThan(0.8);
    expect(await score(10_000, 'ada')).toBeGreaterThan(0.84);
    expect(await score(10_000, 'bob')).toBeLessThan(0.8);
  });

  test('take the declared time, more for more speech', async () => {
    const { clock, embed } = models(turns);
    const took = async (lengthMs: number) => {
      const startMs = clock.nowMs();
      await embed(0, lengthMs);
      return clock.nowMs() - startMs;
    };
    expect([await took(1_000), await took(1_600), await took(7_000)]).toEqual([10, 17, 73]);
  });

  test('have the faults of networks: deaf, mistaken, not numbers, slow, hanging, failing', async () => {
    const { faults, embed } = models(turns);
    const under = async (fault: Fault) => {
      const end = faults.begin(fault);
      try {
        return await embed(0, 7_000);
      } finally {
        end();
      }
    };
    expect(await under({ fault: 'voice-models-deaf' })).toMatchObject({ voicedMs: 0, embedding: null });
    const mistaken = await under({ fault: 'voice-models-mistaken', forSubject: 'bob' });
    expect(cosine(mistaken.embedding!, oracleVoiceEmbedding(seed, 'bob'))).toBeGreaterThan(0.86);
    expect((await under({ fault: 'voice-models-nan' })).embedding!.every(Number.isNaN)).toBe(true);
    await expect(under({ fault: 'voice-models-slow', extraMs: 5_000 })).rejects.toMatchObject({
      kind: 'timeout',
    });
    await expect(under({ fault: 'voice-models-hang' })).rejects.toMatchObject({ kind: 'timeout' });
    await expect(under({ fault: 'error', port: 'voice-models', error: 'io' })).rejects.toMatchObject({
      kind: 'io',
    });
    // Those of the faces are not theirs.
    expect((await under({ fault: 'models-hang' })).embedding).not.toBeNull();
    expect((await embed(0, 7_000)).embedding).not.toBeNull();
  });

  test('reject an abort with its reason, and everything once closed', async () => {
    const { clock, faults, voices, embed } = models(turns);
    faults.begin({ fault: 'voice-models-hang' });
    const reason = new Error('not needed any more');
    const abort = new AbortController();
    const asked = voices.embed(sound(0, 3_000), abort.signal).catch((error: unknown) => error);
    abort.abort(reason);
    expect(await clock.runUntilSettled(asked)).toBe(reason);
    const pending = embed(0, 3_000).catch((error: unknown) => error);
    await voices.close();
    await pending;
    await expect(embed(0, 3_000)).rejects.toMatchObject({ kind: 'closed' });
  });
});

describe('oracle of the trained network', () => {
  test('names who it was trained on, and about half of the strangers, too', async () => {
    const { trained, classify } = models(turns);
    const sure = { trained: 0, strangers: 0 };
    for (const { subject, fromMs } of turns) {
      const shares = await classify(fromMs, fromMs + turnMs);
      expect(shares).toHaveLength(6);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      const best = shares.indexOf(Math.max(...shares));
      const known = trained.labels.includes(subject);
      if (known) expect(trained.labels[best]).toBe(subject);
      if (shares[best]! >= 0.95) sure[known ? 'trained' : 'strangers']++;
    }
    expect(sure.trained).toBeGreaterThanOrEqual(16);
    expect(sure.strangers / 72).toBeWithin(0.35, 0.82);
  });

  test('refuses sound that is too short or silent, and has the same faults', async () => {
    const { faults, classify } = models(turns);
    for (const [fromMs, untilMs] of [
      [0, 500],
      [690_000, 697_000],
    ] as const) {
      const error = await classify(fromMs, untilMs).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HalError);
      expect(error).toMatchObject({ kind: 'invalid-argument' });
    }
    faults.begin({ fault: 'voice-models-hang' });
    await expect(classify(0, 7_000)).rejects.toMatchObject({ kind: 'timeout' });
  });
});
