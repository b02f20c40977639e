import type { Clock } from '../../hal/contract/clock.ts';
import { asHalError, HalError } from '../../hal/contract/errors.ts';
import type { LineKeeper } from '../../hal/contract/keeper.ts';

/** Errors after which a connection is worth nothing any more. */
const lost: ReadonlySet<string> = new Set(['disconnected', 'closed', 'timeout']);

/** A keeper that cannot be had is asked for again after this time. */
const reopenMs = 1_000;

/**
 * A line keeper whose connection is made again when it was lost: the keeper died, or cut us off because we were
 * stopped for a while. The call that meets a lost connection rejects; the next one opens a new one. Where a line differs
 * while nobody commands it (`heed`), a connection that was lost is made again at once, called or not.
 */
export class ReopeningKeeper implements LineKeeper {
  readonly name = 'line keeper';
  readonly #open: (onLost: () => void) => Promise<LineKeeper>;
  readonly #clock: Clock;
  readonly #heed: boolean;
  #current: Promise<LineKeeper> | undefined;
  #closed = false;

  /** `open` tells when the connection that it gave was lost. */
  constructor(open: (onLost: () => void) => Promise<LineKeeper>, clock: Clock, heed: boolean) {
    this.#open = open;
    this.#clock = clock;
    this.#heed = heed;
  }

  /** Opens the first connection. Rejects as it does. */
  async connect(): Promise<void> {
    await this.#connection();
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

  #connection(): Promise<LineKeeper> {
    this.#current ??= this.#open(() => this.#wasLost());
    return this.#current;
  }

  #wasLost(): void {
    if (this.#closed || !this.#heed) return;
    this.#current = undefined;
    this.#connection().catch(() => {
      this.#current = undefined;
      this.#clock.setTimeout(() => this.#wasLost(), reopenMs);
    });
  }

  async #ask<T>(call: (keeper: LineKeeper) => Promise<T>): Promise<T> {
    if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
    const current = this.#connection();
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
