import { z } from 'zod';

/**
 * What the journal keeps. `facts` say nothing about who it was; `personal` does, and is the part that an erasure takes
 * away. Distances and scores belong to a person's face and voice, so they are personal.
 */
const subjectId = z.string().min(1).max(64);
const number = z.number();
const count = z.int().nonnegative();

/** What a decision rested on, about the person it names. */
const evidence = z.object({
  subjectId: subjectId.nullable(),
  /** Squared L2 distance of the face to the nearest person, and to the second nearest. */
  distance: number.nullable(),
  secondDistance: number.nullable(),
  /** Cosine of the voice with the nearest person, and with the second nearest. */
  score: number.nullable(),
  secondScore: number.nullable(),
  /** What was weighed, as a trace has it. */
  account: z.record(z.string(), z.unknown()).nullable(),
});

const entries = {
  /** The device has started. */
  boot: { facts: z.object({ version: z.string(), bootId: z.string(), clockTrusted: z.boolean() }) },
  stop: { facts: z.object({ bootId: z.string() }) },
  /** Access's answer. */
  decision: {
    facts: z.object({
      answer: z.enum(['granted', 'refused']),
      /** Why it was refused. */
      code: z.string().nullable(),
      by: z.enum(['face', 'voice']),
      /** What was said of the face or voice. */
      said: z.string().nullable(),
      grantId: z.string().nullable(),
    }),
    personal: evidence,
  },
  /** Somebody was in view and has left. */
  visit: {
    facts: z.object({ phase: z.string(), durationMs: number }),
    personal: z.object({ subjectId: subjectId.nullable() }),
  },
  output: { facts: z.object({ device: z.string(), on: z.boolean(), grantId: z.string().nullable() }) },
  /** The exit button was pressed, or something became of the door. */
  door: {
    facts: z.object({
      what: z.enum(['exit', 'opened', 'closed', 'held-open', 'forced']),
      /** Of an opening: by right of what. */
      why: z.string().nullable(),
    }),
  },
  /** A part began or ceased to fail. */
  fault: { facts: z.object({ part: z.string(), kind: z.string().nullable(), over: z.boolean() }) },
  /** The device's own state: operating, safe. */
  mode: { facts: z.object({ states: z.array(z.string()) }) },
  /** Somebody was enrolled, changed, exported or erased, or was looked at by a person: who did so, and by what. */
  audit: {
    facts: z.object({ action: z.string(), by: z.string(), through: z.string() }),
    personal: z.object({ subjectId: subjectId.nullable() }),
  },
  /** Somebody reported an error, or how it could be better. */
  report: { facts: z.object({ about: z.enum(['error', 'improvement']), text: z.string(), by: z.string() }) },
  /** Personal parts were erased; so many entries had one. */
  erasure: { facts: z.object({ entries: z.int().nonnegative() }) },
  /** Somebody was erased everywhere: so much is gone, and so much is left. */
  receipt: {
    facts: z.object({
      erasureId: z.string(),
      samples: count,
      /** Pictures and recordings that the samples were made of. */
      originals: count,
      journalEntries: count,
      /** In the folders that are imported. */
      filesDeleted: count,
      networkFilesDeleted: count,
      tracesDeleted: count,
      recordingsDeleted: count,
      exportsDeleted: count,
      backupsDeleted: count,
      /** Not where they were made any more: somebody has moved or deleted them. */
      backupsMoved: count,
      labResultsDeleted: count,
      /** Files of theirs that stay: as asked, or because they cannot be deleted. */
      filesKept: count,
      /** Recordings of which nobody said who is in them. */
      recordingsUntagged: count,
      /** Keyed hashes by which their files are kept from being imported again. */
      rememberedContents: count,
    }),
  },
  /** Entries were emptied because they were old enough. */
  expiry: { facts: z.object({ entries: z.int().nonnegative() }) },
  /** The chain's beginning was cut off: it begins after `seq`, whose link this was. */
  cut: { facts: z.object({ seq: z.int().nonnegative(), link: z.string(), why: z.enum(['age', 'size']) }) },
  /** Entries were lost because the disk took nothing for a while, by kind. */
  gap: { facts: z.object({ lost: z.record(z.string(), z.int()), sinceUtcMs: number }) },
} as const;

type Entries = typeof entries;
export type EntryKind = keyof Entries;
export const entryKinds = Object.keys(entries) as readonly EntryKind[];

type PersonalOf<K extends EntryKind> = Entries[K] extends { readonly personal: z.ZodType }
  ? { readonly personal: z.infer<Entries[K]['personal']> }
  : unknown;

/** What the entries of a kind say that is not personal. */
export type JournalFacts<K extends EntryKind> = Readonly<z.infer<Entries[K]['facts']>>;

/** Something that happened, to be journaled. */
export type NewEntry = {
  [K in EntryKind]: {
    readonly kind: K;
    readonly utcMs: number;
    readonly facts: Readonly<z.infer<Entries[K]['facts']>>;
  } & PersonalOf<K>;
}[EntryKind];

/** An entry that was read. `gone` says what took away what it held: parts that are gone are null. */
export interface JournalEntry {
  readonly seq: number;
  readonly utcMs: number;
  readonly kind: EntryKind;
  readonly facts: Readonly<Record<string, unknown>> | null;
  readonly personal: (Readonly<Record<string, unknown>> & { readonly subjectId: string | null }) | null;
  readonly gone: 'erased' | 'expired' | null;
}

/** What was written, from what was read; undefined where a part of it is gone. */
export function wholeEntry({ kind, utcMs, facts, personal }: JournalEntry): NewEntry | undefined {
  const isPersonal = 'personal' in entries[kind];
  if (facts === null || (isPersonal && personal === null)) return undefined;
  // Both parts were checked by the kind's schemas when they were read.
  return (isPersonal ? { kind, utcMs, facts, personal } : { kind, utcMs, facts }) as NewEntry;
}

/** Checks what comes from a file. Throws ZodError. */
export function factsOf(kind: EntryKind, json: string): Readonly<Record<string, unknown>> {
  return entries[kind].facts.parse(JSON.parse(json));
}

export function personalOf(kind: EntryKind, json: string): JournalEntry['personal'] {
  const definition = entries[kind];
  return 'personal' in definition ? definition.personal.parse(JSON.parse(json)) : null;
}
