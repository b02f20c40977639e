import { fieldAt, numberAt } from '../../../../trace/fields.ts';
import type { TraceRecord } from '../../../../trace/record.ts';

/** What is older says nothing about now. */
const windowMs = 60_000;

/** How fast the device saw and heard within the last minute of the records. */
export interface Pace {
  /** Looks with somebody in view, a second, while there were any. */
  readonly looksPerSecond: number | null;
  /** From the arrival of a frame to its embedding: the middle, and what 95 % keep. */
  readonly lookMs: Spread | null;
  /** From the end of speech to whose it is. */
  readonly voiceMs: Spread | null;
  /** How often sound was lost. */
  readonly overruns: number;
}

export interface Spread {
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** `records` are in order of time; `nowMs` is on their clock. */
export function paceOf(records: readonly TraceRecord[], nowMs: number): Pace {
  const lookMs: number[] = [];
  const voiceMs: number[] = [];
  const lookedAtMs: number[] = [];
  let overruns = 0;
  for (let at = records.length - 1; at >= 0; at--) {
    const record = records[at];
    if (record === undefined || record.tMs < nowMs - windowMs) break;
    if (record.kind === 'hal.in' && record.op === 'overrun') overruns++;
    if (record.kind === 'model' && record.model === 'faces') lookedAtMs.push(record.tMs);
    if (record.kind !== 'event') continue;
    if (record.event === 'LOOK.COMPLETED') lookMs.push(...timesOfLook(record.data));
    const [heardMs, namedMs] = ['heardUntilMs', 'namedAtMs'].map((field) =>
      numberAt(record.data, 'output', field),
    );
    if (heardMs !== undefined && namedMs !== undefined) voiceMs.push(namedMs - heardMs);
  }
  const [newest, oldest] = [lookedAtMs[0], lookedAtMs.at(-1)];
  const spanMs = newest === undefined || oldest === undefined ? 0 : newest - oldest;
  return {
    looksPerSecond: spanMs === 0 ? null : ((lookedAtMs.length - 1) * 1_000) / spanMs,
    lookMs: spreadOf(lookMs),
    voiceMs: spreadOf(voiceMs),
    overruns,
  };
}

/** Of the faces that were embedded in this look: that others were embedded before says nothing. */
function timesOfLook(data: Extract<TraceRecord, { kind: 'event' }>['data']): number[] {
  const atMs = numberAt(data, 'atMs') ?? 0;
  const people = fieldAt(data, 'people');
  if (!Array.isArray(people)) return [];
  return people.flatMap((person) => {
    const [frameAtMs, embeddedAtMs] = [numberAt(person, 'frameAtMs'), numberAt(person, 'embeddedAtMs')];
    const isNew = embeddedAtMs !== undefined && atMs - embeddedAtMs < 5;
    return isNew && frameAtMs !== undefined ? [embeddedAtMs - frameAtMs] : [];
  });
}

function spreadOf(valuesMs: readonly number[]): Spread | null {
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return sorted.length === 0 ? null : { medianMs: at(0.5), p95Ms: at(0.95) };
}
