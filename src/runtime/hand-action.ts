import { z } from 'zod';
import type { Fault } from '../../hal/sim/faults.ts';
import { stageActionSchema } from './stage-action.ts';

/** Which of the parts that can be broken are simulated; a real one is left alone. */
export interface BreakableParts {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly green: boolean;
}

interface Breakable {
  readonly part: keyof BreakableParts;
  readonly fault: Fault;
}

/** What can be broken by hand, and the simulated part that must be there for it. */
export const breakable = {
  'camera-unplugged': { part: 'camera', fault: { fault: 'error', port: 'camera', error: 'disconnected' } },
  'camera-frozen': { part: 'camera', fault: { fault: 'camera-frozen' } },
  'camera-black': { part: 'camera', fault: { fault: 'camera-black' } },
  'microphone-mute': { part: 'microphone', fault: { fault: 'microphone-zeros' } },
  'green-stuck-off': { part: 'green', fault: { fault: 'line-stuck', line: 'green', on: false } },
  'green-stuck-on': { part: 'green', fault: { fault: 'line-stuck', line: 'green', on: true } },
} as const satisfies Readonly<Record<string, Breakable>>;

export type Breakage = keyof typeof breakable;

// Object.keys gives strings; these are the keys of the object above.
export const breakages = Object.keys(breakable) as readonly Breakage[];

/** Something that somebody does by hand to what a simulated device sees and hears, or to a part of it. */
export const handActionSchema = z.discriminatedUnion('do', [
  stageActionSchema,
  z.strictObject({ do: z.literal('breaks'), what: z.enum(breakages) }),
  z.strictObject({ do: z.literal('mends'), what: z.enum(breakages) }),
]);

export type HandAction = z.output<typeof handActionSchema>;
