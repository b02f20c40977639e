import { Actuator, type ActuatorBounds, type SafeReport } from './actuator.ts';
import type { Clock } from './contract/clock.ts';
import { HalError } from './contract/errors.ts';
import type { ActuatorLine, LineKeeper } from './contract/keeper.ts';

export type { Hold } from './actuator.ts';

export interface GuardOptions {
  readonly clock: Clock;
  readonly keeper: LineKeeper;
  readonly lines: readonly ActuatorLine[];
  /** Renewed three times within this time; so long a line may stay on after the firmware has stopped. */
  readonly leaseMs?: number;
  /** After one line of an interlock group went safe no other is switched on for so long. */
  readonly deadTimeMs?: number;
  /** A line that went safe is not granted again for so long. */
  readonly rearmMs?: number;
  /** A keeper that has not answered by then is taken to be gone. */
  readonly keeperLimitMs?: number;
}

/**
 * The guard of the actuators, below all machines: whatever asks it, no actuator is held without a fresh grant,
 * longer than its bound, or together with one that excludes it. The line keeper, another process, bounds the
 * guard in turn. Indicators are plain outputs and not its business.
 */
export class Guard {
  readonly #actuators: ReadonlyMap<string, Actuator>;

  /** Throws HalError `invalid-argument` for two lines of one name or a bound that is no time. */
  constructor(options: GuardOptions) {
    const bounds: ActuatorBounds = {
      leaseMs: options.leaseMs ?? 600,
      deadTimeMs: options.deadTimeMs ?? 100,
      rearmMs: options.rearmMs ?? 500,
      keeperLimitMs: options.keeperLimitMs ?? 100,
    };
    for (const [name, ms] of Object.entries(bounds)) {
      if (!(Number.isFinite(ms) && ms >= 0))
        throw new HalError('invalid-argument', 'guard', `${name} is ${ms}`);
    }
    const actuators = new Map<string, Actuator>();
    for (const line of options.lines) {
      if (actuators.has(line.name))
        throw new HalError('invalid-argument', line.name, 'two lines have this name');
      if (!(Number.isFinite(line.maxOnMs) && line.maxOnMs > 0)) {
        throw new HalError(
          'invalid-argument',
          line.name,
          `maxOnMs is ${line.maxOnMs}; it must be more than 0`,
        );
      }
      const others = () =>
        [...actuators.values()].filter(
          (other) => other.line.name !== line.name && other.line.interlock === line.interlock,
        );
      const interlocked = line.interlock === undefined ? () => [] : others;
      actuators.set(line.name, new Actuator(line, options.clock, options.keeper, bounds, interlocked));
    }
    this.#actuators = actuators;
  }

  /** Throws HalError `invalid-argument` for a line that the guard was not given. */
  actuator(name: string): Actuator {
    const actuator = this.#actuators.get(name);
    if (actuator !== undefined) return actuator;
    const known = [...this.#actuators.keys()].join(', ') || 'none';
    throw new HalError('invalid-argument', name, `no such actuator; there are: ${known}`);
  }

  /**
   * Writes and reads back the safe level of every actuator. Nothing is granted before; rejects with the first
   * HalError, and that actuator is not granted until `makeSafe` has verified it.
   */
  async setUp(): Promise<void> {
    const reports = await this.makeSafe();
    for (const { error } of reports) if (error !== undefined) throw error;
  }

  /** Makes every actuator safe, whatever the others do. Always tries, never throws. */
  makeSafe(): Promise<SafeReport[]> {
    return Promise.all([...this.#actuators.values()].map((actuator) => actuator.makeSafe()));
  }

  /** Makes every actuator safe; afterwards nothing is granted any more. */
  close(): Promise<SafeReport[]> {
    return Promise.all([...this.#actuators.values()].map((actuator) => actuator.close()));
  }
}
