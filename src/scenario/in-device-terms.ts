import { type Fault, faultSchema } from '../../hal/sim/faults.ts';
import type { StepOf } from './step.ts';

/** The id that the trace of a device has for a person of a scenario. */
export function subjectOf(who: string): string {
  return `p_${who}`;
}

/** The fault of a step, with the ids of people. */
export function faultOf({ do: _, forMs: __, ...fault }: StepOf<'breaks'>): Fault {
  return faultSchema.parse(
    'forSubject' in fault ? { ...fault, forSubject: subjectOf(fault.forSubject) } : fault,
  );
}

/** The time of day that a step sets, as clocks have it. */
export function setClock({ set, trusted }: StepOf<'clock'>): { utcMs?: number; trusted?: boolean } {
  return {
    ...(set === undefined ? {} : { utcMs: Date.parse(set) }),
    ...(trusted === undefined ? {} : { trusted }),
  };
}
