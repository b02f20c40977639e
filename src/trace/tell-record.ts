import type { TraceData } from './data.ts';
import type { TraceRecord } from './record.ts';

const kindColumns = 9;

/** A record as one line for people: number, kind, whom it is about, what happened. The time is the caller's. */
export function tellRecord(record: TraceRecord): string {
  return `#${record.seq} ${record.kind.padEnd(kindColumns)} ${whatHappened(record)}`;
}

/** Whether a record is about an actor, anything below it, or a device or model of that name. */
export function concerns(record: TraceRecord, name: string): boolean {
  return subjectsOf(record).some((subject) => subject === name || subject.startsWith(`${name}/`));
}

function subjectsOf(record: TraceRecord): string[] {
  switch (record.kind) {
    case 'event':
      return record.from === null ? [record.to] : [record.to, record.from];
    case 'hal.in':
    case 'hal.out':
      return [record.device];
    case 'model':
      return [record.model];
    case 'invariant':
      return [record.subject];
    case 'note':
      return [];
    default:
      return [record.actor];
  }
}

function whatHappened(record: TraceRecord): string {
  switch (record.kind) {
    case 'actor':
      return words(record.actor, record.op, dataText(record.data));
    case 'event':
      return words(
        record.to,
        '<-',
        record.event,
        record.from === null ? 'from outside' : `from ${record.from}`,
        dataText(record.data),
      );
    case 'snapshot':
      return words(record.actor, 'is', record.states.join(' '), tagsText(record.tags));
    case 'microstep':
      return words(record.actor, 'by', `${record.event}:`, record.transitions.map(transitionText).join('; '));
    case 'guard':
      return words(record.actor, `'${record.guard}'`, record.result ? 'yes' : 'no', dataText(record.values));
    case 'timer':
      return words(record.actor, `timer ${record.timer}`, record.op, record.delay, `due ${record.dueMs} ms`);
    case 'hal.in':
      return words(record.device, '->', record.op, record.error, dataText(record.data));
    case 'hal.out':
      return words(
        record.device,
        '<-',
        record.op,
        levelText(record.on),
        record.grantId,
        dataText(record.data),
      );
    case 'model':
      return words(record.model, record.op, record.error, dataText(record.data));
    case 'invariant':
      return words(
        record.rule,
        'broken by',
        record.subject,
        `since #${record.causeSeq}`,
        dataText(record.data),
      );
    case 'note':
      return words(record.note, dataText(record.data));
  }
}

function transitionText({
  from,
  to,
  guard,
}: {
  readonly from: string;
  readonly to: readonly string[];
  readonly guard?: string;
}): string {
  const where = to.length === 0 ? `${from} stays` : `${from} -> ${to.join(' ')}`;
  return guard === undefined ? where : `${where} (${guard})`;
}

function tagsText(tags: readonly string[]): string | undefined {
  return tags.length === 0 ? undefined : `[${tags.join(' ')}]`;
}

function levelText(on: boolean | undefined): string | undefined {
  return on === undefined ? undefined : on ? 'on' : 'off';
}

function dataText(data: TraceData): string | undefined {
  const text = JSON.stringify(data);
  return text === '{}' ? undefined : text;
}

function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}
