import { HalError } from '../contract/errors.ts';
import type { DigitalOutput, LineAddress } from '../contract/gpio.ts';
import { errno, lineError } from './gpio-error.ts';
import type { GpioKernel } from './gpio-kernel.ts';
import { type HeldLine, lineText, takeLine } from './gpiochip.ts';

export interface GpioOutputOptions {
  readonly name: string;
  readonly address: LineAddress;
  /** `on` is a low level on the wire. */
  readonly activeLow: boolean;
  /** The logical level from the moment the line is an output, and before it is let go. */
  readonly safeOn: boolean;
  readonly kernel: GpioKernel;
}

/**
 * An output line of a GPIO chip. It is taken at the first call, with its safe level in the request itself, so that no
 * other level is ever on the wire; it is taken again when its chip went and came back. Nobody else can take it
 * meanwhile: the kernel gives a line to one owner. When the process dies the kernel lets the line go, to whatever
 * the board's electrical default is.
 */
export class GpioOutput implements DigitalOutput {
  readonly name: string;
  readonly #options: GpioOutputOptions;
  #line: HeldLine | undefined;
  #commanded: boolean;
  #closed = false;

  constructor(options: GpioOutputOptions) {
    this.name = options.name;
    this.#options = options;
    this.#commanded = options.safeOn;
  }

  get commanded(): boolean {
    return this.#commanded;
  }

  async set(on: boolean): Promise<void> {
    const line = this.#held();
    this.#commanded = on;
    this.#call(line, 'a write', line.abi.setLevel(on));
  }

  async read(): Promise<boolean> {
    const line = this.#held();
    return line.abi.level(this.#call(line, 'a read', line.abi.getLevel()));
  }

  /** Writes the safe level, then lets the line go. Whether that level stays is up to the chip and the wiring. */
  async close(): Promise<void> {
    this.#closed = true;
    const line = this.#line;
    this.#line = undefined;
    if (line === undefined) return;
    const { kernel, safeOn } = this.#options;
    const { request, bytes } = line.abi.setLevel(safeOn);
    // A line that refuses its safe level is let go nevertheless: then its electrical default is all that is left.
    kernel.ioctl(line.fd, request, bytes);
    this.#commanded = safeOn;
    kernel.close(line.fd);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #held(): HeldLine {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
    const { kernel, address, activeLow, safeOn } = this.#options;
    const { offset } = address;
    this.#line ??= takeLine(kernel, this.name, address, 'output', (abi) =>
      abi.output({ offset, activeLow, on: safeOn }),
    );
    return this.#line;
  }

  #call(
    line: HeldLine,
    what: string,
    { request, bytes }: { request: number; bytes: Uint8Array },
  ): Uint8Array {
    const { kernel, address } = this.#options;
    const answer = kernel.ioctl(line.fd, request, bytes);
    if (answer >= 0) return bytes;
    if (-answer === errno.ENODEV) {
      kernel.close(line.fd);
      this.#line = undefined;
    }
    throw lineError(this.name, lineText(address), what, -answer);
  }
}
