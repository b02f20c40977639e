import { untilAborted } from '../contract/abort.ts';
import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings, PcmChunk } from '../contract/microphone.ts';
import {
  arecordEnvironment,
  arecordFailure,
  arecordInstallHint,
  type Capture,
  captureArguments,
  convertedCapture,
  type HardwareParameters,
  nearestCapture,
  parseActualRateHz,
  parseHardwareParameters,
  probeArguments,
  rawLayout,
} from './arecord.ts';
import { Child } from './child.ts';
import { checkMicrophoneSettings } from './microphone-settings.ts';
import { samplesFromBytes } from './pcm.ts';

export interface ArecordMicrophoneOptions {
  /** As ALSA names it: `hw:CARD=C920,DEV=0`. */
  readonly device: string;
  readonly clock: Clock;
  /** No sound for this long (and at most a quarter more) is a lost microphone; 2 s by default. */
  readonly noSoundTimeoutMs?: number;
}

const chunkMs = 100;
/** A reader may be so many chunks behind before the oldest are lost. */
const mostUnread = 16;
/** The first sound may take this long; USB microphones wake up slowly. */
const firstSoundTimeoutMs = 5_000;
const probeTimeoutMs = 3_000;
/** After the first sound, arecord may be late by so much in telling the rate. */
const rateToldWithinMs = 500;

/**
 * A microphone behind an arecord child process: at the rate and with the channels that the hardware has nearest to
 * those wished for, since ALSA's own resampling aliases. A crash or a hang stays in the child.
 *
 * A stream that ends is always an error, whatever the exit code. The driver does not reconnect: whoever opened it
 * decides when to try again.
 */
export class ArecordMicrophone implements Microphone {
  readonly name: string;
  readonly live = true;
  readonly #options: ArecordMicrophoneOptions;
  #inUse = false;

  constructor(options: ArecordMicrophoneOptions) {
    this.#options = options;
    this.name = options.device;
  }

  async open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    signal.throwIfAborted();
    checkMicrophoneSettings(this.name, settings);
    if (this.#inUse) throw new HalError('busy', this.name, 'is open already');
    this.#inUse = true;
    try {
      return await this.#start(settings, signal);
    } catch (error) {
      this.#inUse = false;
      throw error;
    }
  }

  async #start(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    const { device } = this.#options;
    const capture = nearestCapture(device, settings, await this.#probe(signal));
    const converted = convertedCapture(device, settings);
    try {
      return await this.#record(capture, signal);
    } catch (error) {
      // The ranges that hardware tells have holes, and it may lack a combination of what it has.
      const refused = error instanceof HalError && error.kind === 'unsupported';
      if (!refused || converted.device === capture.device) throw error;
      return await this.#record(converted, signal);
    }
  }

  async #record(capture: Capture, signal: AbortSignal): Promise<MicrophoneSession> {
    const { clock, noSoundTimeoutMs = 2_000 } = this.#options;
    const session = new ArecordSession({
      capture,
      clock,
      noSoundTimeoutMs,
      onClosed: () => {
        this.#inUse = false;
      },
    });
    try {
      await session.firstSound(signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Rejects when the device cannot be opened at all; undefined when it says nothing about itself. */
  async #probe(signal: AbortSignal): Promise<HardwareParameters | undefined> {
    const { device, clock } = this.#options;
    let said = '';
    const known = Promise.withResolvers<void>();
    const child = arecord(probeArguments(device), clock, (text) => {
      said += text;
      if (/^-{4,}\s*$[\s\S]*^-{4,}\s*$/m.test(said)) known.resolve(); // the list is whole
    });
    const limit = clock.setTimeout(known.resolve, probeTimeoutMs);
    const onAbort = () => known.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([known.promise, child.ended]);
    signal.removeEventListener('abort', onAbort);
    clock.clearTimeout(limit);
    await child.stop();
    said = await child.stderr();
    signal.throwIfAborted();
    const hardware = parseHardwareParameters(said);
    if (hardware !== undefined) return hardware;
    const failure = arecordFailure(device, said, false);
    // A sound server does not know hardware, and that is no failure.
    if (failure.kind === 'io' || failure.kind === 'unsupported') return undefined;
    throw failure;
  }
}

function arecord(args: readonly string[], clock: Clock, onStderr: (text: string) => void): Child {
  return new Child({
    command: ['arecord', ...args],
    clock,
    environment: arecordEnvironment,
    installHint: arecordInstallHint,
    onStderr,
  });
}

interface SessionOptions {
  readonly capture: Capture;
  readonly clock: Clock;
  readonly noSoundTimeoutMs: number;
  readonly onClosed: () => void;
}

/** How often within a time limit the stream is looked at: a process that was stopped itself gets another look. */
const looksPerLimit = 4;
/** A chunk may be shifted by so much against the one before, to follow the clock; sound cards drift seconds a day. */
const mostSlewMs = 0.4;
const driftShare = 0.02;

class ArecordSession implements MicrophoneSession {
  readonly name: string;
  readonly channels: number;
  readonly #options: SessionOptions;
  readonly #child: Child;
  #sampleRateHz: number;
  /** What arecord has said before the rate was known; undefined since. */
  #saidOfRate: string | undefined = '';
  readonly #rateKnown = Promise.withResolvers<void>();
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

  constructor(options: SessionOptions) {
    const { capture, clock } = options;
    this.#options = options;
    this.name = capture.device;
    this.channels = capture.channels;
    this.#sampleRateHz = capture.sampleRateHz;
    this.#child = arecord(captureArguments(capture), clock, (text) => this.#hearStderr(text));
    this.#lookAgain();
    this.#pumped = this.#pump();
  }

  /** What the device really runs at; known when `firstSound` has resolved. */
  get sampleRateHz(): number {
    return this.#sampleRateHz;
  }

  get overruns(): number {
    return this.#overruns;
  }

  /** Resolves when sound comes. */
  async firstSound(signal: AbortSignal): Promise<void> {
    while (this.#unread.length === 0) {
      if (this.#end !== undefined) throw this.#end;
      await this.#change(signal);
    }
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
      this.#rateKnown.resolve();
      await this.#child.stop();
      await this.#pumped;
      this.#unread = [];
      this.#options.onClosed();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hearStderr(text: string): void {
    const holes = text.match(/overrun!!!/g)?.length ?? 0;
    this.#overruns += holes;
    if (holes > 0) this.#hole = true;
    if (this.#saidOfRate !== undefined) {
      this.#saidOfRate += text;
      if (parseActualRateHz(this.#saidOfRate) !== undefined) this.#rateKnown.resolve();
    }
  }

  /** A device that tells no rate is a sound server's, which converts: there the rate asked for holds. */
  async #learnRate(): Promise<void> {
    const { clock, capture } = this.#options;
    const limit = clock.setTimeout(this.#rateKnown.resolve, rateToldWithinMs);
    await this.#rateKnown.promise;
    clock.clearTimeout(limit);
    this.#sampleRateHz = parseActualRateHz(this.#saidOfRate ?? '') ?? capture.sampleRateHz;
    this.#saidOfRate = undefined;
    const frames = Math.max(1, Math.round((this.#sampleRateHz * chunkMs) / 1_000));
    this.#lengthMs = (frames / this.#sampleRateHz) * 1_000;
    this.#bytes = new Uint8Array(frames * capture.channels * rawLayout(capture.format).bytes);
  }

  /** Reads the pipe to its end, whoever takes the sound. */
  async #pump(): Promise<void> {
    const reader = this.#child.stdout.getReader();
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
      this.#finish(new HalError('io', this.name, 'reading from arecord failed', { cause: error }));
    }
    await reader.cancel().catch(() => undefined);
    if (this.#closing !== undefined || this.#end !== undefined) return;
    await this.#child.stop();
    this.#finish(arecordFailure(this.name, await this.#child.stderr(), this.#seq > 0));
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
    const { capture } = this.#options;
    this.#filled = 0;
    const samples = samplesFromBytes(this.#bytes, rawLayout(capture.format));
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
      this.#child.signal('SIGKILL'); // it may be stopped or stuck in the kernel: no use in asking
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
    return untilAborted(this.#changed.promise, signal);
  }
}
