import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { TrainedVoices } from '../../hal/contract/voice-models.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { SoundFileMicrophone } from '../../hal/linux/sound-file-microphone.ts';
import type { VigilConfig } from '../config/schema.ts';
import { WorkerTrainedVoices } from '../hearing/worker-trained-voices.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import type { SpeechNews } from './hearing-speech.ts';
import { openVoiceModels } from './real-voice-models.ts';
import { RecordingTrainedVoices } from './trained-voices.ts';
import { captureSpeech, type ListeningMode, type ListenOptions, listenTo } from './voice-capture.ts';
import {
  type InputRecording,
  type RecordingProblem,
  recordingsOf,
  type VoiceInput,
  voiceInput,
} from './voice-input.ts';

export interface VoiceSessionOptions {
  readonly inputs: readonly string[];
  readonly config: VigilConfig;
  readonly stateDirectory: string;
}

/** How a microphone, or a file in its place, is listened to. */
export type ListeningOptions = ListeningMode & Pick<ListenOptions, 'limitMs' | 'onOpened' | 'onMeter'>;

export interface TrainedVoicesHere {
  readonly voices: TrainedVoices;
  readonly pipelineId: string;
}

/** Ten minutes of speech in one go, on a small board. */
const recordingLimitMs = 300_000;

/** What one command listens to, and the models for it. */
export class VoiceSession implements AsyncDisposable {
  readonly input: VoiceInput;
  readonly clock: Clock;
  readonly #options: VoiceSessionOptions;
  #models: WorkerVoiceModels | undefined;
  #trained: WorkerTrainedVoices | undefined;

  private constructor(options: VoiceSessionOptions, clock: Clock, input: VoiceInput) {
    this.#options = options;
    this.clock = clock;
    this.input = input;
  }

  /** Finds the input, and opens nothing. Rejects as `voiceInput` does. */
  static async open(options: VoiceSessionOptions, signal: AbortSignal): Promise<VoiceSession> {
    const clock = new SystemClock();
    return new VoiceSession(options, clock, await voiceInput(options.inputs, options.config, clock, signal));
  }

  /**
   * Loads the configured network, once. Rejects with ModelError, ManifestError or HalError.
   *
   * @param speech whether `all` the speech of a sound counts, however long it is, or the `newest` that is compared at
   * once while listening.
   */
  async models(speech: 'all' | 'newest', signal: AbortSignal): Promise<WorkerVoiceModels> {
    const { config, stateDirectory } = this.#options;
    const limits =
      speech === 'all' ? { callLimitMs: recordingLimitMs } : { newestMs: config.hearing.windowMs };
    this.#models ??= await openVoiceModels(config, stateDirectory, this.clock, limits, signal);
    return this.#models;
  }

  /**
   * Loads the network that was trained into `folder`, once; `speech` as above. Rejects with ModelError, whose message
   * says to train it, or HalError.
   */
  async trained(folder: string, speech: 'all' | 'newest', signal: AbortSignal): Promise<TrainedVoicesHere> {
    const callLimitMs = this.#options.config.hearing.modelLimitMs;
    this.#trained ??= await WorkerTrainedVoices.open({ clock: this.clock, folder, callLimitMs }, signal);
    const { pipelineId } = this.#trained;
    const voices = speech === 'all' ? new RecordingTrainedVoices(this.#trained) : this.#trained;
    return { voices, pipelineId };
  }

  /** The recordings of the files, or the one that a microphone hears now: see `captureSpeech`. */
  async *recordings(
    options: ListeningOptions,
    signal: AbortSignal,
  ): AsyncGenerator<InputRecording | RecordingProblem, void, void> {
    const { input } = this;
    if (input.kind === 'recordings') {
      yield* recordingsOf(input, signal);
      return;
    }
    const { microphone } = input;
    const heard = await captureSpeech(this.#listening(options, microphone), signal);
    if (heard === undefined) return;
    yield { kind: 'recording', input: microphone.name, sound: heard.sound, warnings: [] };
  }

  /** The speech that the microphone hears. Rejects with HalError when it fails. */
  listen(options: ListeningOptions, signal: AbortSignal): AsyncGenerator<SpeechNews, void, void> {
    const { input } = this;
    if (input.kind !== 'microphone') throw new HalError('invalid-argument', 'microphone', 'a file is none');
    return listenTo(this.#listening(options, input.microphone), signal);
  }

  /** The speech in a sound file, heard as a microphone would hear it: at its own pace, or as fast as possible. */
  listenToFile(
    path: string,
    pace: 'live' | 'fast',
    options: ListeningOptions & { readonly onWarning: (warning: string) => void },
    signal: AbortSignal,
  ): AsyncGenerator<SpeechNews, void, void> {
    const { clock } = this;
    const microphone = new SoundFileMicrophone({ path, clock, pace, onWarning: options.onWarning });
    return listenTo({ ...this.#listening(options, microphone), waits: pace === 'fast' }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#models?.close(), this.#trained?.close()]);
  }

  #listening(options: ListeningOptions, microphone: ListenOptions['microphone']): ListenOptions {
    return { ...options, clock: this.clock, microphone, config: this.#options.config };
  }
}
