import { z } from 'zod';
import type { DatabaseFile } from '../database/database-file.ts';
import type { StoreKeys } from './keys.ts';
import type { Person, Sample } from './person.ts';
import type { PeopleRows, PersonRow, SampleOutcome } from './rows.ts';
import { consentSchema, openJson, sealJson, termsSchema } from './sealed-columns.ts';

const bytes = z.codec(
  z.base64(),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: (text) => new Uint8Array(Buffer.from(text, 'base64')),
    encode: (plain) => Buffer.from(plain).toString('base64'),
  },
);
const kind = z.enum(['face', 'voice']);

/**
 * What was done to a person, with what is needed to undo it: samples by the tag of their picture or sound, so that it
 * holds when they were embedded anew since.
 */
const doneSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('enrolled'),
    isNew: z.boolean(),
    consentBefore: consentSchema.nullable(),
    added: z.array(z.strictObject({ kind, contentTag: bytes })),
    takenOver: z.array(
      z.strictObject({
        sampleId: z.string(),
        datasetTag: bytes.nullable(),
        pathTag: bytes.nullable(),
        details: bytes,
      }),
    ),
    liftedTags: z.array(bytes),
  }),
  z.strictObject({ action: z.literal('terms-changed'), before: termsSchema, after: termsSchema }),
  z.strictObject({
    action: z.literal('consent-changed'),
    before: consentSchema.nullable(),
    after: consentSchema.nullable(),
  }),
  z.strictObject({ action: z.literal('sample-removed'), kind }),
  z.strictObject({ action: z.literal('renamed'), before: z.string() }),
  // What an import does is undone in its folder.
  z.strictObject({ action: z.literal('imported'), kind }),
  z.strictObject({ action: z.literal('file-gone'), kind }),
  z.strictObject({ action: z.literal('undone'), changeId: z.int() }),
]);
const changeSchema = z.strictObject({ by: z.string(), done: doneSchema });

type Done = z.output<typeof doneSchema>;
export type PersonAction = Done['action'];

/** Only these can be undone. */
const undoable: ReadonlySet<PersonAction> = new Set([
  'enrolled',
  'terms-changed',
  'consent-changed',
  'sample-removed',
]);

/** One change of what is stored about a person. */
export interface PersonChange {
  readonly changeId: number;
  readonly subjectId: string;
  readonly name: string;
  readonly atUtcMs: number;
  /** Who did it: a user of this system, or `the device`. */
  readonly by: string;
  readonly done: Done;
  readonly isUndone: boolean;
}

export interface Undone {
  readonly change: PersonChange;
  readonly samplesRemoved: number;
  readonly samplesRestored: number;
  /** The person was made by what was undone, and is erased. */
  readonly personErased: boolean;
}

interface ChangeRow extends PersonRow {
  change_id: number;
  at_utc_ms: number;
  change: Uint8Array;
  is_undone: number;
}

/**
 * What was done to people, newest last, sealed with their keys: it goes with the person. No method makes a transaction
 * of its own.
 */
export class PeopleHistory {
  readonly #database: DatabaseFile;
  readonly #keys: StoreKeys;
  readonly #rows: PeopleRows;

  constructor(database: DatabaseFile, keys: StoreKeys, rows: PeopleRows) {
    this.#database = database;
    this.#keys = keys;
    this.#rows = rows;
  }

  /** Gives the number of the change. */
  record(subjectId: string, done: Done, by: string, atUtcMs: number): number {
    const changeId =
      (this.#database.get<{ last: number | null }>('SELECT max(change_id) AS last FROM change')?.last ?? 0) +
      1;
    const key = this.#rows.personKey(subjectId);
    this.#database.run(
      'INSERT INTO change (change_id, subject_id, at_utc_ms, is_undoable, change) VALUES (?, ?, ?, ?, ?)',
      changeId,
      subjectId,
      atUtcMs,
      undoable.has(done.action) ? 1 : 0,
      sealJson(key, z.encode(changeSchema, { by, done }), contextOf(changeId, subjectId)),
    );
    return changeId;
  }

  /** Newest first; of everybody when no person is given. */
  list(subjectId?: string): PersonChange[] {
    const only = subjectId === undefined ? '' : 'WHERE subject_id = ?';
    return this.#database
      .all<ChangeRow>(
        `SELECT * FROM change JOIN person USING (subject_id) ${only} ORDER BY change_id DESC`,
        ...(subjectId === undefined ? [] : [subjectId]),
      )
      .map((row) => this.#open(row));
  }

  /** The newest change that can be undone, of everybody or of one person. */
  newestUndoable(subjectId?: string): PersonChange | undefined {
    const only = subjectId === undefined ? '' : 'AND subject_id = ?';
    const row = this.#database.get<ChangeRow>(
      `SELECT * FROM change JOIN person USING (subject_id) WHERE is_undoable = 1 AND is_undone = 0 ${only}
       ORDER BY change_id DESC LIMIT 1`,
      ...(subjectId === undefined ? [] : [subjectId]),
    );
    return row === undefined ? undefined : this.#open(row);
  }

  /** Takes a sample away; it stays with the change until that is undone or forgotten. */
  removeSample(sample: Sample, by: string, atUtcMs: number): void {
    const { subjectId, sampleId } = sample;
    const changeId = this.record(subjectId, { action: 'sample-removed', kind: sample.kind }, by, atUtcMs);
    this.#database.run(
      'INSERT INTO removed_sample SELECT ?, sample.* FROM sample WHERE sample_id = ?',
      changeId,
      sampleId,
    );
    this.#database.run('DELETE FROM sample WHERE sample_id = ?', sampleId);
  }

  /** Lets go of older changes, and of the samples that they could bring back; gives how many. */
  prune(beforeUtcMs: number): number {
    return this.#database.run('DELETE FROM change WHERE at_utc_ms < ?', beforeUtcMs);
  }

  /** Undoes a change; when samples went with it, their bytes are to be scrubbed. */
  undo(change: PersonChange, by: string, atUtcMs: number): Undone {
    const { changeId, subjectId, done } = change;
    this.#database.run('UPDATE change SET is_undone = 1 WHERE change_id = ?', changeId);
    const undone = { change, samplesRemoved: 0, samplesRestored: 0, personErased: false };
    switch (done.action) {
      case 'enrolled':
        undone.samplesRemoved = this.#unenrol(subjectId, done);
        undone.personErased = done.isNew && !this.#rows.hasSamples(subjectId);
        break;
      case 'terms-changed':
        this.#rows.setPerson({ ...this.#person(subjectId), ...done.before });
        break;
      case 'consent-changed':
        this.#rows.setPerson({ ...this.#person(subjectId), consent: done.before });
        break;
      case 'sample-removed':
        undone.samplesRestored = this.#restore(changeId);
        break;
      default:
        throw new RangeError(`${done.action} cannot be undone`);
    }
    if (undone.personErased) this.#rows.removePerson(subjectId);
    else this.record(subjectId, { action: 'undone', changeId }, by, atUtcMs);
    return undone;
  }

  #unenrol(subjectId: string, done: Extract<Done, { action: 'enrolled' }>): number {
    let removed = 0;
    for (const sample of done.added) {
      removed += this.#database.run(
        'DELETE FROM sample WHERE subject_id = ? AND kind = ? AND content_tag = ?',
        subjectId,
        sample.kind,
        sample.contentTag,
      );
    }
    for (const origin of done.takenOver) this.#rows.setOrigin(origin);
    for (const tag of done.liftedTags) {
      this.#database.run('INSERT OR IGNORE INTO forgotten VALUES (?, 0)', tag);
    }
    this.#rows.setPerson({ ...this.#person(subjectId), consent: done.consentBefore });
    return removed;
  }

  #restore(changeId: number): number {
    const columns = `sample_id, subject_id, kind, pipeline_id, content_tag, dataset_tag, path_tag, embedding, details,
      added_utc_ms`;
    // An import may have brought the picture back.
    const restored = this.#database.run(
      `INSERT OR IGNORE INTO sample SELECT ${columns} FROM removed_sample WHERE change_id = ?`,
      changeId,
    );
    this.#database.run('DELETE FROM removed_sample WHERE change_id = ?', changeId);
    return restored;
  }

  #person(subjectId: string): Person {
    const person = this.#rows.person(subjectId);
    if (person === undefined) throw new RangeError(`there is no person ${subjectId}`);
    return person;
  }

  #open(row: ChangeRow): PersonChange {
    const { subject_id: subjectId, change_id: changeId } = row;
    const key = this.#keys.unwrapPersonKey(subjectId, row.wrapped_key);
    const { by, done } = openJson(changeSchema, key, row.change, contextOf(changeId, subjectId));
    return {
      changeId,
      subjectId,
      name: this.#rows.openPerson(row).name,
      atUtcMs: row.at_utc_ms,
      by,
      done,
      isUndone: row.is_undone !== 0,
    };
  }
}

/** What an enrolment did to the samples of a person, to be recorded. */
export function enrolledChange(
  outcomes: readonly (SampleOutcome & { readonly kind: Sample['kind']; readonly contentTag: Uint8Array })[],
  before: Person | undefined,
): Done {
  return {
    action: 'enrolled',
    isNew: before === undefined,
    consentBefore: before?.consent ?? null,
    added: outcomes.flatMap(({ isNew, kind: ofKind, contentTag }) =>
      isNew ? [{ kind: ofKind, contentTag }] : [],
    ),
    takenOver: outcomes.flatMap(({ takenOver }) => takenOver ?? []),
    liftedTags: outcomes.flatMap(({ liftedTag }) => liftedTag ?? []),
  };
}

function contextOf(changeId: number, subjectId: string): string {
  return `change ${changeId} of ${subjectId}`;
}
