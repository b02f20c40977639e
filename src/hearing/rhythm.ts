/** What happens in a stretch of sound: somebody begins to speak, has said enough to be named, or has ended. */
export type SpeechStep = 'began' | 'gathered' | 'ended';

/** Decides, chunk by chunk, when somebody speaks and when it is worth asking who. One for each opened microphone. */
export interface SpeechRhythm {
  /** Speech gathered since it began. */
  readonly voicedMs: number;
  /** Between `began` and `ended`. */
  readonly speaking: boolean;
  /** Takes the next chunk; `speechMs` of its `lengthMs` are speech. */
  next(chunk: {
    readonly startMs: number;
    readonly lengthMs: number;
    readonly speechMs: number;
  }): SpeechStep[];
}

/** So much speech within so short a time is somebody speaking, and no cough or door. */
const onset = { speechMs: 200, withinMs: 400 } as const;
/** A chunk with less speech in it than this share is a pause: single frames are taken for speech by mistake. */
const speechShare = 0.4;
/** More speech that is worth another answer: two windows of the embedding (hop 0.77 s). */
const gatherStepMs = 1_540;

export interface VoiceActivityOptions {
  /** Speech before the first answer. */
  readonly decideAfterMs: number;
  /** A pause of this length ends what somebody says. */
  readonly utteranceGapMs: number;
}

/** From the first word to a long pause; an answer when there is enough speech, and again as more comes. */
export class VoiceActivityRhythm implements SpeechRhythm {
  voicedMs = 0;
  readonly #options: VoiceActivityOptions;
  speaking = false;
  #lastSpeechMs = 0;
  #gatherAtMs = 0;
  #recent: { startMs: number; speechMs: number }[] = [];

  constructor(options: VoiceActivityOptions) {
    this.#options = options;
  }

  next(chunk: { startMs: number; lengthMs: number; speechMs: number }): SpeechStep[] {
    const { startMs, lengthMs, speechMs } = chunk;
    const endMs = startMs + lengthMs;
    const steps: SpeechStep[] = [];
    if (!this.speaking) {
      if (!this.#beginsWith(chunk)) return steps;
      this.speaking = true;
      this.#lastSpeechMs = endMs;
      this.#gatherAtMs = this.#options.decideAfterMs;
      steps.push('began');
    } else if (speechMs > 0) {
      this.voicedMs += speechMs;
      if (speechMs >= speechShare * lengthMs) this.#lastSpeechMs = endMs;
    }
    if (this.voicedMs >= this.#gatherAtMs) {
      this.#gatherAtMs = this.voicedMs + gatherStepMs;
      steps.push('gathered');
    }
    // A hole in the sound is a pause as well.
    if (endMs - this.#lastSpeechMs >= this.#options.utteranceGapMs) {
      this.speaking = false;
      this.#recent = [];
      steps.push('ended');
    }
    return steps;
  }

  #beginsWith({ startMs, speechMs }: { startMs: number; speechMs: number }): boolean {
    this.#recent.push({ startMs, speechMs });
    while ((this.#recent[0]?.startMs ?? startMs) <= startMs - onset.withinMs) this.#recent.shift();
    const heardMs = this.#recent.reduce((sum, recent) => sum + recent.speechMs, 0);
    if (heardMs < onset.speechMs) return false;
    this.voicedMs = heardMs;
    return true;
  }
}

/** The Python program's rhythm: blocks of one second, and an answer after every seventh, whoever speaks or not. */
export const sevenSeconds = { blockMs: 1_000, blocks: 7, lengthMs: 7_000 } as const;

export class SevenSecondRhythm implements SpeechRhythm {
  voicedMs = 0;
  speaking = false;
  #heardMs = 0;

  next({ lengthMs, speechMs }: { lengthMs: number; speechMs: number }): SpeechStep[] {
    const steps: SpeechStep[] = [];
    if (this.#heardMs === 0) this.voicedMs = 0;
    this.#heardMs += lengthMs;
    this.voicedMs += speechMs;
    if (!this.speaking && this.#heardMs >= sevenSeconds.blockMs) {
      this.speaking = true;
      steps.push('began');
    }
    if (this.#heardMs >= sevenSeconds.lengthMs) {
      this.#heardMs = 0;
      this.speaking = false;
      steps.push('ended');
    }
    return steps;
  }
}
