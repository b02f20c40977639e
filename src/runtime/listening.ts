import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { MicrophoneSession, PcmChunk } from '../../hal/contract/microphone.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { SoundState, SoundWatch } from '../../hal/contract/sound-watch.ts';
import type { SoundCondition } from '../../machines/events.ts';
import { faultFrom } from '../../machines/fault.ts';
import type { ListenEvent } from '../../machines/hearing.ts';
import { type KeptSound, soundOf } from '../hearing/kept-sound.ts';
import type { SpeechRhythm } from '../hearing/rhythm.ts';
import type { HeardSound } from './onlookers.ts';
import { WaitLimit } from './wait-limit.ts';

export interface ListeningOptions {
  readonly clock: Clock;
  readonly watch: SoundWatch;
  readonly rhythm: SpeechRhythm;
  readonly kept: KeptSound;
  /** Sound data must come within this time; null for a file. */
  readonly noSoundLimitMs: number | null;
  /** Digital silence, one level or overdriven sound is told when it lasts this long. */
  readonly badSoundLimitMs: number;
  /** Hears of every chunk how it sounded. */
  readonly onSound: (sound: HeardSound) => void;
  /** Sound was lost; `overruns` is how often since the microphone was opened. */
  readonly onOverrun: (overruns: number) => void;
}

/** The speech that was gathered last, and since when it lies behind. */
export interface GatheredSpeech {
  readonly sound: Sound;
  readonly untilMs: number;
}

/** That sound comes is told at most this often. */
const wentOnEveryMs = 2_900;

/**
 * The loop that listens: glances at every chunk, keeps the newest speech, and says when it begins, is enough to be
 * named, and ends. Never stops by itself but with an error or at the end of a file, and says so as an event.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #session: MicrophoneSession;
  readonly #send: (event: ListenEvent) => void;
  readonly #abort = new AbortController();
  readonly #condition: ConditionWatch;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #gathered: readonly PcmChunk[] = [];
  #untilMs = 0;
  #heardUntilMs = 0;
  #overruns = 0;
  readonly done: Promise<void>;

  constructor(options: ListeningOptions, session: MicrophoneSession, send: (event: ListenEvent) => void) {
    this.#options = options;
    this.#session = session;
    this.#send = send;
    this.#condition = new ConditionWatch(options.badSoundLimitMs);
    this.done = this.#run();
  }

  /** The speech of the last SPEECH.GATHERED or SPEECH.ENDED. */
  gathered(): GatheredSpeech {
    return { sound: soundOf(this.#gathered), untilMs: this.#untilMs };
  }

  /** Ends the loop. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('listening was stopped'));
    await this.done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { clock, noSoundLimitMs } = this.#options;
    const wait =
      noSoundLimitMs === null
        ? undefined
        : new WaitLimit(clock, noSoundLimitMs, () => {
            const message = `no sound came for ${noSoundLimitMs} ms`;
            this.#fail(new HalError('timeout', this.#session.name, message));
          });
    try {
      wait?.begin();
      for await (const chunk of this.#session.chunks(signal)) {
        wait?.begin();
        this.#hear(chunk);
        if (signal.aborted) return;
      }
      if (!signal.aborted) this.#end();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      wait?.close();
    }
  }

  #hear(chunk: PcmChunk): void {
    const { clock, watch, rhythm, kept } = this.#options;
    const { startMs } = chunk;
    const lengthMs = (chunk.samples.length / chunk.channels / chunk.sampleRateHz) * 1_000;
    const { speechMs, state, levelDbfs } = watch.glance(chunk);
    this.#options.onSound({ atMs: startMs + lengthMs, levelDbfs, speech: speechMs > 0 });
    const condition = this.#condition.next(state, startMs + lengthMs);
    if (condition !== undefined) this.#send({ type: 'SOUND.CHANGED', condition });
    kept.push(chunk, lengthMs, speechMs);
    this.#heardUntilMs = startMs + lengthMs;
    const { overruns } = this.#session;
    if (overruns > this.#overruns) this.#options.onOverrun(overruns);
    this.#overruns = overruns;
    const atMs = clock.nowMs();
    for (const step of rhythm.next({ startMs, lengthMs, speechMs })) {
      const { voicedMs } = rhythm;
      if (step === 'began') {
        kept.startAnew();
        this.#send({ type: 'SPEECH.BEGAN', atMs });
        continue;
      }
      this.#gather();
      this.#send({ type: step === 'gathered' ? 'SPEECH.GATHERED' : 'SPEECH.ENDED', atMs, voicedMs });
    }
    if (atMs - this.#toldAtMs < wentOnEveryMs) return;
    this.#toldAtMs = atMs;
    this.#send({ type: 'LISTENING.WENT_ON' });
  }

  #gather(): void {
    this.#gathered = this.#options.kept.snapshot();
    this.#untilMs = this.#heardUntilMs;
  }

  /** A file is over; whatever was being said in it is, too. */
  #end(): void {
    const { clock, rhythm } = this.#options;
    if (rhythm.speaking) {
      this.#gather();
      this.#send({ type: 'SPEECH.ENDED', atMs: clock.nowMs(), voicedMs: rhythm.voicedMs });
    }
    this.#send({ type: 'MICROPHONE.ENDED' });
  }

  #fail(error: unknown): void {
    const fault = faultFrom(error, 'microphone');
    this.#send({ type: 'LISTENING.FAILED', atMs: this.#options.clock.nowMs(), fault });
    this.#abort.abort(new Error('listening has failed'));
  }
}

/** How usable the sound has been lately: what is bad counts only when it lasts. */
class ConditionWatch {
  readonly #limitMs: number;
  #state: SoundState = 'good';
  #sinceMs = 0;
  #told: SoundCondition | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** The condition when it is another than before. */
  next(state: SoundState, atMs: number): SoundCondition | undefined {
    if (state !== this.#state) {
      this.#state = state;
      this.#sinceMs = atMs;
    }
    const lasts = state !== 'good' && atMs - this.#sinceMs >= this.#limitMs;
    // Bad sound that has only just begun says nothing yet.
    if (state !== 'good' && !lasts) return undefined;
    if (state === this.#told) return undefined;
    this.#told = state;
    return state;
  }
}
