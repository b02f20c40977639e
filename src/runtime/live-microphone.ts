import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone, MicrophoneSession, MicrophoneSettings } from '../../hal/contract/microphone.ts';
import { ArecordMicrophone } from '../../hal/linux/arecord-microphone.ts';
import { bestMicrophone, parseMicrophoneSource } from '../../hal/linux/microphone-source.ts';
import { SoundFileMicrophone } from '../../hal/linux/sound-file-microphone.ts';
import { PortaudioMicrophone } from '../../hal/native/portaudio-microphone.ts';
import type { VigilConfig } from '../config/schema.ts';
import { FallbackMicrophone } from './native-fallback.ts';
import { nativeDirectory } from './native-place.ts';

export interface LiveMicrophoneOptions {
  readonly clock: Clock;
  readonly config: VigilConfig;
}

/**
 * The microphone that a source names, with the one that the configuration gives in its place when its native
 * co-processor cannot be used. Throws HalError for a source that means nothing, is not there, or is `none`.
 */
export function microphoneFor(text: string, options: LiveMicrophoneOptions): Microphone {
  const { fallback } = options.config.microphone;
  const microphone = sourceFor(text, options);
  if (!(microphone instanceof PortaudioMicrophone) || fallback === undefined) return microphone;
  return new FallbackMicrophone(microphone, sourceFor(fallback, options));
}

function sourceFor(text: string, options: LiveMicrophoneOptions): Microphone {
  const { clock, config } = options;
  const { noSoundTimeoutMs } = config.microphone;
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
      return new ArecordMicrophone({ clock, noSoundTimeoutMs, device: source.device });
    case 'portaudio': {
      const place = { directory: nativeDirectory(config), clock };
      return new PortaudioMicrophone({ named: source.named, place, noSoundTimeoutMs });
    }
    case 'sound-file':
      return new SoundFileMicrophone({ clock, path: source.path });
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
    const { clock, config } = this.#options;
    const { noSoundTimeoutMs } = config.microphone;
    return new ArecordMicrophone({ clock, noSoundTimeoutMs, device }).open(settings, signal);
  }
}
