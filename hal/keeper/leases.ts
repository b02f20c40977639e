import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { DigitalOutput } from '../contract/gpio.ts';
import type { ActuatorLine, LineKeeper } from '../contract/keeper.ts';

/** An actuator line and the output that drives it. */
export interface KeptLine {
  readonly line: ActuatorLine;
  readonly output: DigitalOutput;
}

/** Times that hold for every line of a keeper. */
export interface LeaseLimits {
  /** A line that went back to its safe level stays there at least this long before the next grant. */
  readonly rearmMs: number;
  /** After one line of an interlock group went safe, no other of the group is granted for this long. */
  readonly deadTimeMs: number;
  /** A safe level that could not be written is written again after this time, for as long as it takes. */
  readonly retryMs: number;
}

export const defaultLeaseLimits: LeaseLimits = { rearmMs: 500, deadTimeMs: 100, retryMs: 100 };

/** Why a line was brought back to its safe level. */
export type LeaseEnd = 'expired' | 'max-on' | 'released' | 'read-back' | 'write-failed' | 'closed';

export interface LeasesOptions {
  readonly lines: readonly KeptLine[];
  readonly clock: Clock;
  readonly limits?: Partial<LeaseLimits>;
  /** Told once for each lease that ends, before the safe level is written. */
  readonly onLeaseEnd?: (line: string, end: LeaseEnd) => void;
}

interface Lease {
  readonly grantedAtMs: number;
  deadlineMs: number;
  timer: TimerId;
}

class Held {
  readonly line: ActuatorLine;
  readonly output: DigitalOutput;
  lease: Lease | undefined;
  /** True from the moment the line may have left its safe level until it reads back safe. */
  away = true;
  safeSinceMs = Number.NEGATIVE_INFINITY;
  /** The last safe write that failed; cleared by one that succeeds. */
  fault: HalError | undefined;
  /** A write away from the safe level that is under way; settles, never rejects. */
  raising: Promise<void> | undefined;
  /** The safe write under way. */
  securing: Promise<void> | undefined;
  retry: TimerId | undefined;

  constructor({ line, output }: KeptLine) {
    this.line = line;
    this.output = output;
  }
}

/**
 * The rules of the line keeper, without a process around them: leases, the bound on the time away from the safe
 * level, interlock, dead time, re-arm and read-back. The keeper process and the simulated keeper both are this on
 * their own clock and outputs.
 *
 * A safe write never waits behind a write that hangs: it is issued at once, and once more when the other is done.
 */
export class Leases implements LineKeeper {
  readonly name = 'line keeper';
  readonly #held = new Map<string, Held>();
  readonly #clock: Clock;
  readonly #limits: LeaseLimits;
  readonly #onLeaseEnd: ((line: string, end: LeaseEnd) => void) | undefined;
  /** Whether there is a client, who alone is granted anything. */
  #attended = false;
  #closing: Promise<void> | undefined;

  constructor(options: LeasesOptions) {
    this.#clock = options.clock;
    this.#limits = { ...defaultLeaseLimits, ...options.limits };
    this.#onLeaseEnd = options.onLeaseEnd;
    for (const kept of options.lines) {
      const { name, maxOnMs } = kept.line;
      if (this.#held.has(name)) throw new HalError('invalid-argument', name, 'two lines have this name');
      if (!(maxOnMs > 0 && Number.isFinite(maxOnMs))) {
        throw new HalError('invalid-argument', name, `maxOnMs is ${maxOnMs}; it must be more than 0`);
      }
      this.#held.set(name, new Held(kept));
    }
  }

  get lines(): readonly ActuatorLine[] {
    return [...this.#held.values()].map((held) => held.line);
  }

  /** The lines whose lease is running. */
  get granted(): readonly string[] {
    return [...this.#held.values()].filter((held) => held.lease !== undefined).map((held) => held.line.name);
  }

  /**
   * Takes the lines: writes each safe level twice, so that it stands before and after the driver sets the line up,
   * and reads it back. Rejects with the first HalError when a line cannot be made safe; that line is tried again
   * and not granted until then. Before it has settled nothing is granted.
   */
  async start(): Promise<void> {
    const all = [...this.#held.values()].map(async (held) => {
      await this.#secure(held);
      await this.#secure(held);
      held.safeSinceMs = Number.NEGATIVE_INFINITY; // nothing was granted yet: no re-arm time to wait for
    });
    await allOrFirstError(all);
  }

  async grant(name: string, leaseMs: number): Promise<void> {
    const held = this.#find(name);
    checkLeaseMs(name, leaseMs);
    const nowMs = this.#clock.nowMs();
    this.#checkFree(held, nowMs);

    const untilMs = nowMs + Math.min(leaseMs, held.line.maxOnMs);
    const lease: Lease = {
      grantedAtMs: nowMs,
      deadlineMs: untilMs,
      timer: this.#expire(held, untilMs, nowMs),
    };
    held.lease = lease;
    held.away = true;
    const write = held.output.set(!held.line.safeOn);
    held.raising = write.then(noop, noop);
    try {
      await write;
    } catch (error) {
      held.raising = undefined;
      if (held.lease === lease) this.#end(held, 'write-failed');
      throw asHalError(error, name);
    }
    held.raising = undefined;
    await this.#checkLevel(held, lease);
  }

  async renew(name: string, leaseMs: number): Promise<void> {
    const held = this.#find(name);
    checkLeaseMs(name, leaseMs);
    const nowMs = this.#clock.nowMs();
    const lease = held.lease;
    if (lease === undefined || nowMs >= lease.deadlineMs) {
      throw new HalError('closed', name, 'no lease is running that could be renewed: ask for a new grant');
    }
    this.#clock.clearTimeout(lease.timer);
    lease.deadlineMs = Math.min(nowMs + leaseMs, lease.grantedAtMs + held.line.maxOnMs);
    lease.timer = this.#expire(held, lease.deadlineMs, nowMs);
    await this.#checkLevel(held, lease);
  }

  async release(name: string): Promise<void> {
    const held = this.#find(name);
    this.#endLease(held, 'released');
    await this.#secure(held);
  }

  /** A client is there from now on: lines whose level differs without one are brought to their safe level. */
  async attend(): Promise<void> {
    if (this.#attended) return;
    this.#attended = true;
    const differing = [...this.#held.values()].filter(({ line }) => lostLevel(line) !== line.safeOn);
    await allOrFirstError(differing.map((held) => this.#secure(held)));
  }

  /** There is no client any more: every line gets its level without one. Rejects as `releaseAll`. */
  abandon(): Promise<void> {
    this.#attended = false;
    return this.releaseAll();
  }

  /** Writes the safe level of every line now; rejects with the first failure, after all were tried. */
  async releaseAll(): Promise<void> {
    await allOrFirstError(
      [...this.#held.values()].map((held) => {
        this.#endLease(held, 'released');
        return this.#secure(held);
      }),
    );
  }

  async read(name: string): Promise<boolean> {
    return this.#find(name).output.read();
  }

  /** Safe levels first, three tries each, then the lines are let go. */
  close(): Promise<void> {
    this.#closing ??= this.#letGo();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #letGo(): Promise<void> {
    this.#attended = false;
    await Promise.all(
      [...this.#held.values()].map(async (held) => {
        this.#endLease(held, 'closed');
        for (let attempt = 1; attempt <= 3; attempt++) {
          const safe = await this.#secure(held).then(
            () => true,
            () => false,
          );
          if (safe) break;
          await this.#clock.sleep(this.#limits.retryMs);
        }
        await held.output.close();
      }),
    );
  }

  #find(name: string): Held {
    if (this.#closing !== undefined)
      throw new HalError('closed', this.name, 'the keeper has let its lines go');
    const held = this.#held.get(name);
    if (held === undefined) {
      const known = [...this.#held.keys()].join(', ') || 'none';
      throw new HalError('invalid-argument', name, `no such line; the keeper holds: ${known}`);
    }
    return held;
  }

  #checkFree(held: Held, nowMs: number): void {
    const { name, interlock } = held.line;
    if (held.fault !== undefined) {
      throw new HalError('io', name, 'its safe level could not be written; no grant until it can', {
        cause: held.fault,
      });
    }
    if (held.lease !== undefined)
      throw new HalError('busy', name, 'is granted already: renew the running lease');
    if (held.away || held.securing !== undefined) {
      throw new HalError('busy', name, 'is being brought to its safe level');
    }
    const restMs = held.safeSinceMs + (held.line.rearmMs ?? this.#limits.rearmMs) - nowMs;
    if (restMs > 0)
      throw new HalError('busy', name, `is granted again in ${Math.ceil(restMs)} ms at the earliest`);
    if (interlock === undefined) return;
    for (const other of this.#held.values()) {
      if (other === held || other.line.interlock !== interlock) continue;
      if (other.away || other.fault !== undefined) {
        throw new HalError(
          'busy',
          name,
          `is interlocked with ${other.line.name}, which is not at its safe level`,
        );
      }
      const deadMs = other.safeSinceMs + this.#limits.deadTimeMs - nowMs;
      if (deadMs > 0) {
        throw new HalError(
          'busy',
          name,
          `${other.line.name} went safe just now; granted in ${Math.ceil(deadMs)} ms`,
        );
      }
    }
  }

  async #checkLevel(held: Held, lease: Lease): Promise<void> {
    let level: boolean;
    try {
      level = await held.output.read();
    } catch (error) {
      if (held.lease === lease) this.#end(held, 'read-back');
      throw asHalError(error, held.line.name);
    }
    if (held.lease !== lease) {
      throw new HalError('timeout', held.line.name, 'the lease ended before the line was set');
    }
    if (level !== held.line.safeOn) return;
    this.#end(held, 'read-back');
    throw new HalError(
      'io',
      held.line.name,
      `reads back ${level ? 'on' : 'off'} although it was set otherwise`,
    );
  }

  #expire(held: Held, deadlineMs: number, nowMs: number): TimerId {
    return this.#clock.setTimeout(() => {
      const lease = held.lease;
      const atLimit = lease !== undefined && deadlineMs >= lease.grantedAtMs + held.line.maxOnMs;
      this.#end(held, atLimit ? 'max-on' : 'expired');
    }, deadlineMs - nowMs);
  }

  /** Ends the lease and writes the safe level without waiting for it; a failure is kept and tried again. */
  #end(held: Held, end: LeaseEnd): void {
    this.#endLease(held, end);
    this.#secure(held).catch(noop);
  }

  #endLease(held: Held, end: LeaseEnd): void {
    const lease = held.lease;
    if (lease === undefined) return;
    this.#clock.clearTimeout(lease.timer);
    held.lease = undefined;
    this.#onLeaseEnd?.(held.line.name, end);
  }

  #secure(held: Held): Promise<void> {
    held.securing ??= this.#writeSafe(held).finally(() => {
      held.securing = undefined;
    });
    return held.securing;
  }

  async #writeSafe(held: Held): Promise<void> {
    const { output, line } = held;
    const level = this.#attended ? line.safeOn : lostLevel(line);
    if (held.retry !== undefined) this.#clock.clearTimeout(held.retry);
    held.retry = undefined;
    try {
      await output.set(level);
      if (held.raising !== undefined) {
        // A write of the other level was under way: it may have reached the line after ours.
        await held.raising;
        await output.set(level);
      }
      if ((await output.read()) !== level) {
        throw new HalError('io', line.name, `reads back ${level ? 'off' : 'on'} after it was made safe`);
      }
    } catch (error) {
      held.fault = asHalError(error, line.name);
      if (this.#closing === undefined) {
        held.retry = this.#clock.setTimeout(() => {
          this.#secure(held).catch(noop);
        }, this.#limits.retryMs);
      }
      throw held.fault;
    }
    held.fault = undefined;
    // A client came or went while this was being written.
    if (level !== (this.#attended ? line.safeOn : lostLevel(line))) return this.#writeSafe(held);
    if (held.away) held.safeSinceMs = this.#clock.nowMs();
    held.away = false;
  }
}

function lostLevel({ safeOn, lostOn = safeOn }: ActuatorLine): boolean {
  return lostOn;
}

function checkLeaseMs(line: string, leaseMs: number): void {
  if (Number.isFinite(leaseMs) && leaseMs > 0) return;
  throw new HalError('invalid-argument', line, `a lease of ${leaseMs} ms; it must be more than 0`);
}

/** Waits for all; then throws the first failure, if there was one. */
async function allOrFirstError(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function noop(): void {}
