import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { DatabaseFile } from '../database/database-file.ts';
import { type Anchor, entryDigest, firstLink, linkAfter, personalDigest } from './chain.ts';
import { type EntryRow, openJournalDatabase } from './database.ts';
import {
  type EntryKind,
  entryKinds,
  factsOf,
  type JournalEntry,
  type NewEntry,
  personalOf,
} from './entry.ts';

export interface JournalOptions {
  /** The state directory, which must be there. */
  readonly directory: string;
  /** Salts of personal parts. The system's by default. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

export interface JournalFilter {
  readonly kinds?: readonly EntryKind[];
  readonly subjectId?: string;
  readonly fromUtcMs?: number;
  /** Not included. */
  readonly toUtcMs?: number;
  /** Only entries before this one: to go on where the last answer ended. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

/** How long entries are kept. Kinds that are not named stay until the chain is cut before them. */
export interface Retention {
  readonly ageMs: Readonly<Partial<Record<EntryKind, number>>>;
  /** The oldest entries go when the file holds more. */
  readonly maxBytes: number;
}

/** What an erasure took away. */
export interface JournalErasure {
  readonly entries: number;
  /** False when the bytes could not be overwritten yet; the next open does it. */
  readonly scrubbed: boolean;
}

/** Rows that are handled in one transaction: a writer waits for it at most some 50 ms. */
const rowsAtOnce = 2_000;
const saltBytes = 16;
/** They say why something is gone. While what they speak of is there, they stay. */
const keepers: readonly EntryKind[] = ['erasure', 'expiry', 'cut'];

/**
 * What happened, for months: decisions, visits, outputs, faults, boots, who changed what. SQLite in the state
 * directory (journal.db), each entry chained to the one before (see chain.ts). People are named by subject id alone.
 *
 * Several processes may have it open. Calls are synchronous and durable when they return, and throw JournalError.
 */
export class Journal implements Disposable {
  readonly #database: DatabaseFile;
  readonly #randomBytes: (length: number) => Uint8Array;

  private constructor(database: DatabaseFile, options: JournalOptions) {
    this.#database = database;
    this.#randomBytes = options.randomBytes ?? systemRandomBytes;
  }

  /** Opens the journal, makes it when there is none, and finishes an erasure that was interrupted. */
  static open(options: JournalOptions): Journal {
    const database = openJournalDatabase(options.directory);
    try {
      database.scrub();
      return new Journal(database, options);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get path(): string {
    return this.#database.path;
  }

  /** Appends the entries in order, all or none; gives the anchor of the last. */
  append(entries: readonly NewEntry[]): Anchor {
    return this.#database.write(() => {
      let head = this.#head();
      for (const entry of entries) head = this.#insert(head, entry);
      return head;
    });
  }

  /** The newest entry. Seq 0 when there is none yet. */
  head(): Anchor {
    return this.#head();
  }

  /**
   * Entries that fit, the newest first: in the order in which they were written, since a clock that was wrong dates
   * them wrongly; by their time where the newest of a stretch of time are asked for.
   */
  list(filter: JournalFilter): JournalEntry[] {
    const where: string[] = [];
    const values: (string | number)[] = [];
    const only = (condition: string, ...bound: (string | number)[]) => {
      where.push(condition);
      values.push(...bound);
    };
    const { kinds, subjectId, fromUtcMs, toUtcMs, beforeSeq, limit } = filter;
    if (kinds !== undefined) only(`kind IN (${kinds.map(() => '?').join(', ')})`, ...kinds);
    if (subjectId !== undefined) only('personal IS NOT NULL AND subject_id = ?', subjectId);
    if (fromUtcMs !== undefined) only('utc_ms >= ?', fromUtcMs);
    if (toUtcMs !== undefined) only('utc_ms < ?', toUtcMs);
    if (beforeSeq !== undefined) only('seq < ?', beforeSeq);
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    const byTime = (fromUtcMs ?? toUtcMs) !== undefined && beforeSeq === undefined;
    const order = byTime ? 'utc_ms DESC, seq DESC' : 'seq DESC';
    // The inner query is answered by an index alone, however many entries there are.
    return this.#database
      .all<EntryRow>(
        `SELECT * FROM entry WHERE seq IN (SELECT seq FROM entry ${condition} ORDER BY ${order} LIMIT ?)
         ORDER BY ${order}`,
        ...values,
        limit,
      )
      .map((row) => this.#entry(row));
  }

  /** One entry; undefined when there is none of that number. */
  entry(seq: number): JournalEntry | undefined {
    const row = this.#database.get<EntryRow>('SELECT * FROM entry WHERE seq = ?', seq);
    return row === undefined ? undefined : this.#entry(row);
  }

  /** How many entries there are, and how large they are. */
  size(): { readonly entries: number; readonly bytes: number } {
    const entries = this.#database.get<{ n: number }>('SELECT count(*) AS n FROM entry')?.n ?? 0;
    return { entries, bytes: this.#bytes() };
  }

  /** How many entries name a person. */
  countOf(subjectId: string): number {
    const row = this.#database.get<{ n: number }>(
      'SELECT count(*) AS n FROM entry WHERE personal IS NOT NULL AND subject_id = ?',
      subjectId,
    );
    return row?.n ?? 0;
  }

  /** Takes a person out of every entry, and overwrites the bytes. What is left tells that somebody came. */
  forget(subjectId: string, utcMs: number): JournalErasure {
    const entries = this.#database.write(() => {
      const found = this.#database.all<{ seq: number }>(
        'SELECT seq FROM entry WHERE personal IS NOT NULL AND subject_id = ?',
        subjectId,
      );
      if (found.length === 0) return 0;
      this.#database.noteErasure();
      const { seq } = this.#insert(this.#head(), {
        kind: 'erasure',
        utcMs,
        facts: { entries: found.length },
      });
      return this.#database.run(
        'UPDATE entry SET personal = NULL, salt = NULL, gone = ? WHERE personal IS NOT NULL AND subject_id = ?',
        seq,
        subjectId,
      );
    });
    return { entries, scrubbed: this.#database.scrub() };
  }

  /**
   * Empties entries that are older than their kind is kept, and cuts the beginning off where nothing is left, or where
   * the journal is too large. To be called while the wall clock is trusted. Gives how many entries lost something.
   */
  expire({ ageMs, maxBytes }: Retention, nowUtcMs: number): number {
    let emptied = 0;
    for (const kind of entryKinds) {
      const age = ageMs[kind];
      if (age === undefined || keepers.includes(kind)) continue;
      for (let some = rowsAtOnce; some === rowsAtOnce; emptied += some) {
        some = this.#database.write(() => this.#empty(kind, nowUtcMs - age, nowUtcMs));
      }
    }
    const longestMs = Math.max(0, ...Object.values(ageMs));
    const cut = this.#database.write(() => this.#cutEmpty(nowUtcMs - longestMs, nowUtcMs));
    return emptied + cut + this.#cutToSize(maxBytes, nowUtcMs);
  }

  /** For `verify`: rows after `seq`, in order, some at a time. */
  rowsAfter(seq: number): EntryRow[] {
    return this.#database.all<EntryRow>(
      `SELECT seq, utc_ms, kind, facts, personal, salt, personal_digest, digest, link, gone
       FROM entry WHERE seq > ? ORDER BY seq LIMIT ?`,
      seq,
      rowsAtOnce,
    );
  }

  /** For `verify`: where the chain begins, as the last cut says; at its first entry where that says nothing any more. */
  beginning(): Anchor {
    const row = this.#database.get<EntryRow>(
      "SELECT * FROM entry WHERE kind = 'cut' AND facts IS NOT NULL ORDER BY seq DESC LIMIT 1",
    );
    if (row === undefined || row.facts === null) return { seq: 0, link: firstLink };
    try {
      const { seq, link } = factsOf('cut', row.facts);
      return { seq: Number(seq), link: Uint8Array.fromHex(String(link)) };
    } catch {
      return { seq: 0, link: firstLink };
    }
  }

  /** Idempotent. */
  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #head(): Anchor {
    const row = this.#database.get<{ seq: number; link: Uint8Array }>(
      'SELECT seq, link FROM entry ORDER BY seq DESC LIMIT 1',
    );
    return row ?? { seq: 0, link: firstLink };
  }

  #insert(head: Anchor, entry: NewEntry): Anchor {
    const seq = head.seq + 1;
    const { kind, utcMs } = entry;
    const facts = JSON.stringify(entry.facts);
    const personal = 'personal' in entry ? JSON.stringify(entry.personal) : null;
    const salt = personal === null ? null : this.#randomBytes(saltBytes);
    const ofPersonal = personal === null || salt === null ? null : personalDigest(salt, personal);
    const digest = entryDigest({ seq, utcMs, kind, facts, personalDigest: ofPersonal });
    const link = linkAfter(head.link, digest);
    this.#database.run(
      `INSERT INTO entry (seq, utc_ms, kind, facts, personal, salt, personal_digest, link)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      utcMs,
      kind,
      facts,
      personal,
      salt,
      ofPersonal,
      link,
    );
    return { seq, link };
  }

  #entry(row: EntryRow): JournalEntry {
    const kind = entryKinds.find((known) => known === row.kind);
    if (kind === undefined) throw new Error(`entry ${row.seq} is of a kind that is not known: ${row.kind}`);
    return {
      seq: row.seq,
      utcMs: row.utc_ms,
      kind,
      facts: row.facts === null ? null : factsOf(kind, row.facts),
      personal: row.personal === null ? null : personalOf(kind, row.personal),
      gone: row.gone === null ? null : row.facts === null ? 'expired' : 'erased',
    };
  }

  #empty(kind: EntryKind, beforeUtcMs: number, nowUtcMs: number): number {
    const rows = this.#database.all<EntryRow>(
      'SELECT * FROM entry WHERE kind = ? AND facts IS NOT NULL AND utc_ms < ? ORDER BY seq LIMIT ?',
      kind,
      beforeUtcMs,
      rowsAtOnce,
    );
    if (rows.length === 0) return 0;
    const facts = { entries: rows.length };
    const { seq: gone } = this.#insert(this.#head(), { kind: 'expiry', utcMs: nowUtcMs, facts });
    for (const row of rows) {
      this.#database.run(
        'UPDATE entry SET facts = NULL, personal = NULL, salt = NULL, digest = ?, gone = ? WHERE seq = ?',
        digestOf(row),
        gone,
        row.seq,
      );
    }
    return rows.length;
  }

  /** Cuts the empty entries at the beginning, with what was said of why they are. */
  #cutEmpty(beforeUtcMs: number, nowUtcMs: number): number {
    const first = this.#database.get<{ seq: number | null }>(
      `SELECT min(seq) AS seq FROM entry
       WHERE facts IS NOT NULL AND NOT (kind IN ('erasure', 'expiry', 'cut') AND utc_ms < ?)`,
      beforeUtcMs,
    )?.seq;
    return first === undefined || first === null ? 0 : this.#cut(first - 1, 'age', nowUtcMs);
  }

  #cutToSize(maxBytes: number, nowUtcMs: number): number {
    let cut = 0;
    // A page is free when its last entry is gone, so the first cut may free less than it should.
    for (let bytes = this.#bytes(); bytes > maxBytes; bytes = this.#bytes()) {
      // A tenth below the limit, so that not every new entry cuts one.
      const share = Math.min(0.9, 1 - (0.9 * maxBytes) / bytes);
      const some = this.#database.write(() => this.#cutShare(share, nowUtcMs));
      if (some === 0) break;
      cut += some;
    }
    return cut;
  }

  #cutShare(share: number, nowUtcMs: number): number {
    const range = this.#database.get<{ first: number | null; last: number | null }>(
      'SELECT min(seq) AS first, max(seq) AS last FROM entry',
    );
    if (range === undefined || range.first === null || range.last === null) return 0;
    const to = range.first + Math.ceil((range.last - range.first) * share);
    return this.#cut(Math.min(to, range.last - 1), 'size', nowUtcMs);
  }

  /** Removes everything up to `seq`, which must not be the newest entry. */
  #cut(seq: number, why: 'age' | 'size', utcMs: number): number {
    const last = this.#database.get<{ link: Uint8Array }>('SELECT link FROM entry WHERE seq = ?', seq);
    if (last === undefined) return 0;
    this.#insert(this.#head(), { kind: 'cut', utcMs, facts: { seq, link: last.link.toHex(), why } });
    return this.#database.run('DELETE FROM entry WHERE seq <= ?', seq);
  }

  #bytes(): number {
    const pragma = (name: string) =>
      this.#database.get<Record<string, number>>(`PRAGMA ${name}`)?.[name] ?? 0;
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }
}

/** The digest of a row, whether its facts are there or gone. */
export function digestOf(row: EntryRow): Uint8Array {
  if (row.facts === null) return row.digest ?? firstLink;
  const { seq, utc_ms: utcMs, kind, facts, personal_digest } = row;
  return entryDigest({ seq, utcMs, kind, facts, personalDigest: personal_digest });
}
