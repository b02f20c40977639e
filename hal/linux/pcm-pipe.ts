import { untilAborted } from '../contract/abort.ts';
import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { MicrophoneSession, PcmChunk } from '../contract/microphone.ts';
import type { PipedChild, PipeEnd } from './child.ts';
import { type RawLayout, samplesFromBytes } from './pcm.ts';

const chunkMs = 100;
/** A reader may be so many chunks behind before the oldest are lost. */
const mostUnread = 16;
/** The first sound may take this long; USB microphones wake up slowly. */
const firstSoundTimeoutMs = 5_000;

export interface PcmPipeOptions {
  readonly name: string;
  /** Writes interleaved samples to its stdout. */
  readonly child: PipedChild;
  readonly layout: RawLayout;
  readonly channels: number;
  /** The rate that the device really runs at, asked for when the first sound has come. */
  rateHz(): number | Promise<number>;
  readonly clock: Clock;
  /** No sound for this long (and at most a quarter more) is a lost microphone. */
  readonly noSoundTimeoutMs: number;
  /** Why a child ended that was not asked to. */
  failure(end: PipeEnd): HalError;
  onClosed(): void;
}

/** How often within a time limit the stream is looked at: a process that was stopped itself gets another look. */
const looksPerLimit = 4;
/** A chunk may be shifted by so much against the one before, to follow the clock; sound cards drift seconds a day. */
const mostSlewMs = 0.4;
const driftShare = 0.02;

/**
 * The sound that a child process writes to its stdout, as a microphone session: cut into chunks with the time of each,
 * the oldest lost and counted when nobody takes them, with a limit on the time without sound.
 *
 * A stream that ends is always an error, whatever the child's exit code.
 */
export class PcmPipe implements MicrophoneSession {
  readonly name: string;
  readonly channels: number;
  readonly #options: PcmPipeOptions;
  #sampleRateHz = 0;
  /** The chunk that is being filled; made when the rate is known. */
  #bytes = new Uint8Array(0);
  #lengthMs = 0;
  #filled = 0;
  #unread: PcmChunk[] = [];
  #seq = 0;
  #overruns = 0;
  /** The system lost sound since the last chunk: its time is taken anew. */
  #hole = true;
  /** When the next chunk starts, and how far arrivals lie from that on average. */
  #nextStartMs = 0;
  #driftMs = 0;
  #heardAtMs = 0;
  #quietLooks = 0;
  #end: HalError | undefined;
  #closing: Promise<void> | undefined;
  #readerActive = false;
  #changed = Promise.withResolvers<void>();
  #look: TimerId | undefined;
  readonly #pumped: Promise<void>;

  constructor(options: PcmPipeOptions) {
    this.#options = options;
    this.name = options.name;
    this.channels = options.channels;
    this.#lookAgain();
    this.#pumped = this.#pump();
  }

  /** What the device really runs at; known when `started` has resolved. */
  get sampleRateHz(): number {
    return this.#sampleRateHz;
  }

  get overruns(): number {
    return this.#overruns;
  }

  /** This session, as soon as sound comes; closed when there is none. */
  async started(signal: AbortSignal): Promise<this> {
    try {
      while (this.#unread.length === 0) {
        if (this.#end !== undefined) throw this.#end;
        await this.#change(signal);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  /** The system was too slow so many times: the time of the next chunk is taken anew. */
  lost(times: number): void {
    this.#overruns += times;
    if (times > 0) this.#hole = true;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, undefined> {
    if (this.#readerActive) throw new HalError('busy', this.name, 'its sound is being read already');
    this.#readerActive = true;
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#closing !== undefined) throw new HalError('closed', this.name, 'the microphone was closed');
        const chunk = this.#unread.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.#end !== undefined) throw this.#end;
        else await this.#change(signal);
      }
    } finally {
      this.#readerActive = false;
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#stopLooking();
      this.#wake();
      await this.#options.child.stop();
      await this.#pumped;
      this.#unread = [];
      this.#options.onClosed();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #learnRate(): Promise<void> {
    const { rateHz, channels, layout } = this.#options;
    this.#sampleRateHz = await rateHz();
    const frames = Math.max(1, Math.round((this.#sampleRateHz * chunkMs) / 1_000));
    this.#lengthMs = (frames / this.#sampleRateHz) * 1_000;
    this.#bytes = new Uint8Array(frames * channels * layout.bytes);
  }

  /** Reads the pipe to its end, whoever takes the sound. */
  async #pump(): Promise<void> {
    const reader = this.#options.child.stdout.getReader();
    try {
      while (this.#closing === undefined && this.#end === undefined) {
        const piece = await reader.read();
        if (piece.done) break;
        this.#heardAtMs = this.#options.clock.nowMs();
        this.#quietLooks = 0;
        if (this.#bytes.length === 0) await this.#learnRate();
        this.#take(piece.value);
      }
    } catch (error) {
      this.#finish(
        new HalError('io', this.name, `reading from ${this.#options.child.name} failed`, { cause: error }),
      );
    }
    await reader.cancel().catch(() => undefined);
    if (this.#closing !== undefined || this.#end !== undefined) return;
    const { child, failure } = this.#options;
    const ended = await child.stop();
    this.#finish(failure({ ...ended, stderr: await child.stderr(), gaveData: this.#seq > 0 }));
  }

  #take(piece: Uint8Array): void {
    for (let offset = 0; offset < piece.length; ) {
      const length = Math.min(this.#bytes.length - this.#filled, piece.length - offset);
      this.#bytes.set(piece.subarray(offset, offset + length), this.#filled);
      this.#filled += length;
      offset += length;
      if (this.#filled === this.#bytes.length) this.#publish();
    }
  }

  #publish(): void {
    this.#filled = 0;
    const samples = samplesFromBytes(this.#bytes, this.#options.layout);
    const { sampleRateHz, channels } = this;
    this.#unread.push({ seq: this.#seq++, startMs: this.#startOfChunk(), sampleRateHz, channels, samples });
    if (this.#unread.length > mostUnread) {
      this.#unread.shift();
      this.#overruns++;
    }
    this.#wake();
  }

  /**
   * A chunk starts where the one before ended; arrivals come in bursts and tell the time only on average. After a hole
   * the arrival alone tells it.
   */
  #startOfChunk(): number {
    const arrivedStartMs = this.#heardAtMs - this.#lengthMs;
    if (this.#hole) {
      this.#hole = false;
      this.#driftMs = 0;
      this.#nextStartMs = Math.max(this.#nextStartMs, arrivedStartMs);
    }
    const startMs = this.#nextStartMs;
    this.#driftMs += driftShare * (arrivedStartMs - startMs - this.#driftMs);
    const slewMs = Math.max(-mostSlewMs, Math.min(mostSlewMs, driftShare * this.#driftMs));
    this.#nextStartMs = startMs + this.#lengthMs + slewMs;
    return startMs;
  }

  #finish(end: HalError): void {
    this.#end ??= end;
    this.#stopLooking();
    this.#wake();
  }

  #lookAgain(): void {
    const { clock, noSoundTimeoutMs } = this.#options;
    const limitMs = this.#seq > 0 ? noSoundTimeoutMs : firstSoundTimeoutMs;
    this.#look = clock.setTimeout(() => {
      if (++this.#quietLooks < looksPerLimit) return this.#lookAgain();
      const what = this.#seq > 0 ? `no sound for ${limitMs} ms` : `no sound within ${limitMs} ms`;
      this.#finish(new HalError('timeout', this.name, what));
      this.#options.child.signal('SIGKILL'); // it may be stopped or stuck in the kernel: no use in asking
    }, limitMs / looksPerLimit);
  }

  #stopLooking(): void {
    if (this.#look !== undefined) this.#options.clock.clearTimeout(this.#look);
    this.#look = undefined;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Waits for the next change. Abort rejects with the signal's reason. */
  #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return untilAborted(this.#changed.promise, signal);
  }
}
