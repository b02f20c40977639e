import { z } from 'zod';
import { lineKeys, ms } from './fields.ts';

/** What the trace calls other devices: no output may have such a name. */
const takenNames: ReadonlySet<string> = new Set([
  ...['output', 'green', 'red', 'camera', 'models', 'microphone', 'voices', 'watchdog', 'speaker', 'store'],
  ...['exit-button', 'door-contact'],
]);

/** A further output: a strike, a relay, a buzzer, another lamp. */
const furtherOutput = z.strictObject({
  kind: z
    .enum(['lamp', 'strike', 'relay', 'buzzer'])
    .default('relay')
    .describe('What it is, in the words of `vigil doctor` and of the log.'),
  ...lineKeys,
  active_low: z.boolean().default(false).describe('Whether a low level on the wire switches it on.'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe('A file that stands for the line, `0` or `1`, for a try without a board; wins over every pin.'),
  fails: z
    .enum(['secure', 'safe'])
    .default('secure')
    .describe(
      'What it is when nobody commands it, because the firmware ended, hangs or was killed: `secure` is off, `safe` is on, for a lock that must open then. Without power, and when the line keeper itself is killed, the wiring decides alone.',
    ),
  hold_ms: ms(50, 60_000).default(2000).describe('How long one cause switches it on.'),
  max_on_ms: ms(50, 600_000)
    .default(5000)
    .describe(
      'The longest time it is ever on at a stretch, enforced outside the firmware; not below `hold_ms`.',
    ),
  rearm_ms: ms(0, 600_000).default(500).describe('The shortest time it is off between two causes.'),
  mode: z
    .enum(['hold', 'pulse'])
    .default('hold')
    .describe(
      'A cause that comes while it is on prolongs a `hold`, up to `max_on_ms`, and leaves a `pulse` as it is.',
    ),
  interlock_group: z
    .int()
    .min(1)
    .max(99)
    .optional()
    .describe('Outputs with the same number are never on together, as the two doors of a lock chamber.'),
  on_granted: z.boolean().default(true).describe('Whether it goes on when somebody is granted.'),
  on_refused: z
    .boolean()
    .default(false)
    .describe('Whether it goes on when somebody who is known is not let in, once a visit.'),
  on_unknown: z
    .boolean()
    .default(false)
    .describe('Whether it goes on when somebody is there whom nobody knows, once a visit.'),
  on_exit: z.boolean().default(false).describe('Whether it goes on when the exit button is pressed.'),
  on_forced: z
    .boolean()
    .default(false)
    .describe('Whether it goes on when the door is opened although nobody was granted.'),
  on_held_open: z.boolean().default(false).describe('Whether it goes on when the door is held open.'),
  ends_when_opened: z
    .boolean()
    .default(false)
    .describe('Whether it goes off as soon as the door contact says that the door is open.'),
});

const causeKeys = ['on_granted', 'on_refused', 'on_unknown', 'on_exit', 'on_forced', 'on_held_open'] as const;

/** As many as a trace tells of. */
const mostOutputs = 16;

export const outputs = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/)
      .refine((name) => !takenNames.has(name)),
    furtherOutput,
  )
  .refine((named) => Object.keys(named).length <= mostOutputs);

export type NamedOutputs = z.output<typeof outputs>;

/** What is allowed where a name or the number of outputs is not. */
export const outputNamesAllowed = `at most ${mostOutputs} tables; a name has small letters, digits and hyphens, as front-strike, and is none of ${[...takenNames].join(', ')}`;

/** What is wrong with outputs whose keys are right one by one: by key, in words. */
export function outputProblems(named: NamedOutputs): { readonly key: string; readonly message: string }[] {
  return Object.entries(named).flatMap(([name, output]) => {
    const problems = [];
    if (output.fails === 'safe' && output.interlock_group !== undefined) {
      const message =
        'is "safe", but the output has an interlock_group: when nobody commands them, more than one of the group would be on';
      problems.push({ key: `outputs.${name}.fails`, message });
    }
    if (!causeKeys.some((key) => output[key])) {
      const message = `goes on for nothing: set one of ${causeKeys.join(', ')}`;
      problems.push({ key: `outputs.${name}`, message });
    }
    return problems;
  });
}
