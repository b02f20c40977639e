import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { DatabaseFile } from '../database/database-file.ts';
import { PeopleStoreError } from './errors.ts';
import type { StoreKeys } from './keys.ts';
import type { Consent, NewSample, Person, Sample, SampleKind } from './person.ts';
import {
  openDetails,
  openEmbedding,
  openProfile,
  sealDetails,
  sealEmbedding,
  sealProfile,
} from './sealed-columns.ts';

// STRICT tables hold what these types say.
export interface PersonRow {
  subject_id: string;
  wrapped_key: Uint8Array;
  profile: Uint8Array;
  created_utc_ms: number;
  disabled: number;
}
export interface SampleRow {
  sample_id: string;
  subject_id: string;
  wrapped_key: Uint8Array;
  kind: SampleKind;
  pipeline_id: string;
  embedding: Uint8Array;
  details: Uint8Array;
  added_utc_ms: number;
}

/** The terms of somebody new. */
const atAnyTime = { hours: null, lastDay: null };

/** What the sample of a picture or sound was before an explicit enrolment took it over. */
export interface TakenOver {
  readonly sampleId: string;
  readonly datasetTag: Uint8Array | null;
  readonly pathTag: Uint8Array | null;
  readonly details: Uint8Array;
}

/** What became of a sample that was to be added. */
export interface SampleOutcome {
  /** False where the person had this picture or sound already, in whatever pipeline. */
  readonly isNew: boolean;
  readonly contentTag: Uint8Array;
  readonly takenOver: TakenOver | null;
  /** The tag by which the picture was kept out of imports until now. */
  readonly liftedTag: Uint8Array | null;
}

/** Rows of people and samples, sealed and opened. No method makes a transaction of its own. */
export class PeopleRows {
  readonly #database: DatabaseFile;
  readonly #keys: StoreKeys;
  readonly #randomBytes: (length: number) => Uint8Array;

  constructor(
    database: DatabaseFile,
    keys: StoreKeys,
    randomBytes: (length: number) => Uint8Array = systemRandomBytes,
  ) {
    this.#database = database;
    this.#keys = keys;
    this.#randomBytes = randomBytes;
  }

  person(subjectId: string): Person | undefined {
    const row = this.#row(subjectId);
    return row === undefined ? undefined : this.openPerson(row);
  }

  openPerson(row: PersonRow): Person {
    const key = this.#keys.unwrapPersonKey(row.subject_id, row.wrapped_key);
    return {
      subjectId: row.subject_id,
      ...openProfile(key, row.subject_id, row.profile),
      createdAtUtcMs: row.created_utc_ms,
      disabled: row.disabled !== 0,
    };
  }

  openSample(row: SampleRow): Sample {
    const key = this.#keys.unwrapPersonKey(row.subject_id, row.wrapped_key);
    return {
      sampleId: row.sample_id,
      subjectId: row.subject_id,
      kind: row.kind,
      pipelineId: row.pipeline_id,
      embedding: openEmbedding(key, row.sample_id, row.embedding),
      ...openDetails(key, row.sample_id, row.details),
      addedAtUtcMs: row.added_utc_ms,
    };
  }

  /** Throws PeopleStoreError `io` when there is no such person. */
  personKey(subjectId: string): Uint8Array {
    const row = this.#row(subjectId);
    if (row === undefined) throw new PeopleStoreError('io', `There is no person ${subjectId} (any more).`);
    return this.#keys.unwrapPersonKey(subjectId, row.wrapped_key);
  }

  addPerson(name: string, consent: Consent | null, createdAtUtcMs: number): Person {
    const subjectId = this.#newSubjectId();
    const { key, wrapped } = this.#keys.newPersonKey(subjectId);
    this.#database.run(
      'INSERT INTO person (subject_id, name_tag, wrapped_key, profile, created_utc_ms) VALUES (?, ?, ?, ?, ?)',
      subjectId,
      this.#keys.nameTag(name),
      wrapped,
      sealProfile(key, subjectId, { name, consent, ...atAnyTime }),
      createdAtUtcMs,
    );
    return { subjectId, name, createdAtUtcMs, consent, disabled: false, ...atAnyTime };
  }

  /** Writes everything of a person that can change. */
  setPerson(person: Person): void {
    this.#database.run(
      'UPDATE person SET profile = ?, disabled = ? WHERE subject_id = ?',
      sealProfile(this.personKey(person.subjectId), person.subjectId, person),
      person.disabled ? 1 : 0,
      person.subjectId,
    );
  }

  /** Gives a person another name, which nobody may have. */
  rename(person: Person, name: string): void {
    this.#database.run(
      'UPDATE person SET name_tag = ? WHERE subject_id = ?',
      this.#keys.nameTag(name),
      person.subjectId,
    );
    this.setPerson({ ...person, name });
  }

  removePerson(subjectId: string): number {
    return this.#database.run('DELETE FROM person WHERE subject_id = ?', subjectId);
  }

  hasSamples(subjectId: string): boolean {
    return this.#database.get('SELECT 1 FROM sample WHERE subject_id = ? LIMIT 1', subjectId) !== undefined;
  }

  /** Whether a person was forgotten whose picture or sound this is. */
  isForgotten(contentSha256: string): boolean {
    const tag = this.#keys.forgottenTag(contentSha256);
    return this.#database.get('SELECT 1 FROM forgotten WHERE content_tag = ?', tag) !== undefined;
  }

  /**
   * Adds a sample unless the person has this picture in this pipeline; an explicit source then takes the place of a
   * dataset folder as its origin. Throws `forgotten` for a picture of a dataset that was forgotten; an explicit source
   * lifts that.
   */
  addSample(subjectId: string, sample: NewSample, addedAtUtcMs: number): SampleOutcome {
    const key = this.personKey(subjectId);
    const { provenance } = sample;
    const contentTag = this.#keys.contentTag(provenance.contentSha256);
    const fromDataset = provenance.source === 'dataset';
    const datasetTag = fromDataset ? this.#keys.datasetTag(provenance.root) : null;
    const pathTag = fromDataset ? this.#keys.pathTag(provenance.root, provenance.path) : null;
    const liftedTag = this.#admit(provenance.contentSha256, fromDataset);
    const before = this.#database.get<{
      sample_id: string;
      dataset_tag: Uint8Array | null;
      path_tag: Uint8Array | null;
      details: Uint8Array;
    }>(
      `SELECT sample_id, dataset_tag, path_tag, details FROM sample
       WHERE subject_id = ? AND kind = ? AND pipeline_id = ? AND content_tag = ?`,
      subjectId,
      sample.kind,
      sample.pipelineId,
      contentTag,
    );
    if (before !== undefined) {
      if (fromDataset && before.dataset_tag === null)
        return { isNew: false, contentTag, takenOver: null, liftedTag };
      const takenOver = {
        sampleId: before.sample_id,
        datasetTag: before.dataset_tag,
        pathTag: before.path_tag,
        details: before.details,
      };
      const details = sealDetails(key, before.sample_id, sample);
      this.setOrigin({ sampleId: before.sample_id, datasetTag, pathTag, details });
      return { isNew: false, contentTag, takenOver, liftedTag };
    }
    const isNew = !this.#hasContent(subjectId, sample.kind, contentTag);
    const sampleId = randomId('s', systemRandomBytes(16));
    this.#database.run(
      'INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      sampleId,
      subjectId,
      sample.kind,
      sample.pipelineId,
      contentTag,
      datasetTag,
      pathTag,
      sealEmbedding(key, sampleId, sample.embedding),
      sealDetails(key, sampleId, sample),
      addedAtUtcMs,
    );
    return { isNew, contentTag, takenOver: null, liftedTag };
  }

  setOrigin({ sampleId, datasetTag, pathTag, details }: TakenOver): void {
    this.#database.run(
      'UPDATE sample SET dataset_tag = ?, path_tag = ?, details = ? WHERE sample_id = ?',
      datasetTag,
      pathTag,
      details,
      sampleId,
    );
  }

  #hasContent(subjectId: string, kind: SampleKind, contentTag: Uint8Array): boolean {
    return (
      this.#database.get(
        'SELECT 1 FROM sample WHERE subject_id = ? AND kind = ? AND content_tag = ?',
        subjectId,
        kind,
        contentTag,
      ) !== undefined
    );
  }

  /** The tag that was lifted, if any. */
  #admit(contentSha256: string, fromDataset: boolean): Uint8Array | null {
    if (!fromDataset) {
      const tag = this.#keys.forgottenTag(contentSha256);
      return this.#database.run('DELETE FROM forgotten WHERE content_tag = ?', tag) === 0 ? null : tag;
    }
    if (!this.isForgotten(contentSha256)) return null;
    throw new PeopleStoreError(
      'forgotten',
      'This picture belongs to a person who was forgotten. To take it back on purpose: vigil faces enrol NAME --input FILE.',
    );
  }

  #newSubjectId(): string {
    while (true) {
      const subjectId = randomId('p', this.#randomBytes(8));
      if (this.#row(subjectId) === undefined) return subjectId;
    }
  }

  #row(subjectId: string): PersonRow | undefined {
    return this.#database.get<PersonRow>('SELECT * FROM person WHERE subject_id = ?', subjectId);
  }
}

/** Letters and digits that are not mistaken for each other (Crockford's base 32). */
const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Random, without meaning: `p_` and so many characters. */
export function randomId(prefix: string, bytes: Uint8Array): string {
  return `${prefix}_${Array.from(bytes, (byte) => idAlphabet[byte % 32]).join('')}`;
}
