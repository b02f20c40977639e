import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DatabaseFile } from '../database/database-file.ts';
import { writeDurably } from './durable-file.ts';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';
import { seal, unseal } from './keys.ts';
import type { Original, SampleKind } from './person.ts';

const mediaTypeSchema = z.enum(['image/jpeg', 'audio/wav']);

/** What is known of a kept original without opening it. */
export interface KeptOriginal {
  readonly originalId: string;
  readonly subjectId: string;
  readonly kind: SampleKind;
  readonly mediaType: Original['mediaType'];
  readonly addedAtUtcMs: number;
}

interface OriginalRow {
  original_id: string;
  subject_id: string;
  kind: SampleKind;
  media_type: string;
  added_utc_ms: number;
}

/**
 * The pictures and sounds that samples were made of, where they are kept: a sealed file each in the folder `originals`,
 * so that the database stays small. A file is written before the row that names it and deleted after it, both under
 * the write lock; a file without a row is what a crash has left, and goes.
 */
export class Originals {
  readonly #database: DatabaseFile;
  readonly #folder: string;

  constructor(database: DatabaseFile, stateDirectory: string) {
    this.#database = database;
    this.#folder = join(stateDirectory, 'originals');
  }

  /** In a transaction. Keeps it unless the person's original of this picture or sound is there. */
  keep(
    owner: { subjectId: string; key: Uint8Array; kind: SampleKind; contentTag: Uint8Array },
    original: Original,
    addedAtUtcMs: number,
  ): void {
    const { subjectId, key, kind, contentTag } = owner;
    const known = this.#database.get(
      'SELECT 1 FROM original WHERE subject_id = ? AND kind = ? AND content_tag = ?',
      subjectId,
      kind,
      contentTag,
    );
    if (known !== undefined) return;
    const originalId = `o_${crypto.randomUUID()}`;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeDurably(join(this.#folder, originalId), seal(key, original.bytes, contextOf(originalId)));
    this.#database.run(
      'INSERT INTO original VALUES (?, ?, ?, ?, ?, ?)',
      originalId,
      subjectId,
      kind,
      contentTag,
      original.mediaType,
      addedAtUtcMs,
    );
  }

  /** Oldest first. */
  of(subjectId: string): KeptOriginal[] {
    return this.#database
      .all<OriginalRow>('SELECT * FROM original WHERE subject_id = ? ORDER BY rowid', subjectId)
      .map(opened);
  }

  /** The one that a sample was made of; undefined when it was not kept. */
  ofContent(subjectId: string, kind: SampleKind, contentTag: Uint8Array): KeptOriginal | undefined {
    const row = this.#database.get<OriginalRow>(
      'SELECT * FROM original WHERE subject_id = ? AND kind = ? AND content_tag = ?',
      subjectId,
      kind,
      contentTag,
    );
    return row === undefined ? undefined : opened(row);
  }

  /** Throws PeopleStoreError `corrupt` when the file is gone or does not open. */
  bytes({ originalId }: KeptOriginal, key: Uint8Array): Uint8Array {
    const path = join(this.#folder, originalId);
    try {
      return unseal(key, readFileSync(path), contextOf(originalId));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
        throw asPeopleStoreError(error, path);
      }
      const message = `${path} is missing: what was kept there cannot be embedded again. Enrol the person anew.`;
      throw new PeopleStoreError('corrupt', message, { cause: error });
    }
  }

  /** In a transaction: lets go of originals without a sample, also one that could be brought back. */
  dropUnused(): number {
    const unused = ['sample', 'removed_sample'].map(
      (table) =>
        `NOT EXISTS (SELECT 1 FROM ${table} AS s WHERE s.subject_id = original.subject_id AND s.kind = original.kind
           AND s.content_tag = original.content_tag)`,
    );
    return this.#database.run(`DELETE FROM original WHERE ${unused.join(' AND ')}`);
  }

  /** Deletes the files that no row names. Not in a transaction. */
  sweep(): void {
    // Only what still has no row under the lock: another process may be about to name it.
    if (this.#unnamed().length > 0) this.#database.write(() => this.#unnamed().forEach(unlinkSync));
  }

  #unnamed(): string[] {
    if (!existsSync(this.#folder)) return [];
    const named = new Set(
      this.#database.all<{ id: string }>('SELECT original_id AS id FROM original').map(({ id }) => id),
    );
    return readdirSync(this.#folder)
      .filter((name) => !named.has(name))
      .map((name) => join(this.#folder, name));
  }
}

function opened(row: OriginalRow): KeptOriginal {
  return {
    originalId: row.original_id,
    subjectId: row.subject_id,
    kind: row.kind,
    mediaType: mediaTypeSchema.parse(row.media_type),
    addedAtUtcMs: row.added_utc_ms,
  };
}

function contextOf(originalId: string): string {
  return `original ${originalId}`;
}
