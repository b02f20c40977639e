import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { Store } from '../contract/store.ts';
import type { FaultBoard, FaultCall } from './faults.ts';

export interface SimulatedStoreOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
}

/** The twin of the disk: blobs in memory, with a disk's troubles. */
export class SimulatedStore implements Store {
  readonly name: string;
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #blobs = new Map<string, Uint8Array>();
  #closed = false;

  constructor(options: SimulatedStoreOptions) {
    this.name = options.name ?? 'store';
    this.#clock = options.clock;
    this.#faults = options.faults;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    await this.#access(key, 'read');
    return this.#blobs.get(key)?.slice();
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    // Taken before the wait: what the caller does with its bytes afterwards is not written.
    const taken = bytes.slice();
    await this.#access(key, 'write');
    this.#checkSpace();
    this.#blobs.set(key, taken);
  }

  async append(key: string, bytes: Uint8Array): Promise<void> {
    const taken = bytes.slice();
    await this.#access(key, 'write');
    this.#checkSpace();
    const before = this.#blobs.get(key) ?? new Uint8Array(0);
    const joined = new Uint8Array(before.length + taken.length);
    joined.set(before);
    joined.set(taken, before.length);
    this.#blobs.set(key, joined);
  }

  async remove(key: string): Promise<void> {
    await this.#access(key, 'write');
    this.#blobs.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #access(key: string, call: FaultCall): Promise<void> {
    this.#check(key, call);
    const slow = this.#faults.find('store-slow');
    if (slow === undefined) return;
    await this.#clock.sleep(slow.extraMs);
    this.#check(key, call);
  }

  #check(key: string, call: FaultCall): void {
    if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
    const parts = key.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || key.includes('\0')) {
      throw new HalError(
        'invalid-argument',
        this.name,
        `'${key}' is not a relative path without '.' and '..'`,
      );
    }
    this.#faults.check('store', this.name, call);
    if (call === 'write' && this.#faults.find('store-read-only') !== undefined) {
      throw new HalError('permission', this.name, 'the disk is read-only: mount it for writing');
    }
  }

  #checkSpace(): void {
    if (this.#faults.find('store-full') === undefined) return;
    throw new HalError('io', this.name, 'the disk is full: make room');
  }
}
