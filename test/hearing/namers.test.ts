import { describe, expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { HeardVoice, TrainedVoices, VoiceModels } from '../../hal/contract/voice-models.ts';
import { EmbeddingNamer } from '../../src/hearing/embedding-namer.ts';
import type { VoiceGallery } from '../../src/hearing/match.ts';
import { voiceLimits } from '../../src/hearing/threshold.ts';
import { TrainedNamer } from '../../src/hearing/trained-namer.ts';

const { signal } = new AbortController();
const sound: Sound = { sampleRateHz: 16_000, samples: new Float32Array(16_000).fill(0.1), startMs: 0 };

/** Two people whose centroids are all alike, along one axis each. */
function galleryOf(...subjectIds: string[]): VoiceGallery {
  const centroids = new Float32Array(subjectIds.length * 5 * 2);
  for (let row = 0; row < subjectIds.length * 5; row++) centroids[row * 2 + Math.floor(row / 5)] = 1;
  return { subjectIds, embeddingLength: 2, centroids };
}

/** Models that hear one embedding after the other. */
function modelsThatHear(...embeddings: (number[] | null)[]): VoiceModels {
  const left = embeddings.map((numbers) => (numbers === null ? null : Float32Array.from(numbers)));
  return {
    name: 'voice models',
    pipelineId: 'test',
    embeddingLength: 2,
    embed: async (): Promise<HeardVoice> => ({
      voicedMs: 7_000,
      levelDbfs: -20,
      clippedShare: 0,
      embedding: left.shift() ?? null,
    }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

const limits = voiceLimits(
  {
    thresholds: [{ voicedMs: 3_000, score: 0.85 }],
    margin: 0.05,
    people: 8,
    penalties: { noise20: 0, noise10: 0, reverb300: 0, reverb500: 0 },
  },
  { decideAfterMs: 3_000 },
);

const strong = [0.9, 0.2];
const weaker = [0.84, 0.2];

describe('the namer by likeness', () => {
  test('keeps a name while the same utterance goes on, and not into the next', async () => {
    const namer = new EmbeddingNamer(
      modelsThatHear(weaker, strong, weaker, weaker),
      limits,
      galleryOf('ana', 'ben'),
    );
    const decisions: string[] = [];
    for (let call = 0; call < 4; call++) {
      if (call === 3) namer.startAnew();
      decisions.push((await namer.name(sound, signal)).decision);
    }
    expect(decisions).toEqual(['unknown', 'known', 'known', 'unknown']);
  });

  test('does not carry an answer that comes late into the next utterance', async () => {
    const namer = new EmbeddingNamer(modelsThatHear(strong, weaker), limits, galleryOf('ana', 'ben'));
    const late = namer.name(sound, signal);
    namer.startAnew();
    expect((await late).decision).toBe('known');
    expect((await namer.name(sound, signal)).decision).toBe('unknown');
  });

  test('gives the nearest people with each answer, and knows nobody it has forgotten', async () => {
    const namer = new EmbeddingNamer(modelsThatHear(strong, strong), limits, galleryOf('ana', 'ben'));
    expect((await namer.name(sound, signal)).nearest.map(({ subjectId }) => subjectId)).toEqual([
      'ana',
      'ben',
    ]);
    namer.setGallery(galleryOf());
    expect(await namer.name(sound, signal)).toMatchObject({
      decision: 'unknown',
      reason: 'nobody is enrolled',
      nearest: [],
    });
  });

  test('rejects an embedding that is not finite rather than comparing it', async () => {
    const namer = new EmbeddingNamer(modelsThatHear([Number.NaN, 0]), limits, galleryOf('ana'));
    expect(await namer.name(sound, signal).catch(String)).toContain('not finite');
  });
});

function trained(classify: TrainedVoices['classify']): TrainedNamer {
  const voices: TrainedVoices = {
    name: 'trained voices',
    labels: ['Ana', 'Ben', 'Cleo'],
    classify,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const subjects = new Map([
    ['Ana', 'p_ana'],
    ['Ben', 'p_ben'],
  ]);
  return new TrainedNamer({ voices, pipelineId: 'test', subjects, share: 0.95 });
}

describe('the namer by the trained network', () => {
  test('names the speaker of a large share', async () => {
    expect(await trained(async () => [0.02, 0.97, 0.01]).name(sound, signal)).toEqual({
      decision: 'known',
      subjectId: 'p_ben',
      score: 0.97,
      secondSubjectId: 'p_ana',
      secondScore: 0.02,
      voicedMs: 1_000,
      levelDbfs: expect.closeTo(-20, 4),
      reason: "the largest share is 0.970, p_ben's, not under 0.95",
      nearest: [
        { subjectId: 'p_ben', score: 0.97 },
        { subjectId: 'p_ana', score: 0.02 },
      ],
      limits: { threshold: 0.95, margin: 0, ownThreshold: 0.95, longestThreshold: 0.95 },
    });
  });

  test('does not know who is under the share, and names nobody by a label of nobody', async () => {
    expect(await trained(async () => [0.9, 0.1, 0]).name(sound, signal)).toMatchObject({
      decision: 'unknown',
      subjectId: null,
      score: 0.9,
    });
    const answer = await trained(async () => [0, 0.01, 0.99]).name(sound, signal);
    expect(answer).toMatchObject({ decision: 'unknown', subjectId: null, secondSubjectId: 'p_ben' });
    // No name in what may be traced.
    expect(answer.reason).not.toContain('Cleo');
  });

  test('hears no speech in what the network refuses, and passes a failure on', async () => {
    const refusing = (kind: 'invalid-argument' | 'timeout') =>
      trained(async () => {
        throw new HalError(kind, 'trained voices', 'the sound is silent');
      }).name(sound, signal);
    expect(await refusing('invalid-argument')).toMatchObject({ decision: 'no-speech', voicedMs: 0 });
    expect(await refusing('timeout').catch((error: unknown) => error)).toMatchObject({ kind: 'timeout' });
    expect(
      await trained(async () => [Number.NaN, 0, 1])
        .name(sound, signal)
        .catch(String),
    ).toContain('not finite');
  });
});
