import { refusalCodes } from '../decide/policy.ts';
import { tellAnswer } from '../decide/tell-answer.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { accountIn } from '../trace/answer.ts';
import { traceData } from '../trace/data.ts';
import { isoTime } from './words.ts';

/** An entry in one sentence. `nameOf` names a subject. */
export function tellEntry(entry: JournalEntry, nameOf: (subjectId: string) => string): string {
  if (entry.facts === null) return 'its time is over';
  const text = (name: string) => {
    const value = entry.facts?.[name];
    return value === null || value === undefined ? '' : String(value);
  };
  const subject = entry.personal?.subjectId;
  const who = entry.gone === 'erased' ? 'somebody erased' : subject ? nameOf(subject) : 'nobody known';
  switch (entry.kind) {
    case 'boot':
      return `vigil ${text('version')} started${entry.facts.clockTrusted === true ? '' : '; the time of day was not to be trusted'}`;
    case 'stop':
      return 'stopped in order';
    case 'decision': {
      const by = text('by');
      const account = accountIn(traceData({ account: entry.personal?.account }).account);
      const code = refusalCodes.find((each) => each === text('code')) ?? null;
      if (account !== null && (by === 'face' || by === 'voice')) {
        return tellAnswer({ by, code, account }, nameOf);
      }
      return code === null
        ? `granted ${who}, by ${by}`
        : `refused ${who}, by ${by}: ${code}${text('said') === '' ? '' : `, ${text('said')}`}`;
    }
    case 'visit':
      return `${who} was there for ${seconds(Number(entry.facts.durationMs))}: ${text('phase')}`;
    case 'output':
      return `${text('device')} ${entry.facts.on === true ? 'on' : 'off'}`;
    case 'door':
      return doorWords(text('what'), text('why'));
    case 'fault':
      return entry.facts.over === true
        ? `${text('part')} works again`
        : `${text('part')} fails${text('kind') === '' ? '' : `: ${text('kind')}`}`;
    case 'mode':
      return `the device is ${String(entry.facts.states)}`;
    case 'audit':
      return `${text('by')} ${text('action')}${subject ? ` (${nameOf(subject)})` : ''}, through ${text('through')}`;
    case 'report':
      return `${text('by')} reports an ${text('about')}: ${text('text')}`;
    case 'erasure':
      return `a person was taken out of the journal, in entries: ${text('entries')}`;
    case 'receipt':
      return `a person was erased: ${tellReceipt(entry.facts)}`;
    case 'expiry':
      return `${text('entries')} old entries were emptied`;
    case 'cut':
      return `everything up to entry ${text('seq')} was removed, by ${text('why')}`;
    case 'gap': {
      const lost = Object.entries(Object(entry.facts.lost)).map(([kind, count]) => `${count} of ${kind}`);
      return `lost since ${isoTime(Number(entry.facts.sinceUtcMs))}, when the disk took nothing: ${lost.join(', ')}`;
    }
  }
}

/** What became of the door, in words. `why` is of an opening. */
export function doorWords(what: string, why: string): string {
  switch (what) {
    case 'exit':
      return 'the exit button was pressed';
    case 'opened':
      return openedWords[why] ?? 'the door was opened';
    case 'closed':
      return 'the door was closed';
    case 'held-open':
      return 'the door is held open';
    default:
      return 'the door was forced: nobody was granted, and nobody had asked to leave';
  }
}

const openedWords: Readonly<Record<string, string>> = {
  granted: 'the door was opened, by a grant',
  exit: 'the door was opened, after the exit button',
  found: 'the door was found open',
  forced: 'the door was opened, by nobody’s right',
};

/** Numbers by name, without those that are 0. */
function tellReceipt(facts: Readonly<Record<string, unknown>>): string {
  const counts = Object.entries(facts).filter(([name, value]) => name !== 'erasureId' && value !== 0);
  return counts.length === 0
    ? 'there was nothing'
    : counts.map(([name, value]) => `${name} ${value}`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
