import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone, MicrophoneSession } from '../../hal/contract/microphone.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { KeptExtent } from '../hearing/kept-sound.ts';
import { sampleRateLimitsHz } from '../hearing/resample.ts';
import {
  SevenSecondRhythm,
  type SpeechRhythm,
  sevenSeconds,
  VoiceActivityRhythm,
} from '../hearing/rhythm.ts';
import { type HeardSpeech, hearSpeech, type MeterReading, type SpeechNews } from './hearing-speech.ts';

/** When speech is told of, and how much of it is kept. */
export interface ListeningMode {
  readonly rhythm: SpeechRhythm;
  readonly kept: KeptExtent;
}

/** The rhythm and the extent that a mode of `[hearing]` asks for. */
export function listeningMode({ hearing }: VigilConfig, mode = hearing.mode): ListeningMode {
  const { decideAfterMs, utteranceGapMs, windowMs } = hearing;
  return mode === 'seven-second'
    ? { rhythm: new SevenSecondRhythm(), kept: { lengthMs: sevenSeconds.lengthMs } }
    : {
        rhythm: new VoiceActivityRhythm({ decideAfterMs, utteranceGapMs }),
        kept: { speechMs: windowMs },
      };
}

export interface ListenOptions extends ListeningMode {
  readonly clock: Clock;
  readonly microphone: Microphone;
  readonly config: VigilConfig;
  /** Ends by itself after this time. */
  readonly limitMs?: number | undefined;
  /** Sound is taken only as fast as what is told of it: for a file that is read faster than it plays. */
  readonly waits?: boolean;
  readonly onOpened?: (session: MicrophoneSession) => void;
  readonly onMeter?: (reading: MeterReading) => void;
}

/** Opens a microphone and tells of the speech it hears; see `hearSpeech`. Rejects with HalError. */
export async function* listenTo(
  options: ListenOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechNews, void, void> {
  const { clock, microphone, config, rhythm, kept, limitMs, waits = false, onMeter } = options;
  const { sampleRateHz, channels } = config.microphone;
  await using session = await microphone.open({ sampleRateHz, channels }, signal);
  const { lowest, highest } = sampleRateLimitsHz;
  if (!(session.sampleRateHz >= lowest && session.sampleRateHz <= highest)) {
    const message = `has a sample rate of ${session.sampleRateHz} Hz; ${lowest} to ${highest} can be listened to`;
    throw new HalError('invalid-argument', session.name, message);
  }
  options.onOpened?.(session);
  const limit = new AbortController();
  const timer = limitMs === undefined ? undefined : clock.setTimeout(() => limit.abort(), limitMs);
  try {
    yield* hearSpeech(
      { clock, session, waits, rhythm, kept, ...(onMeter === undefined ? {} : { onMeter }) },
      AbortSignal.any([signal, limit.signal]),
    );
  } catch (error) {
    if (signal.aborted || !limit.signal.aborted) throw error;
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer);
  }
}

/**
 * The first stretch of speech that a microphone hears: up to the pause after it, or as much as is compared at once.
 * Undefined when nobody spoke before the limit or the end.
 */
export async function captureSpeech(
  options: ListenOptions,
  signal: AbortSignal,
): Promise<HeardSpeech | undefined> {
  const { kept } = options;
  const enoughMs = 'speechMs' in kept ? kept.speechMs : Number.POSITIVE_INFINITY;
  let newest: HeardSpeech | undefined;
  for await (const news of listenTo(options, signal)) {
    if (news.kind !== 'speech') continue;
    newest = news;
    if (news.over || news.voicedMs >= enoughMs) break;
  }
  return newest;
}
