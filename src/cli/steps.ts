import { printNote } from './output.ts';
import { Progress } from './progress.ts';

/** One progress display after the other, with the time that is left, and notes between them. */
export class Steps {
  #step = '';
  #progress: Progress | undefined;
  #startMs = 0;

  update(step: string, done: number, total: number | undefined, note = ''): void {
    if (step !== this.#step) {
      this.end();
      this.#step = step;
      this.#progress = new Progress(step, total);
      this.#startMs = performance.now();
    }
    const parts = [this.#timeLeft(done, total), note].filter((part) => part !== '');
    this.#progress?.update(done, parts.join(', '));
  }

  #timeLeft(done: number, total: number | undefined): string {
    if (total === undefined || done === 0) return '';
    const leftS = Math.ceil(((performance.now() - this.#startMs) * (total - done)) / done / 1000);
    return leftS < 100 ? `about ${leftS} s left` : `about ${Math.ceil(leftS / 60)} min left`;
  }

  warn(warning: string): void {
    this.#progress?.end();
    printNote(warning);
  }

  end(): void {
    this.#progress?.end();
  }
}
