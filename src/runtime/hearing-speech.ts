import type { Clock } from '../../hal/contract/clock.ts';
import type { MicrophoneSession, PcmChunk } from '../../hal/contract/microphone.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { SoundWatch } from '../../hal/contract/sound-watch.ts';
import type { SoundCondition } from '../../machines/events.ts';
import type { ListenEvent } from '../../machines/hearing.ts';
import { type KeptExtent, KeptSound } from '../hearing/kept-sound.ts';
import type { SoundMeter } from '../hearing/meter.ts';
import type { SpeechRhythm } from '../hearing/rhythm.ts';
import { PcmSoundWatch } from '../hearing/sound-watch.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import { Listening } from './listening.ts';

/** What somebody who waits for speech is told. */
export type SpeechNews =
  | { readonly kind: 'began' }
  | HeardSpeech
  /** The sound has become bad, or good again. */
  | { readonly kind: 'condition'; readonly condition: SoundCondition }
  /** Sound was lost, so often since the microphone was opened. */
  | { readonly kind: 'overrun'; readonly overruns: number };

/** Enough speech to ask whose it is, or all that came before a pause or the end. */
export interface HeardSpeech {
  readonly kind: 'speech';
  /** A pause has ended it. Otherwise more may come, and is then told with what came before. */
  readonly over: boolean;
  readonly sound: Sound;
  /** Of the sound, counted from the first sample of the session. */
  readonly startMs: number;
  readonly endMs: number;
  /** By the cheap count while listening; the models count anew. */
  readonly voicedMs: number;
}

/** What a level meter shows of the newest chunk. */
export interface MeterReading extends SoundMeter {
  /** Whether the chunk holds speech. */
  readonly speech: boolean;
  /** Mean level of the newest second or so without speech; null before there was any. */
  readonly noiseDbfs: number | null;
  /** Since somebody began to speak. */
  readonly voicedMs: number;
  /** End of the chunk, counted from the first sample. */
  readonly atMs: number;
}

export interface HearSpeechOptions {
  readonly clock: Clock;
  readonly session: MicrophoneSession;
  /** Waits with the next chunk until what was told is taken: for a file that is read faster than it plays. */
  readonly waits: boolean;
  readonly rhythm: SpeechRhythm;
  readonly kept: KeptExtent;
  readonly onMeter?: (reading: MeterReading) => void;
}

/** Digital silence, one level or overdriven sound is told when it lasts this long. */
const badSoundLimitMs = 2_000;

/**
 * Tells of the speech that an open microphone hears, until a file ends or nobody asks any more. While somebody who
 * asks is slow, unfinished speech is passed over for newer; what is over is not. Rejects with the driver's HalError
 * when the microphone fails, with the signal's reason when aborted. Closing the session is left to its owner.
 */
export async function* hearSpeech(
  options: HearSpeechOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechNews, void, void> {
  const { clock, rhythm, onMeter } = options;
  using detector = await VoiceActivityDetector.create();
  signal.throwIfAborted();
  const news = new NewsQueue();
  const abort = () => news.fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const session = new ObservedSession(options.session, options.waits ? news : undefined);
  const listening = new Listening(
    {
      clock,
      watch:
        onMeter === undefined ? new PcmSoundWatch(detector) : metered(detector, session, rhythm, onMeter),
      rhythm,
      kept: new KeptSound(options.kept),
      // The drivers themselves fail when no sound comes.
      noSoundLimitMs: null,
      badSoundLimitMs,
      onSound: () => {}, // a meter reads the watch itself
      onOverrun: (overruns) => news.tell({ kind: 'overrun', overruns }),
    },
    session,
    (event) => translate(event),
  );
  let wasBad = false;
  const translate = (event: ListenEvent): void => {
    switch (event.type) {
      case 'SPEECH.BEGAN':
        news.tell({ kind: 'began' });
        break;
      case 'SPEECH.GATHERED':
      case 'SPEECH.ENDED': {
        const { sound } = listening.gathered();
        const over = event.type === 'SPEECH.ENDED';
        const startMs = sound.startMs - session.startMs;
        const endMs = startMs + (sound.samples.length / sound.sampleRateHz) * 1_000;
        news.tell({ kind: 'speech', over, sound, startMs, endMs, voicedMs: event.voicedMs });
        break;
      }
      case 'SOUND.CHANGED':
        if (wasBad || event.condition !== 'good')
          news.tell({ kind: 'condition', condition: event.condition });
        wasBad = event.condition !== 'good';
        break;
      case 'LISTENING.FAILED':
        news.fail(session.failure);
        break;
      case 'MICROPHONE.ENDED':
        news.end();
        break;
    }
  };
  try {
    while (true) {
      const next = await news.next();
      if (next === undefined) return;
      yield next;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    news.end();
    await listening.stop();
  }
}

function metered(
  detector: VoiceActivityDetector,
  session: ObservedSession,
  rhythm: SpeechRhythm,
  onMeter: (reading: MeterReading) => void,
): SoundWatch {
  const watch = new PcmSoundWatch(detector);
  const noise = new NoiseLevel();
  return {
    glance(chunk) {
      const glance = watch.glance(chunk);
      const speech = glance.speechMs > 0;
      const noiseDbfs = noise.next(glance.levelDbfs, speech);
      const voicedMs = rhythm.speaking ? rhythm.voicedMs : 0;
      const lengthMs = (chunk.samples.length / chunk.channels / chunk.sampleRateHz) * 1_000;
      const atMs = chunk.startMs - session.startMs + lengthMs;
      onMeter({ ...watch.meter, speech, noiseDbfs, voicedMs, atMs });
      return glance;
    },
  };
}

/** Share of the newest chunk in the mean: ten chunks are a second. */
const noiseShare = 0.1;

/** How loud it is while nobody speaks. Digital silence is no noise. */
export class NoiseLevel {
  #levelDbfs: number | null = null;

  next(levelDbfs: number, speech: boolean): number | null {
    if (speech || !Number.isFinite(levelDbfs)) return this.#levelDbfs;
    this.#levelDbfs = (this.#levelDbfs ?? levelDbfs) * (1 - noiseShare) + levelDbfs * noiseShare;
    return this.#levelDbfs;
  }
}

/** A session that remembers when its sound began and why it failed, and that can wait for its listener. */
class ObservedSession implements MicrophoneSession {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly #session: MicrophoneSession;
  readonly #awaited: NewsQueue | undefined;
  startMs = 0;
  failure: unknown;

  constructor(session: MicrophoneSession, awaited: NewsQueue | undefined) {
    ({ name: this.name, sampleRateHz: this.sampleRateHz, channels: this.channels } = session);
    this.#session = session;
    this.#awaited = awaited;
  }

  get overruns(): number {
    return this.#session.overruns;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, void> {
    let first = true;
    try {
      for await (const chunk of this.#session.chunks(signal)) {
        if (first) this.startMs = chunk.startMs;
        first = false;
        yield chunk;
        await this.#awaited?.taken();
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What was told and not yet asked for. */
class NewsQueue {
  readonly #news: SpeechNews[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #asks = Promise.withResolvers<void>();
  #comes = Promise.withResolvers<void>();

  tell(news: SpeechNews): void {
    const last = this.#news.at(-1);
    if (news.kind === 'speech' && last?.kind === 'speech' && !last.over) this.#news.pop();
    this.#news.push(news);
    this.#comes.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#comes.resolve();
    this.#asks.resolve();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#comes.resolve();
    this.#asks.resolve();
  }

  /** Resolves when everything told was asked for and more is wanted. */
  async taken(): Promise<void> {
    if (this.#news.length > 0) await this.#asks.promise;
  }

  /** Undefined at the end. What was told before a failure comes first. */
  async next(): Promise<SpeechNews | undefined> {
    while (true) {
      const next = this.#news.shift();
      if (next !== undefined) return next;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#ended) return undefined;
      this.#asks.resolve();
      this.#asks = Promise.withResolvers();
      await this.#comes.promise;
      this.#comes = Promise.withResolvers();
    }
  }
}
