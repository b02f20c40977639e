import { z } from 'zod';

/** The id that stands for a person everywhere but in the people's store. */
const personId = z.string().min(1).max(64);
/** How alike two embeddings are: their cosine, 1 for the same; one direction for faces and voices. */
const score = z.number().min(-1).max(1).nullable();
const by = z.enum(['face', 'voice']);

const happenings = {
  /** Somebody was let in. */
  granted: z.object({ person: personId, by, score, grantId: z.string() }),
  /** Somebody was not let in; `person` is null where it could not be said who. */
  refused: z.object({ person: personId.nullable(), by, score, reason: z.string() }),
  /** Somebody whom nobody knows. */
  unknown: z.object({ by, reason: z.string() }),
  /** Somebody who was in view has left. */
  left: z.object({ person: personId.nullable(), durationMs: z.number() }),
  /** A lamp, a strike, a relay: what was commanded. */
  output: z.object({ output: z.string(), on: z.boolean() }),
  /** A button or a contact. */
  input: z.object({ input: z.string(), on: z.boolean() }),
  /** The exit button was pressed, or something became of the door; `why` says by right of what it was opened. */
  door: z.object({
    what: z.enum(['exit', 'opened', 'closed', 'held-open', 'forced']),
    why: z.string().nullable(),
  }),
  /** What the device as a whole is at: `operating`, `safe`. */
  state: z.object({ state: z.string() }),
  /** A part began to fail, or works again. */
  fault: z.object({ part: z.string(), kind: z.string().nullable(), over: z.boolean() }),
};

type Happenings = typeof happenings;
export type HouseEventType = keyof Happenings;

/** Something that happened, in the words of a house: about people, outputs and health, not about machines. */
export type Happening = {
  [T in HouseEventType]: { readonly type: T } & Readonly<z.infer<Happenings[T]>>;
}[HouseEventType];

const stamp = {
  /** Told once for each event, so that whoever hears of it twice can tell. */
  id: z.string().max(80),
  /** The time of day, ISO 8601, UTC. */
  at: z.iso.datetime(),
};

export const houseEventSchema = z.discriminatedUnion('type', [
  happenings.granted.extend({ ...stamp, type: z.literal('granted') }),
  happenings.refused.extend({ ...stamp, type: z.literal('refused') }),
  happenings.unknown.extend({ ...stamp, type: z.literal('unknown') }),
  happenings.left.extend({ ...stamp, type: z.literal('left') }),
  happenings.output.extend({ ...stamp, type: z.literal('output') }),
  happenings.input.extend({ ...stamp, type: z.literal('input') }),
  happenings.door.extend({ ...stamp, type: z.literal('door') }),
  happenings.state.extend({ ...stamp, type: z.literal('state') }),
  happenings.fault.extend({ ...stamp, type: z.literal('fault') }),
]);

/** A happening with its id and time. */
export type HouseEvent = z.infer<typeof houseEventSchema>;
