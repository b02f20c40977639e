import { asHalError, HalError } from '../../hal/contract/errors.ts';
import type { LineKeeper } from '../../hal/contract/keeper.ts';

/** Errors after which a connection is worth nothing any more. */
const lost: ReadonlySet<string> = new Set(['disconnected', 'closed', 'timeout']);

/**
 * A line keeper whose connection is made again when it was lost: the keeper died, or cut us off because we were
 * stopped for a while. The call that meets a lost connection rejects; the next one opens a new one.
 */
export class ReopeningKeeper implements LineKeeper {
  readonly name = 'line keeper';
  readonly #open: () => Promise<LineKeeper>;
  #current: Promise<LineKeeper> | undefined;
  #closed = false;

  constructor(open: () => Promise<LineKeeper>) {
    this.#open = open;
  }

  grant(line: string, leaseMs: number): Promise<void> {
    return this.#ask((keeper) => keeper.grant(line, leaseMs));
  }

  renew(line: string, leaseMs: number): Promise<void> {
    return this.#ask((keeper) => keeper.renew(line, leaseMs));
  }

  release(line: string): Promise<void> {
    return this.#ask((keeper) => keeper.release(line));
  }

  read(line: string): Promise<boolean> {
    return this.#ask((keeper) => keeper.read(line));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const current = this.#current;
    this.#current = undefined;
    await (await current?.catch(() => undefined))?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask<T>(call: (keeper: LineKeeper) => Promise<T>): Promise<T> {
    if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
    this.#current ??= this.#open();
    const current = this.#current;
    try {
      return await call(await current);
    } catch (error) {
      const { kind, message, cause } = asHalError(error, this.name);
      if (!lost.has(kind)) throw error;
      if (this.#current === current) this.#current = undefined;
      // Whatever is left of it; a keeper whose client goes makes its lines safe.
      current.then((keeper) => keeper.close()).catch(() => undefined);
      throw new HalError('disconnected', this.name, message, { cause });
    }
  }
}
