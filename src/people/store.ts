import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { randomBytes as systemRandomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import { openPeopleDatabase, pragmaNumber } from './database.ts';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';
import { StoreKeys } from './keys.ts';
import { nameKey, normaliseName } from './names.ts';
import type { Consent, NewSample, Person, PersonSummary, Sample, SampleKind } from './person.ts';
import {
  openDetails,
  openEmbedding,
  openProfile,
  sealDetails,
  sealEmbedding,
  sealProfile,
} from './sealed-columns.ts';
import { createStateDirectory } from './state-directory.ts';

// STRICT tables hold what these types say.
interface PersonRow {
  subject_id: string;
  wrapped_key: Uint8Array;
  profile: Uint8Array;
  created_utc_ms: number;
  disabled: number;
}
interface SampleRow {
  sample_id: string;
  subject_id: string;
  wrapped_key: Uint8Array;
  kind: SampleKind;
  pipeline_id: string;
  embedding: Uint8Array;
  details: Uint8Array;
  added_utc_ms: number;
}

export interface PeopleStoreOptions {
  /** The state directory (see state-directory.ts); made when absent. */
  readonly directory: string;
  readonly wallClock: Pick<WallClock, 'nowUtcMs'>;
  /** For repeatable subject ids. The system's by default. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

export interface Enrolment {
  readonly person: Person;
  readonly isNew: boolean;
}

/** What an erasure took away: counts only, so that it can be kept. */
export interface ErasureReceipt {
  readonly people: number;
  readonly samples: number;
  /** Pictures and sounds (as keyed hashes) that imports leave out from now on. */
  readonly rememberedContents: number;
  /** False when another process holds the store open in the middle of a read: it is finished at the next open. */
  readonly scrubbed: boolean;
}

/**
 * The one store of people: names, consent, samples of face and voice. SQLite in the state directory (people.db), and
 * the key file (keys). Names, embeddings, qualities and provenance are sealed with a key per person; destroying the
 * key is the erasure, and the sealed bytes are overwritten too.
 *
 * Several processes may have it open; a write waits up to two seconds for another. All calls are synchronous and
 * durable when they return, and throw PeopleStoreError.
 */
export class PeopleStore implements Disposable {
  readonly #path: string;
  readonly #keys: StoreKeys;
  readonly #wallClock: Pick<WallClock, 'nowUtcMs'>;
  readonly #randomBytes: (length: number) => Uint8Array;
  #openDatabase: Database | undefined;
  #ownWrites = 0;

  private constructor(path: string, database: Database, keys: StoreKeys, options: PeopleStoreOptions) {
    this.#path = path;
    this.#openDatabase = database;
    this.#keys = keys;
    this.#wallClock = options.wallClock;
    this.#randomBytes = options.randomBytes ?? systemRandomBytes;
  }

  /** Opens the store, makes it when there is none, and finishes an erasure that was interrupted. */
  static open(options: PeopleStoreOptions): PeopleStore {
    createStateDirectory(options.directory);
    const path = join(options.directory, 'people.db');
    const keyPath = join(options.directory, 'keys');
    const database = openPeopleDatabase(path, (created) => {
      const keys = StoreKeys.read(keyPath) ?? StoreKeys.create(keyPath);
      created.run("INSERT INTO setting VALUES ('key-check', ?)", [keys.tag('key-check', '')]);
    });
    try {
      const keys = StoreKeys.read(keyPath);
      if (keys === undefined) {
        throw new PeopleStoreError(
          'key-missing',
          `${keyPath} is missing: without it the stored people cannot be read. Put it back from a backup, or move ` +
            `${path} aside and enrol anew.`,
        );
      }
      const store = new PeopleStore(path, database, keys, options);
      store.#checkKey(keyPath);
      if (store.#setting('erasure-pending') !== undefined) store.scrub();
      return store;
    } catch (error) {
      database.close();
      throw asPeopleStoreError(error, path);
    }
  }

  /** Everybody, by name. */
  people(): PersonSummary[] {
    const rows = this.#all<PersonRow & { faces: number; voices: number }>(
      `SELECT person.*, count(*) FILTER (WHERE kind = 'face') AS faces,
              count(*) FILTER (WHERE kind = 'voice') AS voices
       FROM person LEFT JOIN sample USING (subject_id) GROUP BY person.subject_id`,
    );
    const byName = new Intl.Collator('en').compare;
    return rows
      .map((row) => ({ ...this.#person(row), faceSamples: row.faces, voiceSamples: row.voices }))
      .sort((a, b) => byName(a.name, b.name));
  }

  /** The person of that name in any spelling of case; undefined when there is none. */
  find(name: string): Person | undefined {
    const tag = this.#nameTag(normaliseName(name));
    const row = this.#get<PersonRow>('SELECT * FROM person WHERE name_tag = ?', tag);
    return row === undefined ? undefined : this.#person(row);
  }

  /** All samples of a person, oldest first. */
  samples(subjectId: string): Sample[] {
    return this.#all<SampleRow>(
      `SELECT sample.*, wrapped_key FROM sample JOIN person USING (subject_id)
       WHERE subject_id = ? ORDER BY added_utc_ms, sample_id`,
      subjectId,
    ).map((row) => this.#sample(row));
  }

  /** The embeddings of one pipeline, those of a person one after the other, people in the order of their ids. */
  embeddings(kind: SampleKind, pipelineId: string): { subjectId: string; embedding: Float32Array }[] {
    const rows = this.#all<Pick<SampleRow, 'sample_id' | 'subject_id' | 'wrapped_key' | 'embedding'>>(
      `SELECT sample_id, subject_id, wrapped_key, embedding FROM sample JOIN person USING (subject_id)
       WHERE kind = ? AND pipeline_id = ? ORDER BY subject_id, sample_id`,
      kind,
      pipelineId,
    );
    let key: Uint8Array | undefined;
    let keyOf = '';
    return rows.map((row) => {
      if (key === undefined || keyOf !== row.subject_id) {
        key = this.#keys.unwrapPersonKey(row.subject_id, row.wrapped_key);
        keyOf = row.subject_id;
      }
      return { subjectId: row.subject_id, embedding: openEmbedding(key, row.sample_id, row.embedding) };
    });
  }

  /** How many samples of a kind each pipeline has. */
  pipelines(kind: SampleKind): { pipelineId: string; samples: number }[] {
    return this.#all<{ pipelineId: string; samples: number }>(
      `SELECT pipeline_id AS pipelineId, count(*) AS samples FROM sample WHERE kind = ?
       GROUP BY pipeline_id ORDER BY pipeline_id`,
      kind,
    );
  }

  /**
   * Adds samples to the person of that name, who is made when new; whole or not at all. A picture the person
   * already has in the same pipeline is not added twice; an explicit source (camera, file) then takes the place of
   * a dataset folder as its origin. A given consent replaces the recorded one, null leaves it.
   *
   * Samples from a dataset whose picture was forgotten throw `forgotten`; an explicit source lifts that.
   */
  enrol(request: {
    name: string;
    consent: Consent | null;
    samples: readonly [NewSample, ...NewSample[]];
  }): Enrolment {
    const name = normaliseName(request.name);
    for (const sample of request.samples) checkEmbedding(sample.embedding);
    return this.#write(() => {
      const before = this.find(name);
      const person = before ?? this.#addPerson(name, request.consent);
      const key = this.#personKey(person.subjectId);
      if (before !== undefined && request.consent !== null) {
        const profile = sealProfile(key, before.subjectId, { name: before.name, consent: request.consent });
        this.#run('UPDATE person SET profile = ? WHERE subject_id = ?', profile, before.subjectId);
      }
      for (const sample of request.samples) this.#addSample(person.subjectId, key, sample);
      return {
        person: { ...person, consent: request.consent ?? person.consent },
        isNew: before === undefined,
      };
    });
  }

  /** Whether the person may be let in. A disabled person is still recognised. */
  setDisabled(subjectId: string, disabled: boolean): void {
    this.#write(() => {
      this.#run('UPDATE person SET disabled = ? WHERE subject_id = ?', disabled ? 1 : 0, subjectId);
    });
  }

  /** The samples of one pipeline that came from this very picture or sound, whoever they belong to. */
  samplesOfContent(kind: SampleKind, pipelineId: string, contentSha256: string): Sample[] {
    return this.#all<SampleRow>(
      `SELECT sample.*, wrapped_key FROM sample JOIN person USING (subject_id)
       WHERE content_tag = ? AND kind = ? AND pipeline_id = ? ORDER BY sample_id`,
      this.#contentTag(contentSha256),
      kind,
      pipelineId,
    ).map((row) => this.#sample(row));
  }

  /** Whether a person was forgotten whose picture or sound this is. */
  isForgotten(contentSha256: string): boolean {
    return (
      this.#get('SELECT 1 FROM forgotten WHERE content_tag = ?', this.#forgottenTag(contentSha256)) !==
      undefined
    );
  }

  /**
   * Erases a person: key, rows, and the bytes they stood in. The pictures and sounds of the samples, and
   * `otherContents` (SHA-256, hex) beside them, are remembered as keyed hashes so that no import brings them back.
   */
  forget(subjectId: string, otherContents: readonly string[] = []): ErasureReceipt {
    const receipt = this.#write(() => {
      const contents = new Set(otherContents);
      for (const contentSha256 of this.#readableContents(subjectId)) contents.add(contentSha256);
      const nowUtcMs = this.#wallClock.nowUtcMs();
      for (const contentSha256 of contents) {
        this.#run(
          'INSERT OR IGNORE INTO forgotten VALUES (?, ?)',
          this.#forgottenTag(contentSha256),
          nowUtcMs,
        );
      }
      const samples = this.#run('DELETE FROM sample WHERE subject_id = ?', subjectId);
      const people = this.#run('DELETE FROM person WHERE subject_id = ?', subjectId);
      this.#run("INSERT OR REPLACE INTO setting VALUES ('erasure-pending', x'01')");
      return { people, samples, rememberedContents: contents.size };
    });
    return { ...receipt, scrubbed: this.scrub() };
  }

  /**
   * Erases the samples of a dataset folder whose picture is no longer there: all but those of `contents`, and of
   * `paths` (in the folder) that could not be read. A person who is left without a sample goes too, unless a
   * consent or a ban is recorded. Nothing is remembered: a picture that is put back is imported again.
   */
  eraseMissing(
    root: string,
    keep: {
      contents: readonly { subjectId: string; contentSha256: string }[];
      paths: readonly string[];
    },
  ): ErasureReceipt {
    const receipt = this.#write(() => {
      const contents = new Set(
        keep.contents.map((c) => `${c.subjectId} ${hex(this.#contentTag(c.contentSha256))}`),
      );
      const paths = new Set(keep.paths.map((path) => hex(this.#pathTag(root, path))));
      const affected = new Set<string>();
      let samples = 0;
      for (const row of this.#all<{
        sample_id: string;
        subject_id: string;
        content_tag: Uint8Array;
        path_tag: Uint8Array;
      }>(
        'SELECT sample_id, subject_id, content_tag, path_tag FROM sample WHERE dataset_tag = ?',
        this.#datasetTag(root),
      )) {
        if (contents.has(`${row.subject_id} ${hex(row.content_tag)}`) || paths.has(hex(row.path_tag)))
          continue;
        samples += this.#run('DELETE FROM sample WHERE sample_id = ?', row.sample_id);
        affected.add(row.subject_id);
      }
      let people = 0;
      for (const subjectId of affected) {
        const [left] = this.#all('SELECT 1 FROM sample WHERE subject_id = ? LIMIT 1', subjectId);
        const row = this.#get<PersonRow>('SELECT * FROM person WHERE subject_id = ?', subjectId);
        if (left !== undefined || row === undefined) continue;
        const person = this.#person(row);
        if (person.consent !== null || person.disabled) continue;
        people += this.#run('DELETE FROM person WHERE subject_id = ?', subjectId);
      }
      if (samples > 0) this.#run("INSERT OR REPLACE INTO setting VALUES ('erasure-pending', x'01')");
      return { people, samples, rememberedContents: 0 };
    });
    return { ...receipt, scrubbed: receipt.samples === 0 || this.scrub() };
  }

  /**
   * Overwrites what earlier erasures left: rebuilds the file (a moved row may leave a copy in a page's free space,
   * which secure_delete does not reach) and empties the write-ahead log. False when a reader in another process
   * stands in the way; the next open tries again.
   *
   * What is out of reach: blocks that the file system or the flash chip has already let go.
   */
  scrub(): boolean {
    return this.#guard(() => {
      try {
        this.#database.run('VACUUM');
      } catch (error) {
        if (asPeopleStoreError(error, this.#path).kind === 'locked') return false;
        throw error;
      }
      const emptied = this.#get<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
      if (emptied?.busy !== 0) return false;
      this.#run("DELETE FROM setting WHERE name = 'erasure-pending'");
      return true;
    });
  }

  /** Differs from an earlier answer when anything was stored or erased since, here or by another process. */
  revision(): string {
    return this.#guard(() => `${pragmaNumber(this.#database, 'data_version')}.${this.#ownWrites}`);
  }

  /** Yields each time the revision has changed, looking every `intervalMs`. Ends by the signal's reason. */
  async *changes(clock: Clock, signal: AbortSignal, intervalMs = 500): AsyncGenerator<void, never> {
    let seen = this.revision();
    while (true) {
      await clock.sleep(intervalMs, signal);
      const now = this.revision();
      if (now !== seen) yield;
      seen = now;
    }
  }

  /** Idempotent; later calls throw `closed`. */
  close(): void {
    this.#openDatabase?.close();
    this.#openDatabase = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkKey(keyPath: string): void {
    const expected = this.#setting('key-check');
    if (expected !== undefined && hex(expected) === hex(this.#keys.tag('key-check', ''))) return;
    throw new PeopleStoreError(
      'key-wrong',
      `${keyPath} is not the key of ${this.#path}. Put both back from one backup, or move both aside and enrol anew.`,
    );
  }

  #setting(name: string): Uint8Array | undefined {
    return this.#get<{ value: Uint8Array }>('SELECT value FROM setting WHERE name = ?', name)?.value;
  }

  #addPerson(name: string, consent: Consent | null): Person {
    const subjectId = this.#newSubjectId();
    const { key, wrapped } = this.#keys.newPersonKey(subjectId);
    const createdAtUtcMs = this.#wallClock.nowUtcMs();
    this.#run(
      'INSERT INTO person (subject_id, name_tag, wrapped_key, profile, created_utc_ms) VALUES (?, ?, ?, ?, ?)',
      subjectId,
      this.#nameTag(name),
      wrapped,
      sealProfile(key, subjectId, { name, consent }),
      createdAtUtcMs,
    );
    return { subjectId, name, createdAtUtcMs, consent, disabled: false };
  }

  #newSubjectId(): string {
    while (true) {
      const subjectId = randomId('p', this.#randomBytes(8));
      const taken = this.#get('SELECT 1 FROM person WHERE subject_id = ?', subjectId);
      if (taken === undefined) return subjectId;
    }
  }

  #addSample(subjectId: string, key: Uint8Array, sample: NewSample): void {
    const { provenance } = sample;
    const contentTag = this.#contentTag(provenance.contentSha256);
    const fromDataset = provenance.source === 'dataset';
    const datasetTag = fromDataset ? this.#datasetTag(provenance.root) : null;
    const pathTag = fromDataset ? this.#pathTag(provenance.root, provenance.path) : null;
    if (!fromDataset) {
      this.#run('DELETE FROM forgotten WHERE content_tag = ?', this.#forgottenTag(provenance.contentSha256));
    } else if (this.isForgotten(provenance.contentSha256)) {
      throw new PeopleStoreError(
        'forgotten',
        'This picture belongs to a person who was forgotten. To take it back on purpose: vigil faces enrol NAME --input FILE.',
      );
    }
    const before = this.#get<{ sample_id: string; dataset_tag: Uint8Array | null }>(
      `SELECT sample_id, dataset_tag FROM sample
       WHERE subject_id = ? AND kind = ? AND pipeline_id = ? AND content_tag = ?`,
      subjectId,
      sample.kind,
      sample.pipelineId,
      contentTag,
    );
    if (before !== undefined) {
      if (fromDataset && before.dataset_tag === null) return;
      this.#run(
        'UPDATE sample SET dataset_tag = ?, path_tag = ?, details = ? WHERE sample_id = ?',
        datasetTag,
        pathTag,
        sealDetails(key, before.sample_id, sample),
        before.sample_id,
      );
      return;
    }
    const sampleId = randomId('s', systemRandomBytes(16));
    this.#run(
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
      this.#wallClock.nowUtcMs(),
    );
  }

  #person(row: PersonRow): Person {
    const key = this.#keys.unwrapPersonKey(row.subject_id, row.wrapped_key);
    return {
      subjectId: row.subject_id,
      ...openProfile(key, row.subject_id, row.profile),
      createdAtUtcMs: row.created_utc_ms,
      disabled: row.disabled !== 0,
    };
  }

  #sample(row: SampleRow): Sample {
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

  #personKey(subjectId: string): Uint8Array {
    const row = this.#get<PersonRow>('SELECT * FROM person WHERE subject_id = ?', subjectId);
    if (row === undefined) throw new PeopleStoreError('io', `There is no person ${subjectId} (any more).`);
    return this.#keys.unwrapPersonKey(subjectId, row.wrapped_key);
  }

  /** The contents of a person's samples. A damaged row must not stop the erasure of the person. */
  #readableContents(subjectId: string): string[] {
    try {
      return this.samples(subjectId).map((sample) => sample.provenance.contentSha256);
    } catch (error) {
      if (error instanceof PeopleStoreError && error.kind === 'corrupt') return [];
      throw error;
    }
  }

  #nameTag(name: string): Uint8Array {
    return this.#keys.tag('name', nameKey(name));
  }

  #contentTag(contentSha256: string): Uint8Array {
    return this.#keys.tag('content', contentSha256);
  }

  #forgottenTag(contentSha256: string): Uint8Array {
    return this.#keys.tag('forgotten', contentSha256);
  }

  #datasetTag(root: string): Uint8Array {
    return this.#keys.tag('dataset', root);
  }

  #pathTag(root: string, path: string): Uint8Array {
    return this.#keys.tag('path', `${root}\0${path}`);
  }

  get #database(): Database {
    if (this.#openDatabase === undefined) {
      throw new PeopleStoreError('closed', 'The store of people was closed.');
    }
    return this.#openDatabase;
  }

  #all<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row[] {
    return this.#guard(() => this.#database.query<Row, SQLQueryBindings[]>(sql).all(...bindings));
  }

  #get<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row | undefined {
    return this.#all<Row>(sql, ...bindings)[0];
  }

  /** Runs a statement; gives the number of rows changed. */
  #run(sql: string, ...bindings: SQLQueryBindings[]): number {
    return this.#guard(() => this.#database.query(sql).run(...bindings).changes);
  }

  /** One transaction: whole or not at all, on disk when it returns. */
  #write<T>(work: () => T): T {
    return this.#guard(() => {
      const result = this.#database.transaction(work).immediate();
      this.#ownWrites++;
      return result;
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asPeopleStoreError(error, this.#path);
    }
  }
}

/** Letters and digits that are not mistaken for each other (Crockford's base 32). */
const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

function randomId(prefix: string, bytes: Uint8Array): string {
  return `${prefix}_${Array.from(bytes, (byte) => idAlphabet[byte % 32]).join('')}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function checkEmbedding(embedding: Float32Array): void {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  if (Number.isFinite(squares) && squares > 0) return;
  throw new PeopleStoreError(
    'sample-invalid',
    'The embedding is empty, zero or not finite: the model is at fault.',
  );
}
