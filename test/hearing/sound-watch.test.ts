import { beforeAll, describe, expect, test } from 'bun:test';
import type { PcmChunk } from '../../hal/contract/microphone.ts';
import type { SoundGlance } from '../../hal/contract/sound-watch.ts';
import { measureBlock } from '../../src/hearing/meter.ts';
import { buzz } from '../../src/hearing/self-test.ts';
import { PcmSoundWatch } from '../../src/hearing/sound-watch.ts';
import { VoiceActivityDetector } from '../../src/hearing/vad.ts';

const sampleRateHz = 32_000;
let detector: VoiceActivityDetector;
beforeAll(async () => {
  detector = await VoiceActivityDetector.create();
});

/** Sound from a function of the time in seconds, in chunks of 100 ms and two channels. */
function listenTo(soundAt: (seconds: number) => number, seconds = 3): SoundGlance[] {
  const watch = new PcmSoundWatch(detector);
  const frames = sampleRateHz / 10;
  return Array.from({ length: seconds * 10 }, (_, seq) => {
    const samples = new Int16Array(2 * frames);
    for (let i = 0; i < frames; i++) {
      const value = Math.round(32_767 * soundAt((seq * frames + i) / sampleRateHz));
      samples.fill(Math.max(-32_768, Math.min(32_767, value)), 2 * i, 2 * i + 2);
    }
    const chunk: PcmChunk = { seq, startMs: seq * 100, sampleRateHz, channels: 2, samples };
    return watch.glance(chunk);
  });
}

function speechMsIn(glances: readonly SoundGlance[]): number {
  return glances.reduce((sum, { speechMs }) => sum + speechMs, 0);
}

let state = 1;
function noise(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 31 - 1;
}

describe('what is speech', () => {
  test('a voice is, for most of its time', () => {
    expect(speechMsIn(listenTo(buzz))).toBeGreaterThan(1_500);
  });

  test.each([
    ['digital silence', () => 0],
    ['a quiet room', () => 0.0002 * noise()],
    ['loud hiss', () => 0.3 * noise()],
    ['one level', () => 0.25],
    ['a square wave at full scale', (s: number) => (Math.sin(2 * Math.PI * 440 * s) >= 0 ? 1 : -1)],
  ])('%s is not', (_, soundAt) => {
    // A frame or three may be mistaken; nothing that anybody would take for somebody speaking.
    expect(speechMsIn(listenTo(soundAt).slice(10))).toBeLessThan(100);
  });

  test('a voice after a silence is noticed like one from the beginning', () => {
    const late = listenTo((s) => (s < 1 ? 0 : buzz(s - 1)), 4).slice(10);
    expect(Math.abs(speechMsIn(late) - speechMsIn(listenTo(buzz)))).toBeLessThan(300);
  });
});

describe('how usable the sound is', () => {
  test.each([
    ['digital silence', () => 0, 'zeros'],
    ['one level', () => 0.25, 'stuck'],
    ['a voice', buzz, 'good'],
    ['a voice far too loud', (s: number) => 20 * buzz(s), 'clipped'],
    ['a quiet room', () => 0.0002 * noise(), 'good'],
  ] as const)('%s', (_, soundAt, state) => {
    expect(new Set(listenTo(soundAt, 1).map((glance) => glance.state))).toEqual(new Set([state]));
  });
});

test('the level is that of the whole chunk, relative to full scale', () => {
  const [glance] = listenTo((s) => 0.1 * Math.sin(2 * Math.PI * 500 * s), 1);
  expect(glance?.levelDbfs).toBeCloseTo(20 * Math.log10(0.1 / Math.SQRT2), 2);
  expect(listenTo(() => 0, 1)[0]?.levelDbfs).toBe(Number.NEGATIVE_INFINITY);
});

test('the meter tells a tone from hiss', () => {
  const tone = Float32Array.from(
    { length: 800 },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * 1_000 * i) / 16_000),
  );
  const measured = measureBlock(tone, 16_000);
  expect(measured.levelDbfs).toBeCloseTo(-9.03, 1);
  expect(measured.centroidHz).toBeWithin(950, 1_050);
  expect(measured.zeroCrossingsHz).toBeWithin(1_900, 2_100);
  expect(measured.flatness).toBeLessThan(0.1);
  const hiss = measureBlock(Float32Array.from({ length: 800 }, noise), 16_000);
  expect(hiss.flatness).toBeGreaterThan(0.7);
  expect(hiss.centroidHz).toBeWithin(3_000, 5_000);
});

test('too little sound to measure is silence, not a number that means nothing', () => {
  for (const length of [0, 1, 63]) {
    expect(measureBlock(new Float32Array(length).fill(0.5), 16_000).levelDbfs).toBe(Number.NEGATIVE_INFINITY);
  }
});
