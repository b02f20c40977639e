import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { HeardVoice, TrainedVoices, VoiceModels } from '../../hal/contract/voice-models.ts';
import { testTrainedVoices, testVoiceModels } from '../../src/hearing/self-test.ts';

const { signal } = new AbortController();
const silence: HeardVoice = {
  voicedMs: 0,
  levelDbfs: Number.NEGATIVE_INFINITY,
  clippedShare: 0,
  embedding: null,
};
const voice: HeardVoice = {
  voicedMs: 2_500,
  levelDbfs: -20,
  clippedShare: 0,
  embedding: Float32Array.of(0.6, 0.8),
};

/** Models that answer as they are told; the sound says which answer is due. */
function models(onSilence: HeardVoice, ...onVoice: HeardVoice[]): VoiceModels {
  let asked = 0;
  return {
    name: 'voice models',
    pipelineId: 'test',
    embeddingLength: 2,
    embed: async ({ samples }: Sound) =>
      samples.every((sample) => sample === 0) ? onSilence : onVoice[asked++ % onVoice.length]!,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

test('models that know silence from a voice, and a voice again, pass', async () => {
  await testVoiceModels(models(silence, voice), signal);
});

test.each([
  ['hear a voice in silence', models(voice, voice), 'digital silence'],
  ['hear no voice at all', models(silence, silence), 'do not hear'],
  [
    'give another answer each time',
    models(silence, voice, { ...voice, embedding: Float32Array.of(1, 0) }),
    '0.600',
  ],
  ['give no numbers', models(silence, { ...voice, embedding: Float32Array.of(Number.NaN, 0) }), 'NaN'],
])('models that %s do not', async (_, bad, text) => {
  const error = await testVoiceModels(bad, signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HalError);
  expect((error as HalError).message).toContain(text);
  expect((error as HalError).retryable).toBe(false);
});

function trained(onVoice: readonly number[], onSilence?: readonly number[]): TrainedVoices {
  return {
    name: 'trained voices',
    labels: ['ana', 'bea'],
    classify: async ({ samples }: Sound) => {
      if (samples.some((sample) => sample !== 0)) return onVoice;
      if (onSilence !== undefined) return onSilence;
      throw new HalError('invalid-argument', 'trained voices', 'the sound is silent');
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

test('a trained network that refuses silence and shares a voice out whole passes', async () => {
  await testTrainedVoices(trained([0.3, 0.7]), signal);
});

test.each([
  ['names silence', trained([0.3, 0.7], [0.5, 0.5]), 'digital silence'],
  ['gives away more than there is', trained([0.9, 0.7]), '1.600'],
  ['knows other labels', trained([1]), 'instead of 1'],
  ['gives no numbers', trained([Number.NaN, 1]), 'NaN'],
])('one that %s does not', async (_, bad, text) => {
  const error = await testTrainedVoices(bad, signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HalError);
  expect((error as HalError).message).toContain(text);
});
