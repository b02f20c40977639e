import type { TraceRecord } from '../../../../trace/record.ts';
import { byId, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { clockText, durationText } from '../../texts/sentences.ts';
import { inTurns } from '../../turns.ts';
import { indexAt, type Viewpoint } from '../../viewpoint.ts';
import { type Lane, type LaneName, Lanes, laneNames, laneOf, lanesKeepMs, type Tone } from './lanes.ts';

const labelPx = 92;
const lanePx = 20;
const gapPx = 3;
const axisPx = 22;
const fontOf = (px: number) => `${px}px system-ui, "Segoe UI", Roboto, sans-serif`;

const firstSpanMs = 60_000;
const shortestSpanMs = 500;
const zoomStep = 1.5;
/** A record is looked for so many places around the pointer. */
const mostLookedAt = 2_000;
/** Steps of the axis, in ms. */
const axisSteps = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000];
const leastStepPx = 90;

const colours: Readonly<Record<Tone, readonly [fill: string, ink: string]>> = {
  plain: ['--accent-soft', '--ink'],
  quiet: ['--lane-quiet', '--quiet'],
  good: ['--good-soft', '--good'],
  warn: ['--warn-soft', '--warn'],
  bad: ['--bad-soft', '--bad'],
  red: ['--red-lamp', '--card'],
};

/** States, lamps, devices, models and faults over one time. The drawing costs what is in the window, not what was. */
export class Timeline {
  readonly #viewpoint: Viewpoint;
  readonly #canvas = byId('timeline', 'canvas');
  readonly #hover = byId('hover', 'p');
  #lanes = new Lanes();
  /** What came while what was before is still being read; undefined when that is done. */
  #since: TraceRecord[] | undefined;
  #spanMs = firstSpanMs;
  /** Where the window ends; undefined while it goes with the time. */
  #endMs: number | undefined;
  #asked = false;
  #drag: { readonly fromX: number; readonly endMs: number; moved: boolean } | undefined;

  constructor(viewpoint: Viewpoint) {
    this.#viewpoint = viewpoint;
    const canvas = this.#canvas;
    canvas.style.height = `${laneNames.length * (lanePx + gapPx) + axisPx}px`;
    canvas.addEventListener('pointermove', (event) => this.#moved(event));
    canvas.addEventListener('pointerdown', ({ offsetX, pointerId }) => {
      canvas.setPointerCapture(pointerId);
      this.#drag = { fromX: offsetX, endMs: this.#window().endMs, moved: false };
    });
    canvas.addEventListener('pointerup', (event) => this.#released(event));
    canvas.addEventListener('pointerleave', () => setText(this.#hover, ''));
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
        event.preventDefault();
        this.#zoom(event.deltaY + event.deltaX > 0 ? zoomStep : 1 / zoomStep);
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => {
      const factor = { '+': 1 / zoomStep, '-': zoomStep }[event.key];
      if (factor !== undefined) this.#zoom(factor);
    });
    byId('time-closer', 'button').addEventListener('click', () => this.#zoom(1 / zoomStep));
    byId('time-wider', 'button').addEventListener('click', () => this.#zoom(zoomStep));
    byId('time-now', 'button').addEventListener('click', () => {
      this.#endMs = undefined;
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  /** The first and last moment that is shown, on the device's clock. */
  get window(): { readonly fromMs: number; readonly endMs: number } {
    return this.#window();
  }

  /** Begins anew with these. */
  begin(records: readonly TraceRecord[]): void {
    const lanes = new Lanes();
    const since: TraceRecord[] = [];
    this.#lanes = lanes;
    this.#since = since;
    this.#endMs = undefined;
    void inTurns([...records], (record) => lanes.see(record)).then(() => {
      for (const record of since) lanes.see(record);
      if (this.#since === since) this.#since = undefined;
      this.draw();
    });
  }

  see(records: readonly TraceRecord[]): void {
    if (this.#since !== undefined) this.#since.push(...records);
    else for (const record of records) this.#lanes.see(record);
  }

  /** Once a frame, however often it is asked for. */
  draw(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#paint();
    });
  }

  #window(): { fromMs: number; endMs: number } {
    const { nowMs, mode } = this.#viewpoint;
    // What is looked at stays inside, with some of what came after it.
    const following = Math.min(this.#lastMs, nowMs + this.#spanMs / 3);
    let endMs = this.#endMs ?? following;
    if (mode !== 'live' && (nowMs > endMs || nowMs < endMs - this.#spanMs)) endMs = following;
    return { fromMs: endMs - this.#spanMs, endMs };
  }

  /** How far there is anything to show. */
  get #lastMs(): number {
    const { mode, nowMs, records } = this.#viewpoint;
    return mode === 'live' ? nowMs : (records.at(-1)?.tMs ?? nowMs);
  }

  #zoom(factor: number): void {
    this.#spanMs = Math.max(shortestSpanMs, Math.min(lanesKeepMs, this.#spanMs * factor));
    this.draw();
  }

  #moved({ offsetX, offsetY }: PointerEvent): void {
    const drag = this.#drag;
    if (drag !== undefined && Math.abs(offsetX - drag.fromX) > 3) drag.moved = true;
    if (drag?.moved === true) {
      this.#endMs = drag.endMs - ((offsetX - drag.fromX) / this.#widthPx) * this.#spanMs;
      this.draw();
      return;
    }
    const lane = laneAt(offsetY);
    setText(this.#hover, lane === undefined ? '' : this.#tell(lane, this.#timeAt(offsetX)));
  }

  #released({ offsetX, offsetY }: PointerEvent): void {
    const moved = this.#drag?.moved === true;
    this.#drag = undefined;
    const lane = laneAt(offsetY);
    if (moved || lane === undefined) return;
    const tMs = this.#timeAt(offsetX);
    this.#viewpoint.goTo(this.#recordNear(lane, tMs) ?? indexAt(this.#viewpoint.records, tMs));
  }

  /** What a lane has at a moment: the segment, then the nearest record. */
  #tell(name: LaneName, tMs: number): string {
    const { records, clockOffsetMs } = this.#viewpoint;
    const lane = this.#lanes.all.find((each) => each.name === name);
    const during = (lane?.segments ?? []).filter(
      ({ fromMs, toMs }) => fromMs <= tMs && (toMs ?? Number.POSITIVE_INFINITY) >= tMs,
    );
    const lasting = during.map(
      ({ text, fromMs, toMs }) => `${text} (${durationText((toMs ?? this.#lastMs) - fromMs)})`,
    );
    const index = this.#recordNear(name, tMs);
    const record = index === undefined ? undefined : records[index];
    const told =
      record === undefined ? [] : [`${clockText(record.tMs, clockOffsetMs)} ${JSON.stringify(record)}`];
    return [`${words.lanes[name]}${lasting.length === 0 ? '' : `: ${lasting.join(', ')}`}`, ...told].join(
      '\n',
    );
  }

  #recordNear(lane: LaneName, tMs: number): number | undefined {
    const { records } = this.#viewpoint;
    const middle = indexAt(records, tMs);
    for (let away = 0; away < mostLookedAt; away++) {
      for (const index of [middle - away, middle + 1 + away]) {
        const record = records[index];
        if (record !== undefined && laneOf(record) === lane) return index;
      }
    }
    return undefined;
  }

  get #widthPx(): number {
    return Math.max(1, this.#canvas.clientWidth - labelPx);
  }

  #timeAt(x: number): number {
    return this.#window().fromMs + ((x - labelPx) / this.#widthPx) * this.#spanMs;
  }

  #paint(): void {
    const canvas = this.#canvas;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    const scale = devicePixelRatio;
    const { clientWidth, clientHeight } = canvas;
    const [width, height] = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, clientWidth, clientHeight);
    const style = getComputedStyle(canvas);
    const colour = (name: string) => style.getPropertyValue(name);
    const { fromMs, endMs } = this.#window();
    const xOf = (tMs: number) => labelPx + ((tMs - fromMs) / this.#spanMs) * this.#widthPx;
    pen.textBaseline = 'middle';
    this.#paintAxis(pen, colour, xOf, fromMs, endMs, clientHeight);
    this.#lanes.all.forEach((lane, index) => {
      this.#paintLane(pen, colour, xOf, lane, index * (lanePx + gapPx));
    });
    pen.fillStyle = colour('--ink');
    if (this.#viewpoint.mode !== 'live')
      pen.fillRect(Math.round(xOf(this.#viewpoint.nowMs)), 0, 2, clientHeight - axisPx);
  }

  #paintLane(
    pen: CanvasRenderingContext2D,
    colour: (name: string) => string,
    xOf: (tMs: number) => number,
    { name, segments, marks }: Lane,
    y: number,
  ): void {
    const endX = labelPx + this.#widthPx;
    const rows = name === 'visit' || name === 'green' ? 2 : 1;
    pen.save();
    pen.beginPath();
    pen.rect(labelPx, y, this.#widthPx, lanePx);
    pen.clip();
    pen.font = fontOf(rows === 1 ? 12 : 9);
    for (const { fromMs, toMs, text, tone, row } of segments) {
      const left = Math.max(labelPx - 4, xOf(fromMs));
      const right = Math.min(endX, xOf(toMs ?? this.#lastMs));
      if (right < labelPx || left > endX || right < left) continue;
      const [fill, ink] = colours[tone];
      const [top, high] = rows === 1 ? [y, lanePx] : [y + (row * lanePx) / 2, lanePx / 2 - 1];
      pen.fillStyle = colour(fill);
      pen.fillRect(left, top, Math.max(1, right - left - 1), high);
      pen.fillStyle = colour(ink);
      pen.fillRect(left, top, 1.5, high);
      if (right - left > 16 && pen.measureText(text).width < right - left - 8) {
        pen.fillText(text, left + 5, top + high / 2 + 0.5);
      }
    }
    for (const { atMs, tone } of marks) {
      const x = xOf(atMs);
      if (x < labelPx || x > endX) continue;
      pen.fillStyle = colour(colours[tone][1]);
      const high = tone === 'quiet' ? lanePx / 3 : tone === 'plain' ? lanePx / 2 : lanePx - 2;
      pen.fillRect(x - 1, y + lanePx - high, 2, high);
    }
    pen.restore();
    pen.font = fontOf(12);
    pen.fillStyle = colour('--quiet');
    pen.fillText(words.lanes[name], 0, y + lanePx / 2, labelPx - 8);
  }

  #paintAxis(
    pen: CanvasRenderingContext2D,
    colour: (name: string) => string,
    xOf: (tMs: number) => number,
    fromMs: number,
    endMs: number,
    heightPx: number,
  ): void {
    const stepMs =
      axisSteps.find((step) => (step / this.#spanMs) * this.#widthPx >= leastStepPx) ?? lanesKeepMs;
    // Marks stand at round times of day where those are known.
    const offsetMs = this.#viewpoint.clockOffsetMs ?? 0;
    const cut = stepMs < 1_000 ? -1 : -4;
    pen.font = fontOf(11);
    for (let at = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs; at - offsetMs <= endMs; at += stepMs) {
      const x = xOf(at - offsetMs);
      pen.fillStyle = colour('--line');
      pen.fillRect(x, 0, 1, heightPx - axisPx + 4);
      pen.fillStyle = colour('--quiet');
      const text = clockText(at - offsetMs, this.#viewpoint.clockOffsetMs);
      pen.fillText(
        this.#viewpoint.clockOffsetMs === null ? text : text.slice(0, cut),
        x + 3,
        heightPx - axisPx / 2 + 2,
      );
    }
  }
}

function laneAt(y: number): LaneName | undefined {
  return laneNames[Math.floor(y / (lanePx + gapPx))];
}
