import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { DigitalOutput } from '../contract/gpio.ts';
import type { ActuatorLine, LineKeeper } from '../contract/keeper.ts';
import { type LeaseEnd, type LeaseLimits, Leases } from '../keeper/leases.ts';
import { SimulatedOutput } from './digital-io.ts';
import type { FaultBoard } from './faults.ts';
import { remember } from './history.ts';

/** A change of a line's level on the wire. */
export interface LineEdge {
  readonly atMs: number;
  readonly line: string;
  readonly on: boolean;
}

export interface SimulatedKeeperOptions {
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly lines: readonly ActuatorLine[];
  readonly limits?: Partial<LeaseLimits>;
  /** A client that is not heard of for this long has its lines made safe. */
  readonly silenceMs?: number;
}

/**
 * The twin of the line keeper: the real one's rules on simulated lines, with every edge recorded. As the real
 * one, it is another process: it can die (`keeper-gone`), and the firmware can fall silent to it
 * (`keeper-client-silent`: nothing the firmware asks arrives, and no call is answered).
 */
export class SimulatedKeeper implements LineKeeper {
  readonly name = 'line keeper';
  /** Every change of a level on the wire, in order, of all lines. */
  readonly history: LineEdge[] = [];
  /** How each lease ended, in order. */
  readonly leaseEnds: { readonly atMs: number; readonly line: string; readonly end: LeaseEnd }[] = [];
  readonly outputs: ReadonlyMap<string, SimulatedOutput>;
  readonly #options: SimulatedKeeperOptions;
  readonly #unsubscribe: () => void;
  readonly #silenceMs: number;
  // Undefined before `start`, and while the process is dead.
  #leases: Leases | undefined;
  #silenceTimer: TimerId | undefined;
  #unanswered: ((error: HalError) => void)[] = [];
  #closed = false;

  constructor(options: SimulatedKeeperOptions) {
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? 1_000;
    this.outputs = new Map(options.lines.map((line) => [line.name, this.#output(line.name)]));
    this.#unsubscribe = options.faults.subscribe((fault, active) => {
      if (fault.fault === 'keeper-gone') {
        if (active) this.#die();
        else this.#comeBack();
      }
      if (fault.fault === 'keeper-client-silent') {
        if (active) this.#fallSilent();
        else this.#speakAgain();
      }
    });
  }

  /** Starts the keeper: takes its lines, and writes and reads back their safe levels. */
  async start(): Promise<void> {
    this.#options.faults.check('keeper', this.name, 'open');
    if (this.#options.faults.find('keeper-gone') !== undefined) throw this.#gone();
    this.#leases ??= this.#newLeases();
    await this.#leases.start();
    await this.#leases.attend();
  }

  /** The client has closed its connection; the keeper stays. */
  async leave(): Promise<void> {
    await this.#leases?.abandon();
  }

  async grant(line: string, leaseMs: number): Promise<void> {
    await (await this.#reach('write')).grant(line, leaseMs);
  }

  async renew(line: string, leaseMs: number): Promise<void> {
    await (await this.#reach('write')).renew(line, leaseMs);
  }

  async release(line: string): Promise<void> {
    await (await this.#reach('write')).release(line);
  }

  async read(line: string): Promise<boolean> {
    return (await this.#reach('read')).read(line);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#speakAgain();
    await this.#leases?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #reach(call: 'read' | 'write'): Promise<Leases> {
    if (this.#closed) throw new HalError('closed', this.name, 'the connection was closed');
    const { faults } = this.#options;
    if (faults.find('keeper-client-silent') !== undefined) {
      return new Promise((_, reject) => this.#unanswered.push(reject));
    }
    faults.check('keeper', this.name, call);
    if (this.#leases === undefined) throw this.#gone();
    return this.#leases;
  }

  #gone(): HalError {
    return new HalError('disconnected', this.name, 'its process does not run');
  }

  #die(): void {
    const leases = this.#leases;
    this.#leases = undefined;
    // A dead owner's lines fall to the board's pull resistors, whatever their registers held.
    for (const line of this.#options.lines) this.outputs.get(line.name)?.force(line.lostOn ?? line.safeOn);
    void leases?.close();
  }

  #comeBack(): void {
    if (this.#closed) return;
    this.#leases = this.#newLeases();
    // A line that cannot be made safe is tried again by the keeper itself and granted to nobody until then.
    this.#leases.start().catch(() => {});
  }

  #fallSilent(): void {
    this.#silenceTimer = this.#options.clock.setTimeout(() => {
      this.#leases?.abandon().catch(() => {});
    }, this.#silenceMs);
  }

  #speakAgain(): void {
    if (this.#silenceTimer !== undefined) this.#options.clock.clearTimeout(this.#silenceTimer);
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    // A client that holds lines which differ without it connects anew at once.
    this.#leases?.attend().catch(() => {});
    for (const reject of unanswered) {
      reject(new HalError('disconnected', this.name, 'the connection was lost while it was silent'));
    }
  }

  #newLeases(): Leases {
    const { clock, lines, limits } = this.#options;
    return new Leases({
      clock,
      ...(limits === undefined ? {} : { limits }),
      lines: lines.map((line) => ({ line, output: lent(this.outputs.get(line.name)!) })),
      onLeaseEnd: (line, end) => remember(this.leaseEnds, { atMs: clock.nowMs(), line, end }),
    });
  }

  #output(name: string): SimulatedOutput {
    const { clock, faults } = this.#options;
    const output = new SimulatedOutput({ name, clock, faults });
    output.onEdge((edge) => remember(this.history, { atMs: edge.atMs, line: name, on: edge.on }));
    return output;
  }
}

/** The output as one owner has it: letting go does not close it for the next owner. */
function lent(output: SimulatedOutput): DigitalOutput {
  let held = true;
  const check = () => {
    if (!held) throw new HalError('closed', output.name, 'its owner is gone');
  };
  return {
    name: output.name,
    get commanded() {
      return output.commanded;
    },
    async set(on) {
      check();
      await output.set(on);
    },
    async read() {
      check();
      return output.read();
    },
    async close() {
      held = false;
    },
    async [Symbol.asyncDispose]() {
      held = false;
    },
  };
}
