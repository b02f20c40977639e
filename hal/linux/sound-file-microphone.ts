import { untilAborted } from '../contract/abort.ts';
import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings, PcmChunk } from '../contract/microphone.ts';
import { checkMicrophoneSettings } from './microphone-settings.ts';
import { interleave } from './pcm.ts';
import { openSoundFile, type SoundFile } from './sound-file.ts';

export interface SoundFileMicrophoneOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Sound comes at the pace of a live microphone (default), or as fast as it is asked for. */
  readonly pace?: 'live' | 'fast';
  /** Told, at the end, what is wrong with the file and was borne. */
  readonly onWarning?: (warning: string) => void;
}

const chunkMs = 100;

/** A sound file in the place of a microphone: at its own rate and with its own channels, whatever is wished for. */
export class SoundFileMicrophone implements Microphone {
  readonly name: string;
  readonly live = false;
  readonly #options: SoundFileMicrophoneOptions;
  #inUse = false;

  constructor(options: SoundFileMicrophoneOptions) {
    this.#options = options;
    this.name = options.path;
  }

  /** Rejects with HalError as `openSoundFile` does, and with `busy` while another session is open. */
  async open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    signal.throwIfAborted();
    checkMicrophoneSettings(this.name, settings);
    if (this.#inUse) throw new HalError('busy', this.name, 'is open already');
    this.#inUse = true;
    const free = () => {
      this.#inUse = false;
    };
    try {
      const { clock, path } = this.#options;
      const file = await clock.track(openSoundFile(path, signal));
      return new SoundFileSession(this.#options, file, free);
    } catch (error) {
      free();
      throw error;
    }
  }
}

/** The stream is a function of time: a chunk is due when its last sample is, and nothing runs between calls. */
class SoundFileSession implements MicrophoneSession {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** A file waits for its reader: nothing is lost. */
  readonly overruns = 0;
  readonly #options: SoundFileMicrophoneOptions;
  readonly #file: SoundFile;
  readonly #onClosed: () => void;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  readonly #openedAtMs: number;
  readonly #blocks: AsyncGenerator<Float32Array[], void, undefined>;
  /** Interleaved, read from the file and not yet given. */
  #waiting = new Int16Array(0);
  /** The file is being read on; kept, so that an abort meanwhile loses nothing. */
  #reading: Promise<void> | undefined;
  #fileDone = false;
  #framesGiven = 0;
  #seq = 0;
  #readerActive = false;

  constructor(options: SoundFileMicrophoneOptions, file: SoundFile, onClosed: () => void) {
    this.name = options.path;
    this.sampleRateHz = file.sampleRateHz;
    this.channels = file.channels;
    this.#options = options;
    this.#file = file;
    this.#onClosed = onClosed;
    this.#openedAtMs = options.clock.nowMs();
    this.#blocks = file.blocks(this.#closed.signal);
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, undefined> {
    if (this.#readerActive) throw new HalError('busy', this.name, 'its sound is being read already');
    this.#readerActive = true;
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const { clock, pace = 'live' } = this.#options;
    try {
      for (;;) {
        either.throwIfAborted();
        const samples = await this.#next(either);
        if (samples.length === 0) return;
        const frames = samples.length / this.channels;
        const startMs = this.#timeOf(this.#framesGiven);
        const dueMs = this.#timeOf(this.#framesGiven + frames);
        if (pace === 'live') await clock.sleep(Math.max(0, dueMs - clock.nowMs()), either);
        this.#waiting = this.#waiting.subarray(samples.length);
        this.#framesGiven += frames;
        const { sampleRateHz, channels } = this;
        yield { seq: this.#seq++, startMs, sampleRateHz, channels, samples };
      }
    } finally {
      this.#readerActive = false;
    }
  }

  #timeOf(frame: number): number {
    return this.#openedAtMs + (frame / this.sampleRateHz) * 1_000;
  }

  /** The samples of the next chunk, which stay waiting; none at the end. */
  async #next(signal: AbortSignal): Promise<Int16Array> {
    const length = Math.max(1, Math.round((this.sampleRateHz * chunkMs) / 1_000)) * this.channels;
    while (this.#waiting.length < length && !this.#fileDone) {
      this.#reading ??= this.#options.clock.track(this.#readOn()).finally(() => {
        this.#reading = undefined;
      });
      await untilAborted(this.#reading, signal);
    }
    return this.#waiting.slice(0, length);
  }

  async #readOn(): Promise<void> {
    const block = await this.#blocks.next();
    if (block.done === true) {
      this.#fileDone = true;
      for (const warning of this.#file.warnings) this.#options.onWarning?.(warning);
      return;
    }
    const fresh = interleave(block.value);
    const all = new Int16Array(this.#waiting.length + fresh.length);
    all.set(this.#waiting);
    all.set(fresh, this.#waiting.length);
    this.#waiting = all;
  }

  close(): Promise<void> {
    this.#closing ??= this.#options.clock.track(this.#end());
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#closed.abort(new HalError('closed', this.name, 'it was closed'));
    await this.#reading?.catch(() => undefined);
    await this.#file[Symbol.asyncDispose]();
    this.#onClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
