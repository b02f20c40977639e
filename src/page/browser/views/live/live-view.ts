import type { TraceRecord } from '../../../../trace/record.ts';
import { isWorthTelling } from '../../../protocol.ts';
import type { PageView } from '../../page-view.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import { Cards } from './cards.ts';
import { Happened } from './happened.ts';

const mostToldLines = 200;

/** Who is in view, what was heard and decided, and what happened. */
export class LiveView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #cards: Cards;
  readonly #happened: Happened;

  constructor(viewpoint: Viewpoint, nameOf: (subjectId: string) => string) {
    this.#viewpoint = viewpoint;
    this.#cards = new Cards(nameOf);
    this.#happened = new Happened(nameOf);
  }

  draw(): void {
    this.#cards.show(this.#viewpoint.state, this.#viewpoint.nowMs);
  }

  tick(): void {
    this.#cards.tick(this.#viewpoint.state, this.#viewpoint.nowMs);
  }

  hear(records: readonly TraceRecord[]): void {
    this.#happened.add(records, this.#viewpoint.clockOffsetMs);
  }

  begin(): void {
    const { records, index, clockOffsetMs } = this.#viewpoint;
    const upToHere = records.slice(0, index + 1).filter(isWorthTelling);
    this.#happened.begin(upToHere.slice(-mostToldLines), clockOffsetMs);
  }

  /** Names came: what was written without them is written anew. */
  renewNames(): void {
    this.#happened.renew();
  }
}
