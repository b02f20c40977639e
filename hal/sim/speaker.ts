import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Speaker } from '../contract/speaker.ts';
import type { FaultBoard } from './faults.ts';

/** A sound that was played. */
export interface PlayedSound {
  readonly path: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly whole: boolean;
}

export interface SimulatedSpeakerOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  /** How long each sound file is, in ms; others are not found. */
  readonly sounds: ReadonlyMap<string, number>;
}

/** The twin of a loudspeaker: says what it played, and when. */
export class SimulatedSpeaker implements Speaker {
  readonly name: string;
  readonly played: PlayedSound[] = [];
  readonly #options: SimulatedSpeakerOptions;
  readonly #closing = new AbortController();
  #playing = false;

  constructor(options: SimulatedSpeakerOptions) {
    this.name = options.name ?? 'speaker';
    this.#options = options;
  }

  async play(path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const { clock, faults, sounds } = this.#options;
    faults.check('speaker', this.name, 'write');
    if (this.#playing) throw new HalError('busy', this.name, 'it is playing another sound');
    const durationMs = sounds.get(path);
    if (durationMs === undefined)
      throw new HalError('not-found', this.name, `there is no sound file '${path}'`);
    const startMs = clock.nowMs();
    this.#playing = true;
    let whole = false;
    try {
      await clock.sleep(durationMs, AbortSignal.any([signal, this.#closing.signal]));
      whole = true;
    } finally {
      this.#playing = false;
      this.played.push({ path, startMs, endMs: clock.nowMs(), whole });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HalError('closed', this.name, 'it was closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
