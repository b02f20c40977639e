import { numberAt, textAt } from './fields.ts';
import type { TraceRecord } from './record.ts';

/** What came of one utterance, as far as it has come. */
export interface UtteranceOutcome {
  readonly beganMs: number;
  /** Who was granted; else what was said of the voice last, empty before the first answer. */
  readonly decision: string;
  readonly grantedSubjectId: string | null;
  /** Cosine to the nearest person, of the answer that counts; null when nothing could be compared. */
  readonly score: number | null;
}

/** Follows a trace and knows what came of everything that was said in it. */
export class UtteranceLog {
  readonly #utterances: UtteranceOutcome[] = [];

  /** To be handed every record, in order. */
  readonly observe = (record: TraceRecord): void => {
    if (record.kind === 'event' && record.event === 'SPEECH.BEGAN') {
      this.#utterances.push({ beganMs: record.tMs, decision: '', grantedSubjectId: null, score: null });
      return;
    }
    const utterance = this.#utterances.at(-1);
    if (utterance === undefined) return;
    if (record.kind === 'model' && record.model === 'voices' && utterance.grantedSubjectId === null) {
      const decision = textAt(record.data, 'decision') ?? '';
      this.#replace({ ...utterance, decision, score: nearestScore(record.data) });
    } else if (record.kind === 'event' && record.event === 'ACCESS.GRANTED' && record.to === 'device') {
      const subjectId = textAt(record.data, 'grant', 'subjectId');
      if (textAt(record.data, 'by') === 'voice' && subjectId !== undefined) {
        this.#replace({ ...utterance, grantedSubjectId: subjectId });
      }
    }
  };

  /** Every utterance, in the order in which they began. */
  utterances(): readonly UtteranceOutcome[] {
    return this.#utterances;
  }

  #replace(utterance: UtteranceOutcome): void {
    this.#utterances[this.#utterances.length - 1] = utterance;
  }
}

function nearestScore(data: Extract<TraceRecord, { kind: 'model' }>['data']): number | null {
  const { nearest } = data;
  return Array.isArray(nearest) ? (numberAt(nearest[0], 'score') ?? null) : null;
}
