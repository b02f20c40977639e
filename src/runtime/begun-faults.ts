import type { Clock, TimerId } from '../../hal/contract/clock.ts';
import type { Fault, FaultBoard, SimulatedPort } from '../../hal/sim/faults.ts';

/** Faults that somebody began by hand: each ends after its time, or when it is mended. */
export class BegunFaults {
  readonly #board: FaultBoard;
  readonly #clock: Clock;
  readonly #begun = new Map<Fault, { end(): void; timer: TimerId | undefined }>();

  constructor(board: FaultBoard, clock: Clock) {
    this.#board = board;
    this.#clock = clock;
  }

  /** A fault begins now; it ends after `forMs`, or when it is mended. */
  begin(fault: Fault, forMs?: number): void {
    const end = this.#board.begin(fault);
    const timer = forMs === undefined ? undefined : this.#clock.setTimeout(() => this.#end(fault), forMs);
    this.#begun.set(fault, { end, timer });
  }

  /** Ends the faults that `which` is true of; gives how many there were. */
  mend(which: (fault: Fault) => boolean): number {
    const found = [...this.#begun.keys()].filter(which);
    for (const fault of found) this.#end(fault);
    return found.length;
  }

  #end(fault: Fault): void {
    const begun = this.#begun.get(fault);
    if (begun === undefined) return;
    this.#begun.delete(fault);
    if (begun.timer !== undefined) this.#clock.clearTimeout(begun.timer);
    begun.end();
  }
}

/** Which faults `mend` means: those of a kind or `everything`; of the faults `error`, those of a port where it is named. */
export function faultsNamed(kind: string, port: string | undefined): (fault: Fault) => boolean {
  return (fault) =>
    (kind === 'everything' || fault.fault === kind) &&
    (port === undefined || (fault.fault === 'error' && fault.port === port));
}

/** Calls back whenever a simulated device that a fault had taken away is there again, until the signal is aborted. */
export function whenMended(
  port: SimulatedPort,
  faults: FaultBoard,
  appeared: () => void,
  signal: AbortSignal,
): void {
  const ended = (fault: Fault, active: boolean) => {
    if (!active && fault.fault === 'error' && fault.port === port) appeared();
  };
  signal.addEventListener('abort', faults.subscribe(ended), { once: true });
}
