/** What a progress display writes to; process.stderr is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Nothing is shown of what is done within this time. */
const quietMs = 1000;
const redrawMs = 100;
const lineMs = 5000;
const barColumns = 24;

/**
 * Says on standard error how far a long piece of work is: a bar that is redrawn on a terminal, a line every few
 * seconds elsewhere, nothing at all for work that takes less than a second. Standard output stays untouched.
 */
export class Progress {
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #stream: ProgressStream;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #shownMs = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** `total` is undefined where the end is not known (a camera, a download without a length). */
  constructor(
    label: string,
    total?: number,
    {
      stream = process.stderr,
      nowMs = () => performance.now(),
    }: { stream?: ProgressStream; nowMs?: () => number } = {},
  ) {
    this.#label = label;
    this.#total = total;
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  /** Tells how much is done, in the unit of the total, and on what it works now. */
  update(done: number, note = ''): void {
    const now = this.#nowMs();
    const interactive = this.#stream.isTTY === true;
    if (now - this.#startMs < quietMs || now - this.#shownMs < (interactive ? redrawMs : lineMs)) return;
    this.#shownMs = now;
    if (interactive) {
      const line = this.#text(done, note, true).slice(0, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(`\r\u001b[K${line}`);
      this.#drawn = true;
    } else {
      this.#stream.write(`${this.#text(done, note, false)}\n`);
    }
  }

  /** Takes the bar away; what comes next begins at the left. To be called however the work ends. */
  end(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
  }

  #text(done: number, note: string, withBar: boolean): string {
    const tail = note === '' ? '' : `  ${note}`;
    if (this.#total === undefined || this.#total === 0) return `${this.#label} ${done}${tail}`;
    const part = Math.min(1, Math.max(0, done / this.#total));
    const filled = Math.round(part * barColumns);
    const bar = withBar ? ` ${'#'.repeat(filled)}${'-'.repeat(barColumns - filled)}` : '';
    return `${this.#label}${bar} ${done} of ${this.#total} (${Math.floor(part * 100)} %)${tail}`;
  }
}
