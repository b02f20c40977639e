import { parseTrace } from '../../../../trace/read.ts';
import { type TraceRecord, traceLine, traceVersion } from '../../../../trace/record.ts';
import { byId, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { clockText, positionText } from '../../texts/sentences.ts';
import { indexAt, type Viewpoint } from '../../viewpoint.ts';
import type { Timeline } from './timeline.ts';

/** A trace is played at the pace at which it was recorded, in steps of this. */
const playEveryMs = 50;
/** What a page can hold; `vigil trace` reads larger ones. */
const mostFileBytes = 100_000_000;

/** Pause, step, play and scrub; the window as a file; a file in place of the device. */
export class Player {
  readonly #viewpoint: Viewpoint;
  readonly #timeline: Timeline;
  readonly #pause = byId('pause', 'button');
  readonly #play = byId('play', 'button');
  readonly #scrub = byId('scrub', 'input');
  readonly #position = byId('position', 'p');
  readonly #problem = byId('file-problem', 'p');
  #playing: ReturnType<typeof setInterval> | undefined;

  constructor(viewpoint: Viewpoint, timeline: Timeline) {
    this.#viewpoint = viewpoint;
    this.#timeline = timeline;
    this.#pause.addEventListener('click', () =>
      viewpoint.mode === 'live' ? viewpoint.pause() : viewpoint.goLive(),
    );
    byId('back', 'button').addEventListener('click', () => this.#step(-1));
    byId('forward', 'button').addEventListener('click', () => this.#step(1));
    this.#play.addEventListener('click', () => this.#togglePlay());
    this.#scrub.addEventListener('input', () => {
      const index = Number(this.#scrub.value); // before it is drawn where the view still is
      this.#stop();
      viewpoint.goTo(index);
    });
    byId('save', 'button').addEventListener('click', () => this.#save());
    const file = byId('file', 'input');
    byId('open', 'button').addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? [];
      if (chosen !== undefined) void this.#open(chosen);
      file.value = '';
    });
  }

  /** Shows where in the records the view is. */
  draw(): void {
    const { mode, records, index, nowMs, clockOffsetMs, fileName } = this.#viewpoint;
    setText(this.#pause, mode === 'live' ? words.player.pause : words.player.goLive);
    setText(this.#play, this.#playing === undefined ? words.player.play : words.player.stop);
    this.#scrub.max = String(Math.max(0, records.length - 1));
    this.#scrub.value = String(index);
    const text = positionText(mode, {
      nth: index + 1,
      count: records.length,
      time: clockText(nowMs, clockOffsetMs),
      file: fileName,
    });
    setText(this.#position, text);
    this.#scrub.setAttribute('aria-valuetext', text);
  }

  #step(records: number): void {
    this.#stop();
    this.#viewpoint.goTo(this.#viewpoint.index + records);
  }

  #togglePlay(): void {
    if (this.#playing !== undefined) this.#stop();
    else {
      this.#viewpoint.pause();
      const startMs = performance.now();
      const fromMs = this.#viewpoint.nowMs;
      this.#playing = setInterval(() => {
        const { records, index } = this.#viewpoint;
        if (this.#viewpoint.mode === 'live' || index >= records.length - 1) this.#stop();
        else this.#viewpoint.goTo(indexAt(records, fromMs + performance.now() - startMs));
      }, playEveryMs);
    }
    this.draw();
  }

  #stop(): void {
    clearInterval(this.#playing);
    this.#playing = undefined;
    this.draw();
  }

  /** The records in the timeline's window, as a trace file. */
  #save(): void {
    const { records, clockOffsetMs } = this.#viewpoint;
    const { fromMs, endMs } = this.#timeline.window;
    const inside = records.filter(({ tMs }) => tMs >= fromMs && tMs <= endMs);
    const heading: readonly object[] =
      clockOffsetMs === null
        ? []
        : [
            {
              ...{ v: traceVersion, seq: 0, tMs: fromMs, kind: 'note', note: 'heading' },
              data: { utcMs: Math.round(fromMs + clockOffsetMs) },
            },
          ];
    const lines = [...heading.map((each) => JSON.stringify(each)), ...inside.map(traceLine)];
    const link = document.createElement('a');
    link.href = URL.createObjectURL(
      new Blob(
        lines.map((line) => `${line}\n`),
        { type: 'application/x-ndjson' },
      ),
    );
    link.download = 'vigil-trace.ndjson';
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async #open(file: File): Promise<void> {
    this.#stop();
    try {
      if (file.size > mostFileBytes) throw new Error(words.player.tooLarge(file.name));
      const trace = parseTrace(await file.text(), file.name);
      if (trace.records.length === 0) throw new Error(words.player.noRecords(file.name));
      if (!isInOrder(trace.records)) throw new Error(words.player.notInOrder(file.name));
      this.#viewpoint.open(trace, file.name);
      setText(this.#problem, trace.incomplete?.message ?? '');
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
    }
  }
}

function isInOrder(records: readonly TraceRecord[]): boolean {
  return records.every((record, index) => index === 0 || record.tMs >= (records[index - 1]?.tMs ?? 0));
}
