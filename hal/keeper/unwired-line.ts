import { HalError } from '../contract/errors.ts';
import type { DigitalOutput } from '../contract/gpio.ts';

/** A line that is wired nowhere: it keeps to the keeper's rules beside those that are. */
export class UnwiredLine implements DigitalOutput {
  readonly name: string;
  commanded = false;
  #closed = false;

  constructor(name: string) {
    this.name = name;
  }

  async set(on: boolean): Promise<void> {
    this.#checkOpen();
    this.commanded = on;
  }

  async read(): Promise<boolean> {
    this.#checkOpen();
    return this.commanded;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
  }
}
