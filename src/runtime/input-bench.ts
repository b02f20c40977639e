import type { Clock, TimerId } from '../../hal/contract/clock.ts';
import { SimulatedInput } from '../../hal/sim/digital-io.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import type { InputName } from '../../machines/events.ts';

/** The button and the contact of a simulated door, which stay what they are while the firmware comes and goes. */
export class InputBench {
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #levels = new Map<InputName, boolean>([['door-contact', true]]);
  readonly #opened = new Map<InputName, SimulatedInput>();
  #press: TimerId | undefined;

  /** The door is closed, and nobody presses the button. */
  constructor(clock: Clock, faults: FaultBoard) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Presses the button or closes the door, or the other way round. */
  drive(name: InputName, on: boolean): void {
    this.#levels.set(name, on);
    this.#opened.get(name)?.drive(on);
  }

  /** Presses the button for so long. */
  press(forMs: number): void {
    this.rest();
    this.drive('exit-button', true);
    this.#press = this.#clock.setTimeout(() => this.rest(), forMs);
  }

  /** Nobody presses the button any more. */
  rest(): void {
    if (this.#press !== undefined) this.#clock.clearTimeout(this.#press);
    this.#press = undefined;
    this.drive('exit-button', false);
  }

  open(name: InputName): SimulatedInput {
    const input = new SimulatedInput({ name, clock: this.#clock, faults: this.#faults });
    input.drive(this.#levels.get(name) ?? false);
    this.#opened.set(name, input);
    return input;
  }
}
