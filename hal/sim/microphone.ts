import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings, PcmChunk } from '../contract/microphone.ts';
import type { FaultBoard } from './faults.ts';
import type { Scene } from './scene.ts';
import { type Impairment, overdriveDb, rootMeanSquare, type SoundTruth, stuckLevel } from './scene-sounds.ts';
import type { SoundMixer } from './sound-mixer.ts';
import { Wakeup } from './wakeup.ts';

const chunkMs = 100;
/** A reader may be so many chunks behind before the oldest are lost. */
const mostUnread = 16;
/** Stretches with faults that are remembered: enough for whatever a listener still asks about. */
const mostImpairments = 100;
/** What it can do; in between any multiple of 10 Hz, so that a chunk holds whole samples. */
const sampleRatesHz = { least: 8_000, most: 384_000, step: 10 };
const mostChannels = 2;

export interface SceneMicrophoneOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly scene: Scene;
  readonly faults: FaultBoard;
  /** Without a mixer every sample is 0: for a watch and models that know the truth. */
  readonly mixer?: SoundMixer;
}

/** The twin of a microphone: hears the scene on the injected clock. Two channels are the same sound twice. */
export class SceneMicrophone implements Microphone {
  readonly name: string;
  readonly live = true;
  readonly #options: SceneMicrophoneOptions;
  #open = false;
  // In order of time, of all its sessions.
  readonly #impairments: Impairment[] = [];

  constructor(options: SceneMicrophoneOptions) {
    this.name = options.name ?? 'microphone';
    this.#options = options;
  }

  async open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    signal.throwIfAborted();
    this.#options.faults.check('microphone', this.name, 'open');
    if (this.#open)
      throw new HalError('busy', this.name, 'it is open already: close the other session first');
    const { sampleRateHz, channels } = settings;
    if (!(sampleRateHz > 0) || !(channels >= 1)) {
      const message = `${sampleRateHz} Hz with ${channels} channels: both must be greater than 0`;
      throw new HalError('invalid-argument', this.name, message);
    }
    this.#open = true;
    return new SceneMicrophoneSession(this.name, this.#options, nearest(settings), {
      impaired: (impairment) => this.#remember(impairment),
      closed: () => {
        this.#open = false;
      },
    });
  }

  /** What is true of the sound that was recorded from `fromMs` to `untilMs`, faults of the microphone included. */
  truth(
    fromMs: number,
    untilMs: number,
  ): SoundTruth & { readonly impairment: Impairment['kind'] | undefined } {
    const during = this.#impairments.filter(
      (impairment) => impairment.fromMs < untilMs && fromMs < impairment.untilMs,
    );
    return { ...this.#options.scene.heard(fromMs, untilMs, during), impairment: during[0]?.kind };
  }

  #remember(impairment: Impairment): void {
    const last = this.#impairments.at(-1);
    if (last !== undefined && last.kind === impairment.kind && last.untilMs === impairment.fromMs) {
      this.#impairments[this.#impairments.length - 1] = { ...last, untilMs: impairment.untilMs };
      return;
    }
    this.#impairments.push(impairment);
    if (this.#impairments.length > mostImpairments) this.#impairments.shift();
  }
}

function nearest({ sampleRateHz, channels }: MicrophoneSettings): MicrophoneSettings {
  const { least, most, step } = sampleRatesHz;
  return {
    sampleRateHz: Math.min(most, Math.max(least, Math.round(sampleRateHz / step) * step)),
    channels: Math.min(mostChannels, Math.floor(channels)),
  };
}

/** What a session tells the microphone that it belongs to. */
interface SessionOwner {
  impaired(impairment: Impairment): void;
  closed(): void;
}

class SceneMicrophoneSession implements MicrophoneSession {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly #options: SceneMicrophoneOptions;
  readonly #owner: SessionOwner;
  readonly #wakeup = new Wakeup();
  readonly #openedAtMs: number;
  readonly #silence: Int16Array;
  #timer: TimerId;
  #nextSeq = 0;
  #unread: PcmChunk[] = [];
  #overruns = 0;
  #failure: HalError | undefined;
  #reading = false;
  #closed = false;

  constructor(
    name: string,
    options: SceneMicrophoneOptions,
    settings: MicrophoneSettings,
    owner: SessionOwner,
  ) {
    this.name = name;
    this.sampleRateHz = settings.sampleRateHz;
    this.channels = settings.channels;
    this.#options = options;
    this.#owner = owner;
    this.#openedAtMs = options.clock.nowMs();
    this.#silence = new Int16Array(this.#framesInChunk * settings.channels);
    this.#timer = this.#schedule();
  }

  get overruns(): number {
    return this.#overruns;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, undefined> {
    if (this.#reading) throw new HalError('busy', this.name, 'its sound is being read already');
    this.#reading = true;
    const ignoreAbort = this.#wakeup.wakeOnAbort(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
        const chunk = this.#unread.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.#failure !== undefined) throw this.#failure;
        else await this.#wakeup.wait();
      }
    } finally {
      ignoreAbort();
      this.#reading = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    this.#owner.closed();
    this.#wakeup.wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #framesInChunk(): number {
    return (this.sampleRateHz * chunkMs) / 1_000;
  }

  #schedule(): TimerId {
    const { clock } = this.#options;
    const dueMs = this.#openedAtMs + (this.#nextSeq + 1) * chunkMs;
    return clock.setTimeout(() => this.#hear(), dueMs - clock.nowMs());
  }

  #hear(): void {
    const seq = this.#nextSeq++;
    try {
      this.#options.faults.check('microphone', this.name, 'read');
    } catch (error) {
      this.#failure = asHalError(error, this.name);
      this.#wakeup.wake();
      return;
    }
    const startMs = this.#openedAtMs + seq * chunkMs;
    const kind = this.#impairment();
    if (kind !== undefined) this.#owner.impaired({ fromMs: startMs, untilMs: startMs + chunkMs, kind });
    if (kind !== 'lost') {
      const { sampleRateHz, channels } = this;
      const samples = this.#record(startMs, kind);
      this.#unread.push({ seq, startMs, sampleRateHz, channels, samples });
      if (this.#unread.length > mostUnread) {
        this.#unread.shift();
        this.#overruns++;
      }
    }
    this.#timer = this.#schedule();
    this.#wakeup.wake();
  }

  /** What the faults of now do to the chunk that ends now. */
  #impairment(): Impairment['kind'] | undefined {
    const { faults } = this.#options;
    if (faults.find('microphone-stalled') !== undefined) return 'lost';
    if (faults.find('microphone-overrun') !== undefined) {
      this.#overruns++;
      return 'lost';
    }
    if (faults.find('microphone-zeros') !== undefined) return 'zeros';
    if (faults.find('microphone-stuck') !== undefined) return 'stuck';
    if (faults.find('microphone-clipped') !== undefined) return 'clipped';
    return undefined;
  }

  #record(startMs: number, impairment: Impairment['kind'] | undefined): Int16Array {
    const { mixer, scene } = this.#options;
    // Readers do not write into what they read: one silence serves for all.
    if (mixer === undefined || impairment === 'zeros') return this.#silence;
    const { sampleRateHz, channels } = this;
    const frames = this.#framesInChunk;
    const samples = new Int16Array(frames * channels);
    if (impairment === 'stuck') return samples.fill(stuckLevel * 32_768);
    const mixed = new Float64Array(frames);
    mixer({ startMs, sampleRateHz, sounds: scene.soundsBetween(startMs, startMs + chunkMs) }, mixed);
    const fullScale = 32_767 * (impairment === 'clipped' ? rootMeanSquare(overdriveDb) : 1);
    for (let i = 0; i < frames; i++) {
      const value = Math.max(-32_768, Math.min(32_767, Math.round(mixed[i]! * fullScale)));
      samples.fill(value, i * channels, (i + 1) * channels);
    }
    return samples;
  }
}
