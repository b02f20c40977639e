import { numberAt, textAt } from '../../../../trace/fields.ts';
import type { TraceRecord } from '../../../../trace/record.ts';
import { isWorthTelling } from '../../../protocol.ts';
import { byId, element } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import {
  clockText,
  healthText,
  partText,
  personTitle,
  refusalText,
  troubleText,
} from '../../texts/sentences.ts';

const mostLines = 200;

/** The list of what happened, the newest first; each line opens its record. */
export class Happened {
  readonly #list = byId('happened', 'ol');
  readonly #nameOf: (subjectId: string) => string;
  #lastHealth = '';
  /** What the lines are of, oldest first. */
  #shown: TraceRecord[] = [];
  #clockOffsetMs: number | null = 0;

  constructor(nameOf: (subjectId: string) => string) {
    this.#nameOf = nameOf;
    this.begin([], 0);
  }

  /** Forgets what was shown. `clockOffsetMs` leads from the device's clock to this one's `Date.now()`. */
  begin(records: readonly TraceRecord[], clockOffsetMs: number | null): void {
    this.#lastHealth = '';
    this.#shown = [];
    this.#list.replaceChildren(element('li', words.empty.happened, 'quiet empty'));
    this.add(records, clockOffsetMs);
  }

  /** Names came: the lines are written anew. */
  renew(): void {
    this.begin(this.#shown, this.#clockOffsetMs);
  }

  add(records: readonly TraceRecord[], clockOffsetMs: number | null): void {
    this.#clockOffsetMs = clockOffsetMs;
    const lines = records.flatMap((record) => {
      const told = isWorthTelling(record) ? this.#tell(record) : undefined;
      if (told === undefined) return [];
      this.#shown.push(record);
      return [line(record, told, clockOffsetMs)];
    });
    if (lines.length === 0) return;
    this.#list.querySelector('.empty')?.remove();
    this.#list.prepend(...lines.reverse());
    while (this.#list.childElementCount > mostLines) this.#list.lastElementChild?.remove();
    this.#shown.splice(0, this.#shown.length - mostLines);
  }

  #tell(record: TraceRecord): Told | undefined {
    switch (record.kind) {
      case 'snapshot': {
        const health = record.states.find((state) => state.startsWith('operating.health.'));
        const word = (health ?? record.states[0] ?? '').replace('operating.health.', '');
        if (word === this.#lastHealth) return undefined;
        this.#lastHealth = word;
        const tone = word === 'degraded' ? 'warn' : record.tags.includes('fault') ? 'bad' : '';
        return { text: words.happened.device(healthText(word).toLowerCase()), tone };
      }
      case 'invariant':
        return { text: words.trouble.breach(record.rule, record.subject), tone: 'bad' };
      case 'hal.in':
        if (record.error !== undefined) {
          return { text: troubleText(record.device, record.error), tone: 'warn' };
        }
        if (record.op === 'opened') return { text: words.trouble.opened(partText(record.device)), tone: '' };
        return record.op === 'on'
          ? { text: words.happened.greenOn, tone: 'good' }
          : { text: words.happened.greenOff, tone: '' };
      case 'event':
        return this.#tellEvent(record);
      default:
        return undefined;
    }
  }

  #tellEvent({ event, data }: Extract<TraceRecord, { kind: 'event' }>): Told | undefined {
    switch (event) {
      case 'ACCESS.GRANTED':
        return {
          text: words.happened.granted(this.#nameOf(textAt(data, 'grant', 'subjectId') ?? '')),
          tone: 'good',
        };
      case 'ACCESS.REFUSED':
        return { text: words.happened.refused(refusalText(textAt(data, 'code') ?? '')), tone: 'warn' };
      case 'VISIT.MOVED':
        return {
          text: personTitle(numberAt(data, 'trackId') ?? 0, textAt(data, 'phase') ?? ''),
          tone: '',
        };
      case 'LOOK.FAILED':
      case 'LISTENING.FAILED': {
        const [part, kind] = [textAt(data, 'fault', 'part') ?? 'device', textAt(data, 'fault', 'kind') ?? ''];
        return { text: troubleText(part, kind), tone: 'warn' };
      }
      default: {
        const [subject = '', what = ''] = event.toLowerCase().split('.');
        const works = what === 'cleared' || what === 'recovered';
        return {
          text: works ? words.trouble.cleared(partText(subject)) : words.trouble.impaired(partText(subject)),
          tone: works ? '' : 'warn',
        };
      }
    }
  }
}

interface Told {
  readonly text: string;
  readonly tone: '' | 'good' | 'warn' | 'bad';
}

const marks = { '': '·', good: '✓', warn: '!', bad: '✗' } as const;

function line(record: TraceRecord, { text, tone }: Told, clockOffsetMs: number | null): HTMLElement {
  const item = element('li', '', tone);
  const details = element('details');
  const summary = element('summary');
  const time = element('time', clockText(record.tMs, clockOffsetMs));
  const mark = element('span', marks[tone], 'mark');
  mark.ariaHidden = 'true';
  summary.append(time, mark, element('span', text));
  details.append(summary);
  details.addEventListener('toggle', () => details.append(element('pre', JSON.stringify(record, null, 1))), {
    once: true,
  });
  item.append(details);
  return item;
}
