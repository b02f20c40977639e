import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { RecordingTrainedVoices } from '../../src/runtime/trained-voices.ts';

/** Says the first sample as the share of the first label; silence it refuses. */
function network(heard: Sound[]) {
  return {
    name: 'network',
    labels: ['a', 'b'],
    pieceMs: 1_000,
    async classify(sound: Sound) {
      heard.push(sound);
      const [first = 0] = sound.samples;
      if (first === 0) throw new HalError('invalid-argument', 'network', 'it is silent');
      return [first, 1 - first];
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

const { signal } = new AbortController();
const sound = (...samples: number[]): Sound => ({
  sampleRateHz: 2,
  samples: Float32Array.from(samples),
  startMs: 0,
});

test('the shares of a recording are the mean over its whole pieces that are not silent', async () => {
  const heard: Sound[] = [];
  const voices = new RecordingTrainedVoices(network(heard));
  expect(await voices.classify(sound(0.25, 0, 0.75, 0, 0, 0, 1), signal)).toEqual([0.5, 0.5]);
  expect(heard.map(({ startMs, samples }) => [startMs, samples.length])).toEqual([
    [0, 2],
    [1_000, 2],
    [2_000, 2],
  ]);
});

test('a recording shorter than a piece is asked about as it is', async () => {
  const heard: Sound[] = [];
  expect(await new RecordingTrainedVoices(network(heard)).classify(sound(0.5), signal)).toEqual([0.5, 0.5]);
  expect(heard).toHaveLength(1);
});

test('of a recording that is silent throughout nothing is said', async () => {
  const voices = new RecordingTrainedVoices(network([]));
  const error = await voices.classify(sound(0, 0, 0, 0), signal).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: 'invalid-argument', message: 'network: it is silent' });
});
