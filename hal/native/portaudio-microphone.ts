import { untilAborted } from '../contract/abort.ts';
import { HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings } from '../contract/microphone.ts';
import { checkMicrophoneSettings } from '../linux/microphone-settings.ts';
import { PcmPipe } from '../linux/pcm-pipe.ts';
import { CoProcessor, type CoProcessorPlace } from './co-processor.ts';
import { kinds } from './protocol.ts';

export interface PortaudioMicrophoneOptions {
  /** A part of the name that PortAudio gives the device; empty for the system's own choice. */
  readonly named: string;
  readonly place: CoProcessorPlace;
  /** No sound for this long (and at most a quarter more) is a lost microphone; 2 s by default. */
  readonly noSoundTimeoutMs?: number;
}

/** The longest piece of sound that PortAudio gives at once: its buffers are far below a second. */
const longestDataBytes = 1_048_576;
/** 16-bit samples. */
const layout = { bytes: 2, upperAt: 0 } as const;

/** A microphone through PortAudio, in the native co-processor. It does not reconnect. */
export class PortaudioMicrophone implements Microphone {
  readonly name: string;
  readonly live = true;
  readonly #options: PortaudioMicrophoneOptions;
  #inUse = false;

  constructor(options: PortaudioMicrophoneOptions) {
    this.#options = options;
    this.name = `portaudio:${options.named}`;
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
    const { place, named, noSoundTimeoutMs = 2_000 } = this.#options;
    let session: PcmPipe | undefined;
    const child = new CoProcessor({
      ...place,
      task: { device: 'microphone', named, ...settings },
      device: this.name,
      longestDataBytes,
      onMessage: (kind) => {
        if (kind === kinds.lost) session?.lost(1);
      },
    });
    let actual: { readonly sampleRateHz?: number | undefined; readonly channels?: number | undefined };
    try {
      actual = await untilAborted(child.ready, signal);
    } catch (error) {
      await child.stop();
      throw error;
    }
    const { sampleRateHz = settings.sampleRateHz, channels = settings.channels } = actual;
    session = new PcmPipe({
      ...{ name: this.name, child, clock: place.clock, noSoundTimeoutMs, layout, channels },
      rateHz: () => sampleRateHz,
      failure: (end) => child.failure(end),
      onClosed: () => {
        this.#inUse = false;
      },
    });
    return await session.started(signal);
  }
}
