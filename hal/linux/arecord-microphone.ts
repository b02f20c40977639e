import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings } from '../contract/microphone.ts';
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
import { PcmPipe } from './pcm-pipe.ts';

export interface ArecordMicrophoneOptions {
  /** As ALSA names it: `hw:CARD=C920,DEV=0`. */
  readonly device: string;
  readonly clock: Clock;
  /** No sound for this long (and at most a quarter more) is a lost microphone; 2 s by default. */
  readonly noSoundTimeoutMs?: number;
}

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
    const rate = new ToldRate(clock, capture.sampleRateHz);
    let session: PcmPipe | undefined;
    const child = arecord(captureArguments(capture), clock, (text) => {
      session?.lost(text.match(/overrun!!!/g)?.length ?? 0);
      rate.hear(text);
    });
    session = new PcmPipe({
      ...{ name: capture.device, child, clock, noSoundTimeoutMs },
      layout: rawLayout(capture.format),
      channels: capture.channels,
      rateHz: () => rate.known(),
      failure: ({ stderr, gaveData }) => arecordFailure(capture.device, stderr, gaveData),
      onClosed: () => {
        this.#inUse = false;
      },
    });
    return await session.started(signal);
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

/**
 * The rate that arecord tells before the first sound. A device that tells none is a sound server's, which converts:
 * there the rate asked for holds.
 */
class ToldRate {
  readonly #clock: Clock;
  readonly #askedForHz: number;
  /** What arecord has said before the rate was known; undefined since. */
  #said: string | undefined = '';
  readonly #told = Promise.withResolvers<void>();

  constructor(clock: Clock, askedForHz: number) {
    this.#clock = clock;
    this.#askedForHz = askedForHz;
  }

  hear(text: string): void {
    if (this.#said === undefined) return;
    this.#said += text;
    if (parseActualRateHz(this.#said) !== undefined) this.#told.resolve();
  }

  async known(): Promise<number> {
    const limit = this.#clock.setTimeout(this.#told.resolve, rateToldWithinMs);
    await this.#told.promise;
    this.#clock.clearTimeout(limit);
    const rateHz = parseActualRateHz(this.#said ?? '') ?? this.#askedForHz;
    this.#said = undefined;
    return rateHz;
  }
}
