import { z } from 'zod';
import type { DatabaseFile } from '../database/database-file.ts';
import { seal, unseal } from './keys.ts';

/** Where Vigil has put what people are in, outside of the state directory. */
export type MadeFileKind = 'recording' | 'export' | 'backup';

export interface MadeFile {
  readonly fileId: string;
  readonly kind: MadeFileKind;
  /** Absolute: the folder of a recording or export, the file of a backup or what a restored one has put aside. */
  readonly path: string;
  readonly madeAtUtcMs: number;
  /** Who is in it, by subject id, where somebody said so. */
  readonly subjectIds: readonly string[];
}

const kindSchema = z.enum(['recording', 'export', 'backup']);

interface MadeFileRow {
  file_id: string;
  kind: string;
  made_utc_ms: number;
  path: Uint8Array;
  subjects: string | null;
}

/** The list of what was made, so that an erasure finds it. Paths are sealed: they may hold names. */
export class MadeFiles {
  readonly #database: DatabaseFile;
  readonly #key: Uint8Array;

  /** @param key seals what belongs to nobody alone. */
  constructor(database: DatabaseFile, key: Uint8Array) {
    this.#database = database;
    this.#key = key;
  }

  /** In a transaction. */
  note(file: Omit<MadeFile, 'fileId'>): string {
    const fileId = crypto.randomUUID();
    this.#database.run(
      'INSERT INTO made_file VALUES (?, ?, ?, ?)',
      fileId,
      file.kind,
      file.madeAtUtcMs,
      seal(this.#key, Buffer.from(file.path), `path of ${fileId}`),
    );
    for (const subjectId of new Set(file.subjectIds)) {
      this.#database.run('INSERT INTO made_file_person VALUES (?, ?)', fileId, subjectId);
    }
    return fileId;
  }

  /** Oldest first. */
  all(): MadeFile[] {
    return this.#database
      .all<MadeFileRow>(
        `SELECT made_file.*, group_concat(subject_id) AS subjects
         FROM made_file LEFT JOIN made_file_person USING (file_id) GROUP BY file_id ORDER BY made_utc_ms`,
      )
      .map((row) => ({
        fileId: row.file_id,
        kind: kindSchema.parse(row.kind),
        path: Buffer.from(unseal(this.#key, row.path, `path of ${row.file_id}`)).toString(),
        madeAtUtcMs: row.made_utc_ms,
        subjectIds: row.subjects?.split(',') ?? [],
      }));
  }

  /** In a transaction: it is no longer there. */
  drop(fileId: string): void {
    this.#database.run('DELETE FROM made_file WHERE file_id = ?', fileId);
  }
}
