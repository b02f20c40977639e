import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { DigitalInput, DigitalOutput, Edge } from '../contract/gpio.ts';
import type { FaultBoard } from './faults.ts';
import { remember } from './history.ts';
import { Wakeup } from './wakeup.ts';

export interface SimulatedLineOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
}

/** The twin of an output line. Its level is what a meter on the wire would show: stuck when a fault says so. */
export class SimulatedOutput implements DigitalOutput {
  readonly name: string;
  /** Every write that reached the line, whether the level changed or not. */
  readonly writes: Edge[] = [];
  /** Every change of the level on the wire. */
  readonly edges: Edge[] = [];
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #onEdge: ((edge: Edge) => void)[] = [];
  readonly #unsubscribe: () => void;
  #commanded = false;
  #level = false;
  #closed = false;

  constructor(options: SimulatedLineOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#unsubscribe = options.faults.subscribe((fault) => {
      if (fault.fault === 'line-stuck') this.#settleLevel();
    });
    // A line that was stuck before the board came is stuck.
    this.#settleLevel();
  }

  get commanded(): boolean {
    return this.#commanded;
  }

  /** The level on the wire. */
  get level(): boolean {
    return this.#level;
  }

  async set(on: boolean): Promise<void> {
    this.#check('write');
    this.force(on);
  }

  async read(): Promise<boolean> {
    this.#check('read');
    return this.#level;
  }

  /** A write that no fault of the call prevents: by the board's own pull resistor, say, when its owner dies. */
  force(on: boolean): void {
    this.#commanded = on;
    remember(this.writes, { on, atMs: this.#clock.nowMs() });
    this.#settleLevel();
  }

  /** Hears of each change of the level: a jumper wire to an input, or a recorder. */
  onEdge(listener: (edge: Edge) => void): void {
    this.#onEdge.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(call: 'read' | 'write'): void {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
    this.#faults.check('output', this.name, call);
  }

  #settleLevel(): void {
    const level = this.#faults.find('line-stuck', this.name)?.on ?? this.#commanded;
    if (level === this.#level) return;
    this.#level = level;
    const edge = { on: level, atMs: this.#clock.nowMs() };
    remember(this.edges, edge);
    for (const listener of this.#onEdge) listener(edge);
  }
}

/** As many edges as a reader may be behind; a kernel keeps about as many for a line. */
const mostUnreadEdges = 64;

/** The twin of an input line; `drive` is the button, or the wire from an output. */
export class SimulatedInput implements DigitalInput {
  readonly name: string;
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #wakeup = new Wakeup();
  readonly #unsubscribe: () => void;
  #driven = false;
  #level = false;
  // Undefined while nobody reads: edges are told from the moment of asking.
  #unread: Edge[] | undefined;
  #overflow = false;
  #closed = false;

  constructor(options: SimulatedLineOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#unsubscribe = options.faults.subscribe((fault) => {
      if (fault.fault === 'input-stuck') this.#settleLevel();
      this.#wakeup.wake();
    });
  }

  /** Puts a level on the line from outside. */
  drive(on: boolean): void {
    this.#driven = on;
    this.#settleLevel();
  }

  async read(): Promise<boolean> {
    this.#check();
    return this.#level;
  }

  async *edges(signal: AbortSignal): AsyncGenerator<Edge, void, undefined> {
    if (this.#unread !== undefined) throw new HalError('busy', this.name, 'its edges are being read already');
    const unread: Edge[] = [];
    this.#unread = unread;
    this.#overflow = false;
    const ignoreAbort = this.#wakeup.wakeOnAbort(signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        this.#check();
        if (this.#overflow)
          throw new HalError('io', this.name, 'edges came faster than they were read; some are lost');
        const edge = unread.shift();
        if (edge === undefined) await this.#wakeup.wait();
        else yield edge;
      }
    } finally {
      ignoreAbort();
      this.#unread = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#wakeup.wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(): void {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
    this.#faults.check('input', this.name, 'read');
  }

  #settleLevel(): void {
    const level = this.#faults.find('input-stuck', this.name)?.on ?? this.#driven;
    if (level === this.#level) return;
    this.#level = level;
    if (this.#unread !== undefined) {
      if (this.#unread.length < mostUnreadEdges) this.#unread.push({ on: level, atMs: this.#clock.nowMs() });
      else this.#overflow = true;
    }
    this.#wakeup.wake();
  }
}
