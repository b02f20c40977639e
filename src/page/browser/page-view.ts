import type { TraceRecord } from '../../trace/record.ts';

/** One of the page's views. All of them hear what happens; the one that is shown is drawn. */
export interface PageView {
  /** Something happened, or this view was just chosen: shows where everything is now. Once a frame at most. */
  draw(): void;
  /** What time alone changes, ten times a second. */
  tick?(): void;
  /** The device went on while the page looks at it live. */
  hear?(records: readonly TraceRecord[]): void;
  /** Another moment is looked at, another trace, or another device. */
  begin?(): void;
  /** Whether this is the view that is shown. */
  show?(shown: boolean): void;
}
