import { numberAt, textAt } from '../trace/fields.ts';
import type { TraceRecord, TraceRecordOf } from '../trace/record.ts';
import { doorEvents, Story } from '../trace/story.ts';
import type { NewEntry } from './entry.ts';

/** An entry at a moment of the trace; whoever writes it knows which time of day that was. */
type Happened = NewEntry extends infer E ? (E extends NewEntry ? Omit<E, 'utcMs'> : never) : never;

interface Visit {
  readonly sinceMs: number;
  phase: string;
  /** The last refusal, so that it is written once and not with every look. */
  refusal: string | null;
}

/** Follows a trace and says what of it belongs in the journal. */
export class Scribe {
  readonly #story = new Story();
  readonly #visits = new Map<number, Visit>();
  /** Actuators that are on. An indicator carries no permission, and changes with every look. */
  readonly #lit = new Set<string>();
  readonly #failing = new Set<string>();
  #modes = '';

  /** To be handed every record, in order; gives what it adds to the journal. */
  see(record: TraceRecord): Happened[] {
    this.#story.see(record);
    switch (record.kind) {
      case 'event':
        return [
          ...this.#answered(record),
          ...this.#visited(record),
          ...doorEntries(record),
          ...this.#impaired(),
        ];
      case 'hal.out':
        return this.#switched();
      case 'snapshot':
        return record.actor === 'device' ? this.#moved(record.states) : [];
      case 'invariant':
        return [{ kind: 'fault', facts: { part: record.subject, kind: record.rule, over: false } }];
      default:
        return [];
    }
  }

  #answered({ event, data, to }: TraceRecordOf<'event'>): Happened[] {
    if (to !== 'device' || (event !== 'ACCESS.GRANTED' && event !== 'ACCESS.REFUSED')) return [];
    const { answer } = this.#story.state;
    if (answer === null) return [];
    const visit = answer.trackId === null ? undefined : this.#visits.get(answer.trackId);
    if (answer.answer === 'refused' && visit !== undefined) {
      if (visit.refusal === answer.code) return [];
      visit.refusal = answer.code;
    }
    const { evidence: face, voice } = answer;
    return [
      {
        kind: 'decision',
        facts: {
          answer: answer.answer,
          code: answer.code,
          by: answer.trackId === null ? 'voice' : 'face',
          said: (face ?? voice)?.decision ?? null,
          grantId: answer.grantId,
        },
        personal: {
          subjectId: textAt(data, 'grant', 'subjectId') ?? (face ?? voice)?.subjectId ?? null,
          distance: face?.distance ?? null,
          secondDistance: face?.secondDistance ?? null,
          score: voice?.score ?? null,
          secondScore: voice?.secondScore ?? null,
          account: answer.told === null ? null : { ...answer.told.account },
        },
      },
    ];
  }

  #visited({ event, data, tMs }: TraceRecordOf<'event'>): Happened[] {
    const trackId = numberAt(data, 'trackId');
    if (trackId === undefined) return [];
    if (event === 'VISIT.MOVED') {
      const phase = textAt(data, 'phase') ?? '';
      const visit = this.#visits.get(trackId) ?? { sinceMs: tMs, phase, refusal: null };
      // That somebody is about to leave says less than what came of the visit.
      if (phase !== 'leaving') visit.phase = phase;
      this.#visits.set(trackId, visit);
    }
    const visit = this.#visits.get(trackId);
    if (event !== 'VISIT.ENDED' || visit === undefined) return [];
    this.#visits.delete(trackId);
    return [
      {
        kind: 'visit',
        facts: { phase: visit.phase, durationMs: Math.round(tMs - visit.sinceMs) },
        personal: { subjectId: textAt(data, 'subjectId') ?? null },
      },
    ];
  }

  #switched(): Happened[] {
    const happened: Happened[] = [];
    for (const { device, on, grantId } of Object.values(this.#story.state.outputs)) {
      if (this.#lit.has(device) === on || (on && grantId === null)) continue;
      if (on) this.#lit.add(device);
      else this.#lit.delete(device);
      happened.push({ kind: 'output', facts: { device, on, grantId } });
    }
    return happened;
  }

  #impaired(): Happened[] {
    const { impairments } = this.#story.state;
    const happened: Happened[] = [];
    for (const { part, kind } of Object.values(impairments)) {
      if (this.#failing.has(part)) continue;
      this.#failing.add(part);
      happened.push({ kind: 'fault', facts: { part, kind, over: false } });
    }
    for (const part of this.#failing) {
      if (part in impairments) continue;
      this.#failing.delete(part);
      happened.push({ kind: 'fault', facts: { part, kind: null, over: true } });
    }
    return happened;
  }

  #moved(states: readonly string[]): Happened[] {
    // The regions below, what it sees and hears, change all the time.
    const modes = [...new Set(states.map((path) => path.split('.')[0] ?? path))];
    if (modes.join() === this.#modes) return [];
    this.#modes = modes.join();
    return [{ kind: 'mode', facts: { states: modes } }];
  }
}

/** What became of the door; the same event goes on to the outputs and is written once. */
function doorEntries({ event, to, data }: TraceRecordOf<'event'>): Happened[] {
  const what = to === 'device' ? doorEvents[event] : undefined;
  return what === undefined ? [] : [{ kind: 'door', facts: { what, why: textAt(data, 'why') ?? null } }];
}
