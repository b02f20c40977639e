import type { ReadTrace } from '../../trace/read.ts';
import type { TraceRecord } from '../../trace/record.ts';
import type { StoryState } from '../../trace/story.ts';
import type { Activity } from './activity.ts';
import type { Live } from './live.ts';
import { type Moment, Recording } from './recording.ts';

/** The device as it is, the same as of an earlier record, or a trace out of a file. */
export type ViewMode = 'live' | 'paused' | 'file';

interface Past {
  readonly mode: 'paused' | 'file';
  readonly recording: Recording;
  readonly clockOffsetMs: number | null;
  /** The name of the file. */
  readonly name: string;
  index: number;
  moment: Moment;
}

/** What all parts of the page show, and as of which record. */
export class Viewpoint {
  readonly #live: Live;
  readonly #onChange: () => void;
  #past: Past | undefined;

  /** `onChange` is called when another moment is looked at, not when the device went on. */
  constructor(live: Live, onChange: () => void) {
    this.#live = live;
    this.#onChange = onChange;
  }

  get mode(): ViewMode {
    return this.#past?.mode ?? 'live';
  }

  /** The name of the file whose trace is shown. */
  get fileName(): string {
    return this.#past?.name ?? '';
  }

  get state(): StoryState {
    return (this.#past?.moment ?? this.#live).state;
  }

  get activity(): Activity {
    return (this.#past?.moment ?? this.#live).activity;
  }

  /** Everything that can be looked at, oldest first. */
  get records(): readonly TraceRecord[] {
    return this.#past?.recording.records ?? this.#live.records;
  }

  /** Of the record that is looked at: the newest one while the view is live. -1 where there are none. */
  get index(): number {
    return this.#past?.index ?? this.#live.records.length - 1;
  }

  /** On the clock of the device that is shown. */
  get nowMs(): number {
    const past = this.#past;
    return past === undefined ? this.#live.nowMs : (past.recording.records[past.index]?.tMs ?? 0);
  }

  /** Leads from that clock to `Date.now()`; null where a file does not say. */
  get clockOffsetMs(): number | null {
    return this.#past === undefined ? this.#live.clockOffsetMs : this.#past.clockOffsetMs;
  }

  /** Stays with what is shown now; the device goes on. */
  pause(): void {
    if (this.#past !== undefined) return;
    const records = [...this.#live.records];
    this.#begin({
      mode: 'paused',
      recording: new Recording(records, this.#live.state),
      clockOffsetMs: this.#live.clockOffsetMs,
      name: '',
      index: records.length - 1,
    });
  }

  /** Shows a trace out of a file, as of its first record. */
  open({ records, utcOffsetMs }: ReadTrace, name: string): void {
    this.#begin({
      mode: 'file',
      recording: new Recording(records),
      clockOffsetMs: utcOffsetMs,
      name,
      index: 0,
    });
  }

  /** Back to the device as it is. */
  goLive(): void {
    if (this.#past === undefined) return;
    this.#past = undefined;
    this.#onChange();
  }

  /** Looks as of the record at this index. A live view is paused. */
  goTo(index: number): void {
    this.pause();
    const past = this.#past;
    if (past === undefined) return;
    const inside = Math.max(0, Math.min(past.recording.records.length - 1, index));
    if (inside === past.index) return;
    past.index = inside;
    past.moment = past.recording.at(inside);
    this.#onChange();
  }

  #begin(past: Omit<Past, 'moment'>): void {
    this.#past = { ...past, moment: past.recording.at(past.index) };
    this.#onChange();
  }
}

/** The index of the last record that is not later than `tMs`, -1 where all are. Records are in order of time. */
export function indexAt(records: readonly TraceRecord[], tMs: number): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.tMs ?? 0) <= tMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
