import { z } from 'zod';
import type { NewEntry } from './entry.ts';
import type { Retention } from './journal.ts';

/** To the thread that writes. */
export type JournalRequest =
  /** The first, and the only one without an answer: the state directory. */
  | { readonly do: 'begin'; readonly directory: string }
  | { readonly do: 'append'; readonly entries: readonly NewEntry[] }
  | { readonly do: 'expire'; readonly retention: Retention; readonly nowUtcMs: number }
  | { readonly do: 'close' };

const troubles = [
  'corrupt',
  'locked',
  'read-only',
  'full',
  'permission',
  'newer-version',
  'closed',
  'io',
] as const;

/** From it: one for every request but the first, in order. */
export const journalReplySchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('done'),
    /** The newest entry. */
    anchor: z.string(),
    /** Where a damaged journal was moved, when this request found it so. */
    movedAside: z.string().nullable(),
  }),
  z.object({ is: z.literal('failed'), kind: z.enum(troubles), message: z.string() }),
]);
export type JournalReply = z.infer<typeof journalReplySchema>;
