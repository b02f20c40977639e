import { z } from 'zod';
import { scopeSchema } from '../credentials/scopes.ts';
import { apiSettingsSchema } from '../house/api/settings.ts';
import { houseEventSchema } from '../house/event.ts';

/** What the device's thread tells the thread of the page. Texts are sent to browsers as they are. */
export const toServerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    port: z.int(),
    address: z.string(),
    hosts: z.array(z.string()).readonly(),
    tls: z.strictObject({ cert: z.string(), key: z.string() }).nullable(),
    /** For whoever started the device; null where none is taken. */
    key: z.string().nullable(),
    /** What may be done without signing in. */
    anybody: z.array(scopeSchema).readonly(),
    /** Where users stand; null where there are none. */
    stateDirectory: z.string().nullable(),
    /** Where the device's journal is; null where it keeps none. */
    journalDirectory: z.string().nullable(),
    /** Null where programs are not answered. */
    api: apiSettingsSchema.nullable(),
    /** Where files of people lie; null where nobody is stored. */
    folders: z.strictObject({ dataset: z.string(), audios: z.string(), trained: z.string() }).nullable(),
    /** A trace that the configuration keeps in a file. */
    traceFile: z.string().nullable(),
  }),
  /** What happened, for programs that listen. */
  z.strictObject({ kind: z.literal('house'), events: z.array(houseEventSchema).readonly() }),
  /** To pages that wait for it, or to all. */
  z.strictObject({ kind: z.literal('story'), text: z.string(), toAll: z.boolean() }),
  z.strictObject({ kind: z.literal('records'), text: z.string() }),
  /** Records that are still in memory, as lines; the last part of them says so. */
  z.strictObject({ kind: z.literal('past'), text: z.string(), last: z.boolean() }),
  /** To what was asked by that id. */
  z.strictObject({
    kind: z.literal('answer'),
    id: z.int(),
    outcome: z.discriminatedUnion('done', [
      z.strictObject({ done: z.literal(true), answer: z.unknown() }),
      z.strictObject({ done: z.literal(false), status: z.int(), message: z.string() }),
    ]),
  }),
  /** The shared memory in which frames lie from now on. */
  z.strictObject({
    kind: z.literal('ring'),
    share: z.strictObject({
      header: z.instanceof(SharedArrayBuffer),
      pixels: z.instanceof(SharedArrayBuffer),
      slots: z.int(),
      slotBytes: z.int(),
    }),
  }),
  /** A frame in it, with its facts as pages get them. */
  z.strictObject({
    kind: z.literal('picture'),
    frame: z.object({
      seq: z.int(),
      slot: z.int(),
      receivedAtMs: z.number(),
      widthPx: z.int(),
      heightPx: z.int(),
      format: z.literal('rgb24'),
    }),
    facts: z.string(),
  }),
  z.strictObject({ kind: z.literal('sound'), facts: z.string() }),
  z.strictObject({ kind: z.literal('stop') }),
]);
export type ToServer = z.infer<typeof toServerSchema>;

/** What the thread of the page tells the device's thread. */
export const fromServerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listening'), url: z.string() }),
  z.strictObject({ kind: z.literal('not-listening'), portTaken: z.boolean(), message: z.string() }),
  z.strictObject({ kind: z.literal('viewers'), viewers: z.int(), storyWanted: z.boolean() }),
  /** A story or records went out: more may come. */
  z.strictObject({ kind: z.literal('sent') }),
  z.strictObject({ kind: z.literal('past-asked') }),
  /** Events were taken: more may come. */
  z.strictObject({ kind: z.literal('house-taken') }),
  /** A page asks the device something; see requests.ts. */
  z.strictObject({
    kind: z.literal('asked'),
    id: z.int(),
    name: z.string(),
    ask: z.unknown(),
    asker: z.strictObject({ name: z.string(), scopes: z.array(scopeSchema).readonly() }),
  }),
  /** Nobody waits for the answer any more. */
  z.strictObject({ kind: z.literal('given-up'), id: z.int() }),
  /** Pages that look at what the device sees and hears. */
  z.strictObject({ kind: z.literal('spectators'), count: z.int() }),
  /** The last picture went out, or was gone: the next may come. */
  z.strictObject({ kind: z.literal('picture-done') }),
  z.strictObject({ kind: z.literal('stopped') }),
]);
export type FromServer = z.infer<typeof fromServerSchema>;
