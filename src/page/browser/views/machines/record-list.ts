import { type TraceRecord, traceLine } from '../../../../trace/record.ts';
import { byId, element, setChildren } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { clockText, recordText } from '../../texts/sentences.ts';
import type { Viewpoint } from '../../viewpoint.ts';

const mostLines = 100;

/** The records up to the one that is looked at, the newest first: by kind, by actor or device, by words. */
export class RecordList {
  readonly #viewpoint: Viewpoint;
  readonly #details = byId('records', 'details');
  readonly #list = byId('record-list', 'ol');
  readonly #kind = byId('record-kind', 'select');
  readonly #about = byId('record-about', 'select');
  readonly #words = byId('record-words', 'input');

  constructor(viewpoint: Viewpoint) {
    this.#viewpoint = viewpoint;
    this.#details.addEventListener('toggle', () => this.draw());
    for (const control of [this.#kind, this.#about, this.#words]) {
      control.addEventListener('input', () => this.draw());
    }
  }

  /** Costs nothing while it is closed. */
  draw(): void {
    if (!this.#details.open) return;
    const { records, index, clockOffsetMs } = this.#viewpoint;
    offer(this.#kind, words.record.allKinds, new Set(records.map(({ kind }) => kind)));
    offer(this.#about, words.record.everybody, new Set(records.map(aboutOf)));
    const sought = this.#words.value.toLowerCase();
    const found: number[] = [];
    for (let at = index; at >= 0 && found.length < mostLines; at--) {
      const record = records[at];
      if (record !== undefined && this.#matches(record, sought)) found.push(at);
    }
    const key = found.map((at) => records[at]?.seq).join(' ');
    setChildren(this.#list, key, () =>
      found.length === 0
        ? [element('li', words.empty.records, 'quiet')]
        : found.flatMap((at) => {
            const record = records[at];
            return record === undefined ? [] : [this.#line(record, clockOffsetMs)];
          }),
    );
  }

  #matches(record: TraceRecord, sought: string): boolean {
    if (this.#kind.value !== '' && record.kind !== this.#kind.value) return false;
    if (this.#about.value !== '' && aboutOf(record) !== this.#about.value) return false;
    return sought === '' || traceLine(record).toLowerCase().includes(sought);
  }

  #line(record: TraceRecord, clockOffsetMs: number | null): HTMLElement {
    const item = element('li');
    const button = element('button', '', 'record');
    button.type = 'button';
    button.append(
      element('span', clockText(record.tMs, clockOffsetMs), 'quiet'),
      element('span', record.kind, 'quiet'),
      element('span', recordText(record)),
    );
    button.addEventListener('click', () => {
      this.#viewpoint.pause();
      this.#viewpoint.goTo(this.#viewpoint.records.findIndex(({ seq }) => seq === record.seq));
    });
    item.append(button);
    return item;
  }
}

/** The actor or device that a record is about. */
function aboutOf(record: TraceRecord): string {
  switch (record.kind) {
    case 'event':
      return record.to;
    case 'hal.in':
    case 'hal.out':
      return record.device;
    case 'model':
      return record.model;
    case 'invariant':
      return record.subject;
    case 'note':
      return record.note;
    default:
      return record.actor;
  }
}

function offer(select: HTMLSelectElement, all: string, values: ReadonlySet<string>): void {
  const { value } = select;
  const offered = [...values].sort();
  if (value !== '' && !values.has(value)) offered.push(value); // chosen before, and perhaps there again
  const options = ['', ...offered];
  setChildren(select, options.join('\n'), () =>
    options.map((each) => {
      const option = element('option', each === '' ? all : each);
      option.value = each;
      return option;
    }),
  );
  if (select.value !== value) select.value = value;
}
