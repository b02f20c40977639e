import type { Answer } from '../../../requests.ts';
import { AskError, ask } from '../../ask.ts';
import { byId, element, setText } from '../../dom.ts';
import type { Names } from '../../names.ts';
import type { PageView } from '../../page-view.ts';
import { language, words } from '../../texts/language.ts';
import { clockText, entryTexts, factTexts, recordText } from '../../texts/sentences.ts';
import { indexAt, type Viewpoint } from '../../viewpoint.ts';

export type HistoryEntry = Answer<'history'>['entries'][number];
type Kind = HistoryEntry['kind'];

const entriesAtOnce = 50;
/** Records so long before and after an entry say how it came to it. */
const aroundMs = 1_500;
const mostAround = 60;

const day = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });

/** What stands in the journal, the newest first; each entry opens what it rested on, and the trace around it. */
export class HistoryView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #names: Names;
  readonly #kind = byId('history-kind', 'select');
  readonly #from = byId('history-from', 'input');
  readonly #list = byId('history', 'ol');
  readonly #older = byId('history-older', 'button');
  readonly #problem = byId('history-problem', 'p');
  #entries: HistoryEntry[] = [];
  #shown = false;
  /** Only the newest question counts. */
  #asked = 0;

  constructor(viewpoint: Viewpoint, names: Names) {
    this.#viewpoint = viewpoint;
    this.#names = names;
    const kinds: readonly (readonly [string, string])[] = [
      ['', words.history.allKinds],
      ...Object.entries(words.history.kinds),
    ];
    for (const [value, text] of kinds) {
      const option = element('option', text);
      option.value = value;
      this.#kind.append(option);
    }
    this.#kind.addEventListener('change', () => void this.#begin());
    this.#from.addEventListener('change', () => void this.#begin());
    byId('history-renew', 'button').addEventListener('click', () => void this.#begin());
    this.#older.addEventListener('click', () => void this.#fetch(this.#entries.at(-1)?.seq ?? null));
  }

  /** What is in the journal does not change; what is new is asked for. */
  draw(): void {}

  show(shown: boolean): void {
    if (shown && !this.#shown) void this.#begin();
    this.#shown = shown;
  }

  /** Names came, or may be asked for now. */
  renewNames(): void {
    if (!this.#shown) return;
    if (this.#entries.length === 0) void this.#begin();
    else this.#tell();
  }

  async #begin(): Promise<void> {
    this.#entries = [];
    await this.#fetch(null);
  }

  async #fetch(beforeSeq: number | null): Promise<void> {
    if (!this.#names.allowed) {
      this.#say(words.history.forbidden);
      return;
    }
    const question = ++this.#asked;
    const from = this.#from.value === '' ? null : new Date(`${this.#from.value}T00:00`).getTime();
    const answer = await ask('history', {
      kinds: this.#kind.value === '' ? null : [this.#kind.value as Kind], // one of the options
      fromUtcMs: from,
      beforeSeq,
      limit: entriesAtOnce,
    }).catch((error: unknown) => (error instanceof AskError ? error.message : words.history.noAnswer));
    if (question !== this.#asked) return;
    if (typeof answer === 'string') {
      this.#say(answer);
      return;
    }
    const { entries } = answer;
    this.#entries.push(...entries);
    this.#older.hidden = entries.length < entriesAtOnce;
    setText(this.#problem, this.#entries.length === 0 ? words.history.none : '');
    this.#tell();
  }

  #say(problem: string): void {
    this.#list.replaceChildren();
    this.#older.hidden = true;
    setText(this.#problem, problem);
  }

  #tell(): void {
    const open = new Set(
      [...this.#list.querySelectorAll<HTMLElement>('details[open]')].map(({ dataset }) => dataset.seq),
    );
    this.#list.replaceChildren(
      ...this.#entries.map((entry) => this.#line(entry, open.has(String(entry.seq)))),
    );
  }

  #line(entry: HistoryEntry, open: boolean): HTMLElement {
    const { text, tone } = entryTexts(entry, this.#names.of);
    const item = element('li');
    item.dataset.tone = tone;
    const details = element('details');
    details.dataset.seq = String(entry.seq);
    const summary = element('summary');
    const time = element('time', day.format(entry.utcMs));
    time.dateTime = new Date(entry.utcMs).toISOString();
    summary.append(
      time,
      element('span', words.history.kinds[entry.kind], 'quiet'),
      element('span', text, 'what'),
    );
    details.append(summary);
    const fill = () => details.append(this.#opened(entry));
    details.addEventListener('toggle', fill, { once: true });
    details.open = open;
    item.append(details);
    return item;
  }

  /** Everything that the entry holds, and what the device did then, as long as that is remembered. */
  #opened(entry: HistoryEntry): HTMLElement {
    const place = element('div', '', 'entry');
    const list = element('dl');
    for (const { name, value } of factTexts(entry, this.#names.of)) {
      list.append(element('dt', name), element('dd', value));
    }
    place.append(list);
    if (entry.gone !== null) place.append(element('p', words.history.gone[entry.gone], 'quiet'));
    place.append(...this.#around(entry.utcMs));
    return place;
  }

  #around(utcMs: number): HTMLElement[] {
    const { records, clockOffsetMs, mode } = this.#viewpoint;
    const atMs = utcMs - (clockOffsetMs ?? 0);
    const [first, last] = [records[0], records.at(-1)];
    const known = mode === 'live' && first !== undefined && last !== undefined;
    if (!known || atMs < first.tMs || atMs > last.tMs + aroundMs) {
      return [element('p', words.history.noTrace, 'quiet')];
    }
    const [from, to] = [indexAt(records, atMs - aroundMs), indexAt(records, atMs + aroundMs)];
    const around = records.slice(Math.max(0, from), to + 1);
    // What led to it and what it led to, however unevenly the records lie around it.
    const before = indexAt(records, atMs) - Math.max(0, from);
    const start = Math.max(0, Math.min(before - mostAround / 2, around.length - mostAround));
    const lines = around.slice(start, start + mostAround).map((record) => {
      const line = element('li', '', 'record');
      line.append(
        element('span', clockText(record.tMs, clockOffsetMs), 'quiet'),
        element('span', record.kind, 'quiet'),
        element('span', recordText(record)),
      );
      return line;
    });
    const trace = element('details');
    trace.append(element('summary', words.history.trace(around.length)));
    const list = element('ol');
    list.append(...lines);
    trace.append(list);
    const button = element('button', words.history.look);
    button.type = 'button';
    button.addEventListener('click', () => {
      this.#viewpoint.goTo(indexAt(this.#viewpoint.records, atMs));
      location.hash = '#machines';
    });
    return [trace, button];
  }
}
