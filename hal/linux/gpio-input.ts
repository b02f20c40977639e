import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { DigitalInput, Edge, LineAddress } from '../contract/gpio.ts';
import type { LineEvent } from './gpio-abi.ts';
import { errno, lineError } from './gpio-error.ts';
import type { EventBytes, GpioKernel } from './gpio-kernel.ts';
import { type HeldLine, lineText, takeLine } from './gpiochip.ts';

export interface GpioInputOptions {
  readonly name: string;
  readonly address: LineAddress;
  /** `on` is a low level on the wire: a button against ground. */
  readonly activeLow: boolean;
  readonly clock: Clock;
  readonly kernel: GpioKernel;
}

/**
 * How often a chip is asked whether it is still there while its edges are waited for. Linux before 6.7 lets who waits
 * for an edge wait for ever when the chip is unplugged or its driver is unbound.
 */
const presenceCheckMs = 500;

/**
 * An input line of a GPIO chip: an exit button, a door contact. It is taken at the first call and held until it is
 * closed. An edge has the time at which it arrived here: the stamp of the kernel is on another clock before Linux 5.7.
 */
export class GpioInput implements DigitalInput {
  readonly name: string;
  readonly #options: GpioInputOptions;
  #line: HeldLine | undefined;
  #reader: EventBytes | undefined;
  #closed = false;

  constructor(options: GpioInputOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async read(): Promise<boolean> {
    return this.#level(this.#held());
  }

  /**
   * Every change of the level from now on. Rejects with HalError `busy` when the edges are being read already, `io`
   * when the kernel had to drop some, `disconnected` when the chip went, `closed` after `close`.
   */
  async *edges(signal: AbortSignal): AsyncGenerator<Edge, void, undefined> {
    signal.throwIfAborted();
    if (this.#reader !== undefined) {
      throw new HalError('busy', this.name, 'its edges are being read already');
    }
    const { kernel, clock } = this.#options;
    const line = this.#held();
    this.#drain(line);
    let level = this.#level(line);
    let last: number | undefined;
    const reader = kernel.events(line.fd);
    this.#reader = reader;
    const endWait = () => void reader.cancel().catch(() => undefined);
    signal.addEventListener('abort', endWait, { once: true });
    const stopWatching = this.#watchPresence(line, endWait);
    try {
      for await (const { on, sequence } of this.#events(reader, line, signal)) {
        if (last !== undefined && sequence !== undefined && sequence !== (last + 1) >>> 0) {
          throw new HalError('io', this.name, 'edges came faster than they were read; some are lost');
        }
        last = sequence;
        if (on === level) continue; // a bounce that was over before the kernel read the level
        level = on;
        yield { on, atMs: clock.nowMs() };
      }
    } finally {
      stopWatching();
      signal.removeEventListener('abort', endWait);
      this.#reader = undefined;
      await reader.cancel().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reader?.cancel().catch(() => undefined);
    this.#letGo();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The events in the stream's bytes, however it is cut. */
  async *#events(
    reader: EventBytes,
    line: HeldLine,
    signal: AbortSignal,
  ): AsyncGenerator<LineEvent, void, undefined> {
    const { eventBytes } = line.abi;
    let pending = new Uint8Array(0);
    for (;;) {
      const value = await this.#next(reader);
      signal.throwIfAborted();
      this.#checkOpen();
      if (value === undefined) {
        this.#letGo();
        throw lineError(this.name, lineText(this.#options.address), 'an event', errno.ENODEV);
      }
      const bytes = new Uint8Array(pending.length + value.length);
      bytes.set(pending);
      bytes.set(value, pending.length);
      let start = 0;
      for (; start + eventBytes <= bytes.length; start += eventBytes) {
        yield line.abi.event(bytes.subarray(start, start + eventBytes));
        signal.throwIfAborted();
        this.#checkOpen();
      }
      pending = bytes.slice(start);
    }
  }

  async #next(reader: EventBytes) {
    try {
      return await reader.next();
    } catch (error) {
      this.#letGo();
      const { message, cause } = asHalError(error, this.name);
      throw new HalError('disconnected', this.name, `its chip has gone: ${message}`, { cause });
    }
  }

  /** Calls back when the chip of a line that is held has gone; gives how to stop asking. */
  #watchPresence(line: HeldLine, gone: () => void): () => void {
    const { kernel, clock } = this.#options;
    let timer: TimerId;
    const check = () => {
      if (this.#line !== line) return; // let go meanwhile: its descriptor may be another's by now
      const { request, bytes } = line.abi.getLevel();
      if (-kernel.ioctl(line.fd, request, bytes) === errno.ENODEV) gone();
      else timer = clock.setTimeout(check, presenceCheckMs);
    };
    timer = clock.setTimeout(check, presenceCheckMs);
    return () => clock.clearTimeout(timer);
  }

  /** Edges from before somebody asked are nobody's. */
  #drain(line: HeldLine): void {
    const { kernel } = this.#options;
    const bytes = new Uint8Array(16 * line.abi.eventBytes);
    while (kernel.read(line.fd, bytes) > 0);
  }

  #level(line: HeldLine): boolean {
    const { kernel, address } = this.#options;
    const { request, bytes } = line.abi.getLevel();
    const answer = kernel.ioctl(line.fd, request, bytes);
    if (answer >= 0) return line.abi.level(bytes);
    if (-answer === errno.ENODEV && this.#reader === undefined) this.#letGo();
    throw lineError(this.name, lineText(address), 'a read', -answer);
  }

  #held(): HeldLine {
    this.#checkOpen();
    if (this.#line !== undefined) return this.#line;
    const { kernel, address, activeLow } = this.#options;
    const { offset } = address;
    const line = takeLine(kernel, this.name, address, 'input', (abi) => abi.input({ offset, activeLow }));
    const unblocked = kernel.neverBlock(line.fd);
    if (unblocked < 0) {
      kernel.close(line.fd);
      throw lineError(this.name, lineText(address), 'setting up', -unblocked);
    }
    this.#line = line;
    return line;
  }

  #letGo(): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) this.#options.kernel.close(line.fd);
  }

  #checkOpen(): void {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
  }
}
