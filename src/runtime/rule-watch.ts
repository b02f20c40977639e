import type { Clock, TimerId } from '../../hal/contract/clock.ts';
import type { Fault } from '../../machines/events.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type Breach, type Invariants, watchInvariants } from '../trace/invariants.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { defaultRuleLimits, deviceRules } from '../trace/rules.ts';
import { ruledActuators } from './output-lines.ts';

/** The parts of a device by the names that records and rules call them. */
const parts: readonly Fault['part'][] = ['camera', 'models', 'microphone', 'voices', 'watchdog'];

/** A deadline is kept to the whole millisecond, and passed after it. */
const afterDeadlineMs = 1;

/**
 * The rules of a device, at work as long as it is: a breach is a record of the trace and then a fault, which is told
 * when the machines have come to the end of what they are doing. Costs one timer while a deadline runs.
 */
export class RuleWatch {
  readonly #clock: Clock;
  readonly #invariants: Invariants;
  readonly #unsee: () => void;
  #timer: TimerId | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(clock: Clock, config: VigilConfig, trace: TraceRecorder, onFault: (fault: Fault) => void) {
    this.#clock = clock;
    const actuators = ruledActuators(config);
    const rules = deviceRules({ ...defaultRuleLimits, actuators });
    const devices = new Set(actuators.map(({ device }) => device));
    this.#invariants = watchInvariants(trace, rules, (breach) => {
      if (!this.#ended) queueMicrotask(() => onFault(faultOf(breach, devices)));
    });
    this.#unsee = trace.observe(() => this.#setTimer());
  }

  /** The device is no more: what it left open breaks a rule, and nothing is watched from now on. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsee();
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#invariants.end(this.#clock.nowMs());
  }

  #setTimer(): void {
    const { nextDueMs } = this.#invariants;
    if (nextDueMs >= this.#timerMs) return;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timerMs = nextDueMs;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        this.#timerMs = Number.POSITIVE_INFINITY;
        this.#invariants.advanceTo(this.#clock.nowMs());
        this.#setTimer();
      },
      nextDueMs + afterDeadlineMs - this.#clock.nowMs(),
    );
  }
}

function faultOf({ rule, subject }: Breach, actuators: ReadonlySet<string>): Fault {
  return {
    part: actuators.has(subject) ? 'output' : (parts.find((part) => part === subject) ?? 'device'),
    kind: rule,
    message: `the rule '${rule}' was broken by '${subject}': a bug, which the trace shows`,
    retryable: true,
  };
}
