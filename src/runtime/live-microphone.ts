import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings } from '../../hal/contract/microphone.ts';
import { ArecordMicrophone } from '../../hal/linux/arecord-microphone.ts';
import { bestMicrophone, parseMicrophoneSource } from '../../hal/linux/microphone-source.ts';
import { SoundFileMicrophone } from '../../hal/linux/sound-file-microphone.ts';

export interface LiveMicrophoneOptions {
  readonly clock: Clock;
  readonly noSoundTimeoutMs: number;
}

/** The microphone that a source names. Throws HalError for a source that means nothing, is not there, or is `none`. */
export function microphoneFor(text: string, options: LiveMicrophoneOptions): Microphone {
  const source = parseMicrophoneSource(text);
  switch (source.kind) {
    case 'auto':
      return new AutomaticMicrophone(options);
    case 'none':
      throw new HalError(
        'not-found',
        'microphone none',
        'the configuration says that there is no microphone',
      );
    case 'alsa':
      return new ArecordMicrophone({ ...options, device: source.device });
    case 'sound-file':
      return new SoundFileMicrophone({ ...options, path: source.path });
  }
}

/** The best microphone that is present, looked for anew at each opening: one may be plugged in later. */
class AutomaticMicrophone implements Microphone {
  readonly live = true;
  readonly #options: LiveMicrophoneOptions;
  #name = 'auto';

  constructor(options: LiveMicrophoneOptions) {
    this.#options = options;
  }

  /** The device that was opened last and why that one, once there was one. */
  get name(): string {
    return this.#name;
  }

  async open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession> {
    const { device, why } = bestMicrophone();
    this.#name = `${device} (${why})`;
    return new ArecordMicrophone({ ...this.#options, device }).open(settings, signal);
  }
}
