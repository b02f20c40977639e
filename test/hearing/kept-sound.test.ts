import { expect, test } from 'bun:test';
import type { PcmChunk } from '../../hal/contract/microphone.ts';
import { KeptSound, soundOf } from '../../src/hearing/kept-sound.ts';

const sampleRateHz = 16_000;

/** 100 ms in two channels, whose samples say which chunk it is. */
function chunk(seq: number): PcmChunk {
  const samples = new Int16Array((2 * sampleRateHz) / 10).fill(seq * 100);
  return { seq, startMs: seq * 100, sampleRateHz, channels: 2, samples };
}

function fill(kept: KeptSound, from: number, to: number, speechMs: number): void {
  for (let seq = from; seq < to; seq++) kept.push(chunk(seq), 100, speechMs);
}

function times(kept: KeptSound): [fromMs: number, untilMs: number] {
  const chunks = kept.snapshot();
  return [chunks[0]!.startMs, chunks.at(-1)!.startMs + 100];
}

test('the newest speech is kept, and whatever lies between its words', () => {
  const kept = new KeptSound({ speechMs: 2_000 });
  fill(kept, 0, 30, 100);
  fill(kept, 30, 35, 0);
  fill(kept, 35, 45, 100);
  expect(times(kept)).toEqual([2_000, 4_500]);
});

test('of somebody who hardly speaks no more is kept than three times what is wanted', () => {
  const kept = new KeptSound({ speechMs: 2_000 });
  fill(kept, 0, 500, 10);
  expect(times(kept)).toEqual([44_000, 50_000]);
});

test('the newest seven seconds are kept, speech or not', () => {
  const kept = new KeptSound({ lengthMs: 7_000 });
  fill(kept, 0, 100, 0);
  kept.startAnew();
  expect(times(kept)).toEqual([3_000, 10_000]);
});

test('what begins anew keeps the moment before, in which the first word may have begun', () => {
  const kept = new KeptSound({ speechMs: 2_000 });
  fill(kept, 0, 20, 0);
  kept.startAnew();
  expect(times(kept)).toEqual([1_600, 2_000]);
});

test('what was asked for does not change with what comes later', () => {
  const kept = new KeptSound({ speechMs: 2_000 });
  fill(kept, 0, 10, 100);
  const before = kept.snapshot();
  fill(kept, 10, 40, 100);
  expect(before.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('channels are mixed by their mean, full scale at one', () => {
  const stereo: PcmChunk = { ...chunk(0), samples: Int16Array.of(-32_768, -32_768, 16_384, 0, 1, 0) };
  const sound = soundOf([stereo, { ...chunk(1), samples: Int16Array.of(100, 300) }]);
  expect([...sound.samples]).toEqual([-1, 0.25, 0.5 / 32_768, 200 / 32_768]);
  expect(sound).toMatchObject({ sampleRateHz, startMs: 0 });
});

test('no sound at all is an empty sound', () => {
  expect(soundOf([]).samples).toHaveLength(0);
});
