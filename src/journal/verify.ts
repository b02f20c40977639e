import { z } from 'zod';
import { type Anchor, linkAfter, personalDigest } from './chain.ts';
import type { EntryRow } from './database.ts';
import { digestOf, type Journal } from './journal.ts';

/** What is wrong with a journal: at which entry, and in words. */
export interface Flaw {
  readonly kind: 'altered' | 'missing' | 'emptied' | 'tail-cut';
  readonly seq: number;
  readonly message: string;
}

export interface Verification {
  readonly entries: number;
  /** Entries of which a part is gone lawfully. */
  readonly erased: number;
  readonly expired: number;
  /** What begins after a cut has no entry 1. */
  readonly beginsAfterSeq: number;
  readonly head: Anchor;
  /** The first things that were found wrong, at most `mostFlaws`; none when the journal is whole. */
  readonly flaws: readonly Flaw[];
}

const mostFlaws = 20;
const countSchema = z.object({ entries: z.int().nonnegative() });

/**
 * Follows the chain from its beginning. Finds entries that were altered, removed, inserted or moved, and parts that
 * are gone without an entry that says why. A tail that was cut off leaves a chain that is right: it is found with an
 * anchor that was kept elsewhere. Whoever can write the file can write the whole chain anew, which an anchor shows too.
 */
export async function verifyJournal(
  journal: Journal,
  anchors: readonly Anchor[],
  signal: AbortSignal,
  onProgress: (entries: number) => void = () => {},
): Promise<Verification> {
  const walk = new Walk(journal.beginning(), anchors);
  for (;;) {
    signal.throwIfAborted();
    const rows = journal.rowsAfter(walk.seq);
    if (rows.length === 0) return walk.end();
    for (const row of rows) walk.see(row);
    onProgress(walk.entries);
    await Bun.sleep(0); // Ctrl-C gets its turn.
  }
}

class Walk {
  entries = 0;
  readonly #flaws: Flaw[] = [];
  readonly #begin: Anchor;
  readonly #anchors: ReadonlyMap<number, Anchor>;
  /** How many rows say that this entry is why something is gone from them. */
  readonly #gone = new Map<number, { readonly from: number; erased: number; expired: number }>();
  /** How many an entry that says why something is gone speaks of. */
  readonly #allowed = new Map<number, { readonly kind: 'erasure' | 'expiry'; readonly entries: number }>();
  #erased = 0;
  #expired = 0;
  #seq = 0;
  #first: number | undefined;
  #link: Uint8Array;

  constructor(begin: Anchor, anchors: readonly Anchor[]) {
    this.#begin = begin;
    this.#link = begin.link;
    this.#anchors = new Map(anchors.map((anchor) => [anchor.seq, anchor]));
  }

  get seq(): number {
    return this.#seq;
  }

  see(row: EntryRow): void {
    const expected = this.#first === undefined ? this.#begin.seq + 1 : this.#seq + 1;
    this.#first ??= row.seq;
    if (row.seq !== expected) {
      this.#flaw('missing', expected, `${range(expected, row.seq - 1)} not there`);
    }
    const link = linkAfter(this.#link, digestOf(row));
    if (!equal(link, row.link)) {
      // After a gap the link before is not known; the gap was said.
      if (row.seq === expected) this.#flaw('altered', row.seq, 'it does not follow from the one before it');
    }
    this.#seePersonal(row);
    this.#seeGone(row);
    const anchor = this.#anchors.get(row.seq);
    if (anchor !== undefined && !equal(anchor.link, row.link)) {
      this.#flaw('altered', row.seq, 'it is not the one the anchor was taken of');
    }
    // From here on with what is stored, so that one altered entry is one flaw.
    this.#link = row.link;
    this.#seq = row.seq;
    this.entries++;
  }

  end(): Verification {
    for (const [seq, { from, erased, expired }] of this.#gone) {
      const allowed = this.#allowed.get(seq);
      const enough =
        allowed !== undefined &&
        (allowed.kind === 'erasure' ? erased : expired) <= allowed.entries &&
        (allowed.kind === 'erasure' ? expired : erased) === 0;
      if (!enough) this.#flaw('emptied', from, `more is gone than entry ${seq} says`);
    }
    for (const { seq } of this.#anchors.values()) {
      if (seq > this.#seq)
        this.#flaw(
          'tail-cut',
          this.#seq + 1,
          `${range(this.#seq + 1, seq)} not there, up to the anchor at least`,
        );
    }
    return {
      entries: this.entries,
      erased: this.#erased,
      expired: this.#expired,
      beginsAfterSeq: this.#begin.seq,
      head: { seq: this.#seq, link: this.#link },
      flaws: this.#flaws.toSorted((a, b) => a.seq - b.seq).slice(0, mostFlaws),
    };
  }

  #seePersonal({ seq, personal, salt, personal_digest: digest }: EntryRow): void {
    if (personal === null) return;
    if (salt !== null && digest !== null && equal(personalDigest(salt, personal), digest)) return;
    this.#flaw('altered', seq, 'what it says of a person is not what was written');
  }

  #seeGone(row: EntryRow): void {
    const { seq, kind, facts, personal, personal_digest: hadPersonal, gone } = row;
    if ((kind === 'erasure' || kind === 'expiry') && facts !== null) {
      this.#allowed.set(seq, { kind, entries: countIn(facts) });
    }
    const expired = facts === null;
    const erased = !expired && hadPersonal !== null && personal === null;
    if (!expired && !erased) return;
    if (expired) this.#expired++;
    else this.#erased++;
    if (gone === null) {
      this.#flaw('emptied', seq, 'a part is gone, and nothing says why');
      return;
    }
    const count = this.#gone.get(gone) ?? { from: seq, erased: 0, expired: 0 };
    if (expired) count.expired++;
    else count.erased++;
    this.#gone.set(gone, count);
  }

  #flaw(kind: Flaw['kind'], seq: number, message: string): void {
    // One damaged file has thousands; the first ones say where.
    if (this.#flaws.length < 1_000) this.#flaws.push({ kind, seq, message });
  }
}

function range(from: number, to: number): string {
  return from >= to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}

/** Of how many entries an erasure or expiry speaks; none where it was altered so that it says nothing. */
function countIn(facts: string): number {
  try {
    return countSchema.parse(JSON.parse(facts)).entries;
  } catch {
    return 0;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
