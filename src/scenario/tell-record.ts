import { fieldAt, textAt } from '../trace/fields.ts';
import type { TraceRecord } from '../trace/record.ts';

/** A record in one short line for the report of a failure; undefined for what tells nothing to a person. */
export function tellRecord(record: TraceRecord): string | undefined {
  if ('actor' in record && record.actor.endsWith('/watchdog')) return undefined;
  switch (record.kind) {
    case 'snapshot':
      return `${record.actor}: ${record.states.join(', ')}`;
    case 'event':
      return record.to === 'device' && !quietEvents.test(record.event)
        ? `${record.event}${tellData(record)}`
        : undefined;
    case 'hal.out':
      if (record.device === 'watchdog') return undefined;
      return `${record.device} <- ${record.op}${record.grantId === undefined ? '' : ` ${record.grantId}`}`;
    case 'hal.in':
      return `${record.device} -> ${record.op}${record.error === undefined ? '' : ` (${record.error})`}`;
    case 'model':
      return `${record.model} ${record.op}${tellModel(record)}`;
    case 'invariant':
      return `RULE BROKEN: ${record.rule} (${record.subject})`;
    case 'note':
      return `note ${record.note}`;
    default:
      return undefined;
  }
}

/** They come all the time. */
const quietEvents = /^(PROGRESS\.|WATCHDOG\.FED|xstate\.)/;

function tellData({ data }: { readonly data: Parameters<typeof textAt>[0] }): string {
  const told = [
    textAt(data, 'grant', 'subjectId') ?? textAt(data, 'subjectId') ?? textAt(data, 'evidence', 'subjectId'),
    textAt(data, 'code'),
    textAt(data, 'evidence', 'decision'),
    textAt(data, 'fault', 'part'),
    textAt(data, 'fault', 'kind'),
    textAt(data, 'by'),
  ].filter((text) => text !== undefined);
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

function tellModel({ data }: { readonly data: Parameters<typeof textAt>[0] }): string {
  const own = textAt(data, 'decision');
  const faces = fieldAt(data, 'faces');
  const ofFaces = Array.isArray(faces) ? faces.map((face) => textAt(face, 'decision') ?? '?') : [];
  const decisions = own === undefined ? ofFaces : [own];
  return decisions.length === 0 ? '' : `: ${decisions.join(', ')}`;
}
