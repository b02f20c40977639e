import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { HardwareWatchdog } from '../contract/watchdog.ts';
import type { FaultBoard } from './faults.ts';

export interface SimulatedWatchdogOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly timeoutMs: number;
  /** Called when it resets the board. */
  readonly onReset?: () => void;
}

/** The twin of the hardware watchdog: runs from the first feed, and notes when it would have reset the board. */
export class SimulatedWatchdog implements HardwareWatchdog {
  readonly name: string;
  readonly timeoutMs: number;
  /** When it reset the board. Afterwards it rests until it is fed again, as after a boot. */
  readonly resetsAtMs: number[] = [];
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #onReset: () => void;
  #timer: TimerId | undefined;
  #closed = false;

  constructor(options: SimulatedWatchdogOptions) {
    this.name = options.name ?? 'watchdog';
    this.timeoutMs = options.timeoutMs;
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#onReset = options.onReset ?? (() => {});
  }

  async feed(): Promise<void> {
    if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
    this.#faults.check('watchdog', this.name, 'write');
    this.#disarm();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.resetsAtMs.push(this.#clock.nowMs());
      this.#onReset();
    }, this.timeoutMs);
  }

  /** Disarms it: a service that ends in order is not a hang. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#disarm();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
