import type { Clock, TimerId } from '../../hal/contract/clock.ts';
import { asHalError, type HalErrorKind } from '../../hal/contract/errors.ts';
import type { DigitalOutput } from '../../hal/contract/gpio.ts';
import type { TraceRecorder } from '../trace/recorder.ts';

export type Health = 'nominal' | 'degraded' | 'fault' | 'safe';

type PanelClock = Pick<Clock, 'setTimeout' | 'clearTimeout'>;

/** On and off times, repeated; null is steady. A person tells them apart across a room. */
const blinkMs: Record<Exclude<Health, 'nominal'>, { readonly onMs: number; readonly offMs: number }> = {
  degraded: { onMs: 1_800, offMs: 200 },
  fault: { onMs: 250, offMs: 250 },
  safe: { onMs: 100, offMs: 1_900 },
};

/**
 * The red lamp: on when nobody is granted, off while somebody is, and a blink code while something is wrong. It
 * carries no permission, so that its failures are noted and nothing else.
 */
export class IndicatorPanel {
  readonly #lamp: DigitalOutput | null;
  readonly #clock: PanelClock;
  readonly #trace: TraceRecorder;
  #granted = false;
  #health: Health = 'nominal';
  #timer: TimerId | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  /** The level that was asked for last; undefined before the first, and after a write that failed. */
  #asked: boolean | undefined;

  constructor(lamp: DigitalOutput | null, clock: PanelClock, trace: TraceRecorder) {
    this.#lamp = lamp;
    this.#clock = clock;
    this.#trace = trace;
  }

  show(change: { granted?: boolean; health?: Health }): void {
    if (this.#closed) return;
    this.#granted = change.granted ?? this.#granted;
    this.#health = change.health ?? this.#health;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#granted || this.#health === 'nominal') this.#set(!this.#granted);
    else this.#blink(blinkMs[this.#health], true);
  }

  /** The lamp did not do what it was told last: the next change tells it anew. */
  noteFailure(kind: HalErrorKind): void {
    if (this.#lamp === null) return;
    this.#asked = undefined;
    this.#trace.halIn(this.#lamp.name, 'failed', { error: kind });
  }

  /** Off, no more blinking, and the lamp is let go. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    this.#closed = true;
    this.#set(false);
    await this.#writing;
    await this.#lamp?.close();
  }

  #blink(code: { readonly onMs: number; readonly offMs: number }, on: boolean): void {
    this.#set(on);
    this.#timer = this.#clock.setTimeout(() => this.#blink(code, !on), on ? code.onMs : code.offMs);
  }

  #set(on: boolean): void {
    const lamp = this.#lamp;
    if (lamp === null || this.#asked === on) return;
    this.#asked = on;
    this.#trace.halOut(lamp.name, 'set', { on });
    this.#writing = this.#writing
      .then(() => lamp.set(on))
      .catch((error) => this.noteFailure(asHalError(error, lamp.name).kind));
  }
}
