import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import type { MicrophoneSession, PcmChunk } from '../../hal/contract/microphone.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { VoiceActivityRhythm } from '../../src/hearing/rhythm.ts';
import { hearSpeech, type MeterReading, type SpeechNews } from '../../src/runtime/hearing-speech.ts';
import { clip } from '../cli/voices-run.ts';

const sampleRateHz = 16_000;
const chunkFrames = 1_600;

/** Sound that begins at some time of the clock; `taken` is how many chunks were asked for. */
class PlayedSession implements MicrophoneSession {
  readonly name = 'played';
  readonly sampleRateHz = sampleRateHz;
  readonly channels = 1;
  overruns = 0;
  taken = 0;
  readonly #samples: Int16Array;
  readonly #failure: Error | undefined;

  constructor(samples: Int16Array, failure?: Error) {
    this.#samples = samples;
    this.#failure = failure;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, void> {
    for (let seq = 0; (seq + 1) * chunkFrames <= this.#samples.length; seq++) {
      signal.throwIfAborted();
      this.taken = seq + 1;
      const samples = this.#samples.slice(seq * chunkFrames, (seq + 1) * chunkFrames);
      yield { seq, startMs: 5_000 + seq * 100, sampleRateHz, channels: 1, samples };
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

async function speech(...clips: string[]): Promise<Int16Array> {
  const pieces: number[] = [];
  for (const name of clips) {
    const { sound } = await readSoundFile(clip(name), new AbortController().signal);
    for (const sample of sound.samples) pieces.push(Math.round(32_768 * sample));
    // A quiet room for two seconds.
    for (let i = 0; i < 2 * sampleRateHz; i++) pieces.push((i * 7_919) % 7);
  }
  return Int16Array.from(pieces);
}

const options = (session: MicrophoneSession, waits: boolean) => ({
  clock: new VirtualClock(),
  session,
  waits,
  rhythm: new VoiceActivityRhythm({ decideAfterMs: 3_000, utteranceGapMs: 1_200 }),
  kept: { speechMs: 7_000 },
});

async function collect(news: AsyncGenerator<SpeechNews>): Promise<SpeechNews[]> {
  const all: SpeechNews[] = [];
  for await (const one of news) all.push(one);
  return all;
}

const { signal } = new AbortController();

test('two people who speak in turn are told of one after the other, with places in the sound', async () => {
  const session = new PlayedSession(await speech('validation/Ana1', 'validation/Bea1'));
  const told = await collect(hearSpeech(options(session, true), signal));
  const kinds = told.map((news) => (news.kind === 'speech' ? (news.over ? 'over' : 'more') : news.kind));
  expect(kinds.join(' ').replaceAll(/(more )+/g, 'more ')).toBe('began more over began more over');
  const over = told.flatMap((news) => (news.kind === 'speech' && news.over ? [news] : []));
  expect(over[0]!.startMs).toBeGreaterThanOrEqual(0);
  expect(over[0]!.endMs).toBeWithin(8_700, 10_500);
  expect(over[1]!.startMs).toBeGreaterThan(10_000);
  for (const { sound, startMs, endMs } of over) {
    expect(sound.samples.length / 16).toBeCloseTo(endMs - startMs, 6);
  }
});

test('a file waits until what was told is taken; a live microphone does not, and keeps the newest', async () => {
  const samples = await speech('validation/Ana1');
  const file = new PlayedSession(samples);
  const fromFile = hearSpeech(options(file, true), signal);
  await fromFile.next();
  await Bun.sleep(20);
  expect(file.taken).toBeLessThan(20);
  await collect(fromFile);

  const live = new PlayedSession(samples);
  const fromLive = hearSpeech(options(live, false), signal);
  await fromLive.next();
  while (live.taken < Math.floor(samples.length / chunkFrames)) await Bun.sleep(1);
  const rest = await collect(fromLive);
  // What was gathered in between was passed over for the end of it.
  expect(rest).toMatchObject([{ kind: 'speech', over: true }]);
});

test('a microphone that fails: what it heard is told first, then its own error comes', async () => {
  const failure = new HalError('disconnected', 'played', 'it was unplugged');
  const session = new PlayedSession(await speech('validation/Ana1'), failure);
  const told: SpeechNews[] = [];
  const error = await (async () => {
    for await (const news of hearSpeech(options(session, false), signal)) told.push(news);
  })().catch((thrown: unknown) => thrown);
  expect(error).toBe(failure);
  expect(told.at(-1)).toMatchObject({ kind: 'speech', over: true });
});

test('an abort ends it with its reason, also while nobody speaks', async () => {
  const never: MicrophoneSession = Object.assign(new PlayedSession(new Int16Array(0)), {
    async *chunks(stopped: AbortSignal): AsyncGenerator<PcmChunk, void, void> {
      await new Promise((_, reject) => stopped.addEventListener('abort', () => reject(stopped.reason)));
    },
  });
  const abort = new AbortController();
  const reason = new Error('enough');
  const waiting = collect(hearSpeech(options(never, false), abort.signal)).catch((error: unknown) => error);
  await Bun.sleep(5);
  abort.abort(reason);
  expect(await waiting).toBe(reason);
});

test('bad sound is told when it lasts, and when it is good again; silence is not called good before', async () => {
  const good = await speech('validation/Ana1');
  const zeros = new Int16Array(3 * sampleRateHz);
  const told = await collect(
    hearSpeech(options(new PlayedSession(Int16Array.from([...good, ...zeros, ...good])), true), signal),
  );
  const conditions = told.flatMap((news) => (news.kind === 'condition' ? [news.condition] : []));
  expect(conditions).toEqual(['zeros', 'good']);
});

test('the meter shows speech, its length, and the noise between', async () => {
  const readings: MeterReading[] = [];
  const session = new PlayedSession(await speech('validation/Ana1'));
  await collect(
    hearSpeech({ ...options(session, true), onMeter: (reading) => readings.push(reading) }, signal),
  );
  expect(readings.at(-1)?.atMs).toBe(session.taken * 100);
  const loudest = Math.max(...readings.filter(({ speech }) => speech).map(({ levelDbfs }) => levelDbfs));
  expect(loudest).toBeWithin(-25, -10);
  expect(readings.at(-1)?.noiseDbfs).toBeWithin(-85, -70);
  expect(Math.max(...readings.map(({ voicedMs }) => voicedMs))).toBeWithin(6_000, 8_700);
  expect(readings.at(-1)?.voicedMs).toBe(0);
});
