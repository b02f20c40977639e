import type { MeterReading } from '../runtime/hearing-speech.ts';
import type { ProgressStream } from './progress.ts';

const redrawMs = 100;
const barColumns = 20;
/** The quietest level that shows. */
const floorDbfs = -70;

/** One line on a terminal that shows what a microphone hears, redrawn in place; nothing where there is no terminal. */
export class LevelMeter {
  readonly #stream: ProgressStream;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(stream: ProgressStream = process.stderr) {
    this.#stream = stream;
  }

  /** `note` is said at the end of the line. */
  show(reading: MeterReading, note = ''): void {
    const { atMs } = reading;
    if (this.#stream.isTTY !== true || Math.abs(atMs - this.#drawnAtMs) < redrawMs) return;
    this.#drawnAtMs = atMs;
    this.#drawn = true;
    this.#stream.write(`\r\u001b[K${meterLine(reading, note).slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Takes the line away, so that another can be written; it comes back with the next reading. */
  clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
  }
}

/** `  -31 dB ###########---------  speech  2.4 s  flatness 0.11  centroid 1840 Hz`. */
export function meterLine(
  { levelDbfs, flatness, centroidHz, speech, voicedMs }: MeterReading,
  note: string,
): string {
  const silent = !Number.isFinite(levelDbfs);
  const share = silent ? 0 : Math.min(1, Math.max(0, 1 - levelDbfs / floorDbfs));
  const filled = Math.round(share * barColumns);
  return [
    `${(silent ? '-inf' : levelDbfs.toFixed(0)).padStart(5)} dB ${'#'.repeat(filled)}${'-'.repeat(barColumns - filled)}`,
    `${speech ? 'speech' : '      '} ${(voicedMs / 1000).toFixed(1).padStart(4)} s`,
    `flatness ${flatness.toFixed(2)}`,
    `centroid ${centroidHz.toFixed(0).padStart(4)} Hz`,
    ...(note === '' ? [] : [note]),
  ].join('  ');
}
