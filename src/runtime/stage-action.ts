import { z } from 'zod';

const name = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be a name in small letters, as ana or stranger-1');
const side = z.enum(['left', 'right', 'far', 'here']);
const milliseconds = z.number().positive();
const levelDbfs = z.number().min(-120).max(0);
const distanceM = z.number().min(0.15).max(20);
const lateralM = z.number().min(-20).max(20);
const yawDeg = z.number().min(-90).max(90);

/** Something that happens before a camera or a microphone, at the time at which it is told. */
export const stageActionSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('comes'),
    who: name,
    distanceM,
    lateralM,
    yawDeg,
    from: side,
    speedMps: z.number().positive().max(10),
    masked: z.boolean(),
    picture: name.exactOptional(),
  }),
  z.strictObject({
    do: z.literal('moves'),
    who: name,
    distanceM: distanceM.exactOptional(),
    lateralM: lateralM.exactOptional(),
    yawDeg: yawDeg.exactOptional(),
  }),
  z.strictObject({ do: z.literal('leaves'), who: name, to: side }),
  z.strictObject({
    do: z.literal('speaks'),
    who: name,
    forMs: milliseconds,
    levelDbfs,
    clip: name.exactOptional(),
  }),
  z.strictObject({ do: z.literal('noise'), forMs: milliseconds, levelDbfs }),
  z.strictObject({
    do: z.literal('tone'),
    forMs: milliseconds,
    levelDbfs,
    frequencyHz: z.number().positive(),
  }),
  z.strictObject({ do: z.literal('light'), levelLight: z.number().min(0).max(4) }),
]);

export type StageAction = z.output<typeof stageActionSchema>;
