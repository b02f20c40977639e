import { Scribe } from '../journal/scribe.ts';
import { fieldAt } from '../trace/fields.ts';
import type { TraceRecord, TraceRecordOf } from '../trace/record.ts';
import type { Happening } from './event.ts';

type Entry = ReturnType<Scribe['see']>[number];

/** Follows a trace and says what of it a house wants to know: what the journal keeps, and buttons and contacts. */
export class Reporter {
  readonly #scribe = new Scribe();
  readonly #inputs = new Map<string, boolean>();

  /** To be handed every record, in order. */
  see(record: TraceRecord): Happening[] {
    const kept = this.#scribe.see(record).flatMap((entry) => happeningOf(entry) ?? []);
    return record.kind === 'hal.in' ? [...kept, ...this.#switched(record)] : kept;
  }

  #switched({ device: input, op, data }: TraceRecordOf<'hal.in'>): Happening[] {
    const on = fieldAt(data, 'on');
    if ((op !== 'level' && op !== 'edge') || typeof on !== 'boolean') return [];
    if (this.#inputs.get(input) === on) return [];
    this.#inputs.set(input, on);
    return [{ type: 'input', input, on }];
  }
}

/** A journal's entry in the words of a house; undefined for what concerns the journal alone. */
export function happeningOf(entry: Entry): Happening | undefined {
  switch (entry.kind) {
    case 'decision': {
      const { answer, by, code, said, grantId } = entry.facts;
      const { subjectId: person, distance, score: cosine } = entry.personal;
      const score = scoreOf(distance, cosine);
      if (answer === 'granted') {
        if (person === null || grantId === null) return undefined;
        return { type: 'granted', person, by, score, grantId };
      }
      const reason = code ?? 'refused';
      if (person === null && said === 'unknown') return { type: 'unknown', by, reason };
      return { type: 'refused', person, by, score, reason };
    }
    case 'visit':
      return { type: 'left', person: entry.personal.subjectId, durationMs: entry.facts.durationMs };
    case 'output':
      return { type: 'output', output: entry.facts.device, on: entry.facts.on };
    case 'door':
      return { type: 'door', ...entry.facts };
    case 'fault':
      return { type: 'fault', ...entry.facts };
    case 'mode':
      return { type: 'state', state: entry.facts.states[0] ?? 'unknown' };
    default:
      return undefined;
  }
}

/** Of unit vectors the squared distance is twice what the cosine lacks to 1. */
function scoreOf(distance: number | null, cosine: number | null): number | null {
  const score = distance === null ? cosine : 1 - distance / 2;
  return score === null ? null : Math.max(-1, Math.min(1, Math.round(score * 1e5) / 1e5));
}
