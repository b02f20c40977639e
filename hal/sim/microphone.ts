import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings, PcmChunk } from '../contract/microphone.ts';
import type { FaultBoard } from './faults.ts';
import { Random } from './random.ts';
import type { Scene } from './scene.ts';
import { Wakeup } from './wakeup.ts';

const chunkMs = 100;
/** A reader may be so many chunks behind before the oldest are lost. */
const mostUnread = 16;
/** What a microphone hears in a quiet room; exact zeros are a fault. */
const floorDbfs = -72;

export interface SceneMicrophoneOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly scene: Scene;
  readonly faults: FaultBoard;
}

/** The twin of a microphone: hears the scene's tones and noises, over the quiet of a room. */
export class SceneMicrophone implements Microphone {
  readonly name: string;
  readonly live = true;
  readonly #options: SceneMicrophoneOptions;
  #open = false;

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
    // Whole samples in a chunk: 10 samples a second is the coarsest grid that every usual rate lies on.
    if (!Number.isInteger(sampleRateHz / 10) || !(sampleRateHz > 0) || ![1, 2].includes(channels)) {
      throw new HalError(
        'unsupported',
        this.name,
        `${sampleRateHz} Hz with ${channels} channels: ask for a multiple of 10 Hz and one or two channels`,
      );
    }
    this.#open = true;
    return new SceneMicrophoneSession(this.name, this.#options, settings, () => {
      this.#open = false;
    });
  }
}

class SceneMicrophoneSession implements MicrophoneSession {
  readonly name: string;
  readonly #options: SceneMicrophoneOptions;
  readonly #settings: MicrophoneSettings;
  readonly #onClose: () => void;
  readonly #random: Random;
  readonly #wakeup = new Wakeup();
  readonly #openedAtMs: number;
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
    onClose: () => void,
  ) {
    this.name = name;
    this.#options = options;
    this.#settings = settings;
    this.#onClose = onClose;
    this.#random = Random.seeded(options.scene.script.seed).child('microphone');
    this.#openedAtMs = options.clock.nowMs();
    this.#timer = this.#schedule();
  }

  get sampleRateHz(): number {
    return this.#settings.sampleRateHz;
  }

  get channels(): number {
    return this.#settings.channels;
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
    this.#onClose();
    this.#wakeup.wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): TimerId {
    const { clock } = this.#options;
    const dueMs = this.#openedAtMs + (this.#nextSeq + 1) * chunkMs;
    return clock.setTimeout(() => this.#hear(), dueMs - clock.nowMs());
  }

  #hear(): void {
    const { faults } = this.#options;
    const seq = this.#nextSeq++;
    try {
      faults.check('microphone', this.name, 'read');
    } catch (error) {
      this.#failure = asHalError(error, this.name);
      this.#wakeup.wake();
      return;
    }
    if (faults.find('microphone-overrun') !== undefined) this.#overruns++;
    else this.#unread.push(this.#record(seq));
    if (this.#unread.length > mostUnread) {
      this.#unread.shift();
      this.#overruns++;
    }
    this.#timer = this.#schedule();
    this.#wakeup.wake();
  }

  #record(seq: number): PcmChunk {
    const { scene, faults } = this.#options;
    const { sampleRateHz, channels } = this.#settings;
    const startMs = this.#openedAtMs + seq * chunkMs;
    const frames = (sampleRateHz * chunkMs) / 1_000;
    const samples = new Int16Array(frames * channels);
    if (faults.find('microphone-zeros') === undefined) {
      const random = this.#random.child(startMs);
      const mixed = new Float64Array(frames);
      addNoise(mixed, rootMeanSquare(floorDbfs), random);
      for (const sound of scene.script.sounds) {
        const from = Math.max(0, Math.ceil(((sound.fromMs - startMs) * sampleRateHz) / 1_000));
        const to = Math.min(frames, Math.ceil(((sound.untilMs - startMs) * sampleRateHz) / 1_000));
        if (from >= to) continue;
        const part = mixed.subarray(from, to);
        const level = rootMeanSquare(sound.levelDbfs);
        if (sound.kind === 'noise') addNoise(part, level, random);
        else addTone(part, level, sound.frequencyHz / sampleRateHz, (startMs * sampleRateHz) / 1_000 + from);
      }
      for (let i = 0; i < frames; i++) {
        const value = Math.max(-32_768, Math.min(32_767, Math.round(mixed[i]! * 32_767)));
        samples.fill(value, i * channels, (i + 1) * channels);
      }
    }
    return { seq, startMs, sampleRateHz, channels, samples };
  }
}

function rootMeanSquare(levelDbfs: number): number {
  return 10 ** (levelDbfs / 20);
}

/** Uniform noise, whose root mean square is its bound divided by the square root of three. */
function addNoise(into: Float64Array, level: number, random: Random): void {
  const bound = level * Math.sqrt(3);
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + random.uniform(-bound, bound);
}

/** `firstSample` counts from the start of the clock: a tone goes on over the chunks without a step. */
function addTone(into: Float64Array, level: number, cyclesPerSample: number, firstSample: number): void {
  const peak = level * Math.SQRT2;
  for (let i = 0; i < into.length; i++) {
    into[i] = into[i]! + peak * Math.sin(2 * Math.PI * cyclesPerSample * (firstSample + i));
  }
}
