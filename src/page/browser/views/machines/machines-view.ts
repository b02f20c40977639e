import type { TraceRecord } from '../../../../trace/record.ts';
import type { PageView } from '../../page-view.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import { MachineCharts } from './charts.ts';
import { Player } from './player.ts';
import { RecordList } from './record-list.ts';
import { Timeline } from './timeline.ts';

/** The list of records is read more slowly than times that run. */
const ticksOfList = 5;

/** The machines as charts, everything over time, and a way back through the records. */
export class MachinesView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #charts: MachineCharts;
  readonly #timeline: Timeline;
  readonly #player: Player;
  readonly #recordList: RecordList;
  /** What was last looked at. */
  #records: readonly TraceRecord[] | undefined;
  #ticks = 0;

  constructor(viewpoint: Viewpoint) {
    this.#viewpoint = viewpoint;
    this.#charts = new MachineCharts(viewpoint);
    this.#timeline = new Timeline(viewpoint);
    this.#player = new Player(viewpoint, this.#timeline);
    this.#recordList = new RecordList(viewpoint);
  }

  draw(): void {
    this.#charts.draw();
  }

  tick(): void {
    this.#charts.tick();
    this.#timeline.draw();
    this.#player.draw();
    if (this.#ticks++ % ticksOfList === 0) this.#recordList.draw();
  }

  hear(records: readonly TraceRecord[]): void {
    this.#charts.flash(records);
    this.#timeline.see(records);
  }

  begin(): void {
    const { records, index } = this.#viewpoint;
    if (this.#records !== records) {
      this.#records = records;
      this.#timeline.begin(records);
    }
    this.#charts.flash(records.slice(index, index + 1));
    this.#recordList.draw();
  }
}
