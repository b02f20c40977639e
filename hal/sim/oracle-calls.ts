import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { FaultBoard } from './faults.ts';

export interface OracleCallsOptions {
  readonly port: 'models' | 'voice-models';
  readonly name: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  /** A call that would take longer rejects with `timeout`. */
  readonly limitMs: number;
}

/** How calls of an oracle go, whatever it is asked: the time they take, their faults, and that it may be closed. */
export class OracleCalls {
  readonly #options: OracleCallsOptions;
  #closed = false;

  constructor(options: OracleCallsOptions) {
    this.#options = options;
  }

  /** To be called first: throws what an abort, a close or a fault puts in the place of the call. */
  check(signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#throwIfClosed();
    const { faults, port, name } = this.#options;
    faults.check(port, name, 'read');
  }

  /** Lets the declared time pass. */
  async compute(declaredMs: number, signal: AbortSignal): Promise<void> {
    const { clock, faults, port, name, limitMs } = this.#options;
    const hangs = faults.find(`${port}-hang`) !== undefined;
    const takesMs = hangs
      ? Number.POSITIVE_INFINITY
      : declaredMs + (faults.find(`${port}-slow`)?.extraMs ?? 0);
    await clock.sleep(Math.min(takesMs, limitMs), signal);
    if (takesMs > limitMs)
      throw new HalError('timeout', name, `no answer within ${limitMs} ms; the next call starts anew`);
    this.#throwIfClosed();
  }

  close(): void {
    this.#closed = true;
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new HalError('closed', this.#options.name, 'it was closed');
  }
}

/** Scales a vector to unit length, in place. */
export function normalise(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! * scale;
  return vector;
}
