import { join } from 'node:path';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { DatabaseFile } from '../database/database-file.ts';
import type { Terms } from '../decide/standing.ts';
import { openPeopleDatabase } from './database.ts';
import { PeopleStoreError } from './errors.ts';
import { enrolledChange, PeopleHistory, type PersonChange, type Undone } from './history.ts';
import { StoreKeys, seal, unseal } from './keys.ts';
import { type MadeFile, type MadeFileKind, MadeFiles } from './made-files.ts';
import { normaliseName } from './names.ts';
import { type KeptOriginal, Originals } from './originals.ts';
import {
  type Consent,
  hasTerms,
  type NewSample,
  type Person,
  type PersonSummary,
  type Sample,
  type SampleKind,
} from './person.ts';
import { type ModelsInForce, Reembedding, type SampleToReembed } from './reembedding.ts';
import { PeopleRows, type PersonRow, type SampleRow } from './rows.ts';
import { openEmbedding } from './sealed-columns.ts';
import { createStateDirectory, keyFile } from './state-directory.ts';

export interface PeopleStoreOptions {
  /** The state directory (see state-directory.ts); made when absent. */
  readonly directory: string;
  readonly wallClock: Pick<WallClock, 'nowUtcMs'>;
  /** Who changes people by it, for their history. */
  readonly by?: string;
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
  /**
   * False when the bytes could not be overwritten yet (another process was reading, or the disk is full): the next
   * open does it.
   */
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
  readonly #database: DatabaseFile;
  readonly #keys: StoreKeys;
  readonly #rows: PeopleRows;
  readonly #history: PeopleHistory;
  readonly #originals: Originals;
  readonly #reembedding: Reembedding;
  readonly #madeFiles: MadeFiles;
  readonly #sealingKey: Uint8Array;
  readonly #wallClock: Pick<WallClock, 'nowUtcMs'>;
  readonly #by: string;

  private constructor(database: DatabaseFile, keys: StoreKeys, options: PeopleStoreOptions) {
    this.#database = database;
    this.#keys = keys;
    this.#rows = new PeopleRows(database, keys, options.randomBytes);
    this.#history = new PeopleHistory(database, keys, this.#rows);
    this.#originals = new Originals(database, options.directory);
    this.#reembedding = new Reembedding(database, this.#rows, this.#originals);
    this.#sealingKey = keys.sealingKey;
    this.#madeFiles = new MadeFiles(database, this.#sealingKey);
    this.#wallClock = options.wallClock;
    this.#by = options.by ?? 'the device';
  }

  /** Opens the store, makes it when there is none, and finishes an erasure that was interrupted. */
  static open(options: PeopleStoreOptions): PeopleStore {
    createStateDirectory(options.directory);
    const keyPath = keyFile(options.directory);
    const database = openPeopleDatabase(join(options.directory, 'people.db'), () => ({
      'key-check': (StoreKeys.read(keyPath) ?? StoreKeys.create(keyPath)).checkTag(),
    }));
    try {
      const store = new PeopleStore(database, matchingKeys(database, keyPath), options);
      database.scrub();
      store.#originals.sweep();
      return store;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Everybody, by name. */
  people(): PersonSummary[] {
    const rows = this.#database.all<PersonRow & { faces: number; voices: number }>(
      `SELECT person.*, count(*) FILTER (WHERE kind = 'face') AS faces,
              count(*) FILTER (WHERE kind = 'voice') AS voices
       FROM person LEFT JOIN sample USING (subject_id) GROUP BY person.subject_id`,
    );
    const byName = new Intl.Collator('en').compare;
    return rows
      .map((row) => ({ ...this.#rows.openPerson(row), faceSamples: row.faces, voiceSamples: row.voices }))
      .sort((a, b) => byName(a.name, b.name));
  }

  /** The person of that name in any spelling of case; undefined when there is none. */
  find(name: string): Person | undefined {
    const tag = this.#keys.nameTag(normaliseName(name));
    const row = this.#database.get<PersonRow>('SELECT * FROM person WHERE name_tag = ?', tag);
    return row === undefined ? undefined : this.#rows.openPerson(row);
  }

  /** Undefined when there is no such person (any more). */
  nameOf(subjectId: string): string | undefined {
    return this.#rows.person(subjectId)?.name;
  }

  sampleCount(subjectId: string, kind: SampleKind, pipelineId: string): number {
    const row = this.#database.get<{ samples: number }>(
      'SELECT count(*) AS samples FROM sample WHERE subject_id = ? AND kind = ? AND pipeline_id = ?',
      subjectId,
      kind,
      pipelineId,
    );
    return row?.samples ?? 0;
  }

  /** All samples of a person, oldest first. */
  samples(subjectId: string): Sample[] {
    return this.#database
      .all<SampleRow>(
        `SELECT sample.*, wrapped_key FROM sample JOIN person USING (subject_id)
       WHERE subject_id = ? ORDER BY sample.rowid`,
        subjectId,
      )
      .map((row) => this.#rows.openSample(row));
  }

  /** The pictures and sounds of a person that are kept, oldest first. */
  originals(subjectId: string): KeptOriginal[] {
    return this.#originals.of(subjectId);
  }

  /** Throws `corrupt` when it is gone or was altered. */
  openOriginal(original: KeptOriginal): Uint8Array {
    return this.#originals.bytes(original, this.#rows.personKey(original.subjectId));
  }

  /** The models by which people are recognised; undefined before a device has run. */
  modelsInForce(kind: SampleKind): ModelsInForce | undefined {
    return this.#reembedding.inForce(kind);
  }

  setModelsInForce(kind: SampleKind, models: ModelsInForce): void {
    this.#database.write(() => this.#reembedding.setInForce(kind, models));
  }

  /** Samples whose picture or sound this pipeline has not embedded. */
  samplesToReembed(kind: SampleKind, pipelineId: string): SampleToReembed[] {
    return this.#reembedding.missing(kind, pipelineId);
  }

  /** Adds what another pipeline made of a sample; gives 0 when the sample has gone or is there already. */
  addReembedded(sample: Sample, embedded: Pick<NewSample, 'pipelineId' | 'embedding' | 'quality'>): number {
    checkEmbedding(embedded.embedding);
    return this.#database.write(() => this.#reembedding.add(sample, embedded));
  }

  /** Erases the samples of other pipelines whose picture or sound this one has. */
  retireOtherModels(kind: SampleKind, pipelineId: string): void {
    const retired = this.#database.write(() => {
      const samples = this.#reembedding.retireOthers(kind, pipelineId);
      if (samples > 0) this.#noteErasure();
      return samples;
    });
    if (retired > 0) this.#scrub();
  }

  /** The kinds of which a person has samples, and none that the models in force can compare. */
  unknownTo(subjectId: string): SampleKind[] {
    return this.#reembedding.unknownTo(subjectId);
  }

  /** The embeddings of one pipeline, those of a person one after the other, people in the order of their ids. */
  embeddings(kind: SampleKind, pipelineId: string): { subjectId: string; embedding: Float32Array }[] {
    const rows = this.#database.all<
      Pick<SampleRow, 'sample_id' | 'subject_id' | 'wrapped_key' | 'embedding'>
    >(
      `SELECT sample_id, subject_id, wrapped_key, embedding FROM sample JOIN person USING (subject_id)
       WHERE kind = ? AND pipeline_id = ? ORDER BY subject_id, sample.rowid`,
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
    return this.#database.all<{ pipelineId: string; samples: number }>(
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
    /** Who does it, for the history; whoever opened the store by default. */
    by?: string;
  }): Enrolment {
    const name = normaliseName(request.name);
    for (const sample of request.samples) checkEmbedding(sample.embedding);
    return this.#database.write(() => {
      const nowUtcMs = this.#wallClock.nowUtcMs();
      const before = this.find(name);
      const { subjectId } = before ?? this.#rows.addPerson(name, request.consent, nowUtcMs);
      if (before !== undefined && request.consent !== null) {
        this.#rows.setPerson({ ...before, consent: request.consent });
      }
      const key = this.#rows.personKey(subjectId);
      const outcomes = request.samples.map((sample) => {
        const { kind, original } = sample;
        const outcome = this.#rows.addSample(subjectId, sample, nowUtcMs);
        const { contentTag } = outcome;
        if (original !== undefined) {
          this.#originals.keep({ subjectId, key, kind, contentTag }, original, nowUtcMs);
        }
        return { kind, ...outcome };
      });
      const [{ kind, provenance }] = request.samples;
      const done =
        provenance.source === 'dataset'
          ? ({ action: 'imported', kind } as const)
          : enrolledChange(outcomes, before);
      this.#history.record(subjectId, done, request.by ?? this.#by, nowUtcMs);
      return { person: this.#person(subjectId), isNew: before === undefined };
    });
  }

  /** The person of that name, who is made when new, without samples: somebody whom a trained network knows. */
  add(name: string): Person {
    const normal = normaliseName(name);
    return this.#database.write(
      () => this.find(normal) ?? this.#rows.addPerson(normal, null, this.#wallClock.nowUtcMs()),
    );
  }

  /**
   * When the person is let in, and whether at all; what is not given stays. A disabled person is still recognised.
   * Nothing happens where there is no such person.
   */
  setTerms(subjectId: string, terms: Partial<Terms>): void {
    this.#database.write(() => {
      const person = this.#rows.person(subjectId);
      if (person === undefined) return;
      const { disabled, hours, lastDay } = person;
      const before = { disabled, hours, lastDay };
      const after = { ...before, ...terms };
      if (Bun.deepEquals(before, after)) return;
      this.#rows.setPerson({ ...person, ...after });
      const done = { action: 'terms-changed', before, after } as const;
      this.#history.record(subjectId, done, this.#by, this.#wallClock.nowUtcMs());
    });
  }

  /** What the person has agreed to, and until when. Nothing happens where there is no such person. */
  setConsent(subjectId: string, consent: Consent | null): void {
    this.#database.write(() => {
      const person = this.#rows.person(subjectId);
      if (person === undefined || Bun.deepEquals(person.consent, consent)) return;
      this.#rows.setPerson({ ...person, consent });
      const done = { action: 'consent-changed', before: person.consent, after: consent } as const;
      this.#history.record(subjectId, done, this.#by, this.#wallClock.nowUtcMs());
    });
  }

  /** Gives a person another name. Throws `name-invalid`, and `name-taken` where somebody else has it. */
  rename(subjectId: string, name: string): void {
    const normal = normaliseName(name);
    this.#database.write(() => {
      const person = this.#person(subjectId);
      const other = this.find(normal);
      if (other !== undefined && other.subjectId !== subjectId) {
        throw new PeopleStoreError('name-taken', `Somebody is known as ${other.name} already.`);
      }
      if (person.name === normal) return;
      this.#rows.rename(person, normal);
      const done = { action: 'renamed', before: person.name } as const;
      this.#history.record(subjectId, done, this.#by, this.#wallClock.nowUtcMs());
    });
  }

  /** Erases what was done to people before that time: it can be undone no more. */
  pruneHistory(beforeUtcMs: number): void {
    const pruned = this.#database.write(() => {
      const changes = this.#history.prune(beforeUtcMs);
      if (changes > 0) this.#noteErasure();
      return changes;
    });
    if (pruned > 0) this.#scrub();
  }

  /** Takes a sample away; `undo` brings it back. */
  removeSample(sample: Sample): void {
    this.#database.write(() => this.#history.removeSample(sample, this.#by, this.#wallClock.nowUtcMs()));
  }

  /** What was done to everybody, or to one person, newest first. */
  history(subjectId?: string): PersonChange[] {
    return this.#history.list(subjectId);
  }

  /** What `undo` would undo. */
  newestUndoable(subjectId?: string): PersonChange | undefined {
    return this.#history.newestUndoable(subjectId);
  }

  /**
   * Undoes the newest change that can be undone and is not, of everybody or of one person: an enrolment, changed terms,
   * a sample taken away. Undefined when there is none. What it erases is erased as `forget` does.
   */
  undo(subjectId?: string): Undone | undefined {
    const undone = this.#database.write(() => {
      const change = this.#history.newestUndoable(subjectId);
      if (change === undefined) return undefined;
      const result = this.#history.undo(change, this.#by, this.#wallClock.nowUtcMs());
      if (result.samplesRemoved > 0 || result.personErased) this.#noteErasure();
      return result;
    });
    this.#scrub();
    return undone;
  }

  /** The samples of one pipeline that came from this very picture or sound, whoever they belong to. */
  samplesOfContent(kind: SampleKind, pipelineId: string, contentSha256: string): Sample[] {
    return this.#database
      .all<SampleRow>(
        `SELECT sample.*, wrapped_key FROM sample JOIN person USING (subject_id)
       WHERE content_tag = ? AND kind = ? AND pipeline_id = ? ORDER BY sample.rowid`,
        this.#keys.contentTag(contentSha256),
        kind,
        pipelineId,
      )
      .map((row) => this.#rows.openSample(row));
  }

  /** Whether a person was forgotten whose picture or sound this is. */
  isForgotten(contentSha256: string): boolean {
    return this.#rows.isForgotten(contentSha256);
  }

  /**
   * Erases a person: key, rows, and the bytes they stood in. The pictures and sounds of the samples, and
   * `otherContents` (SHA-256, hex) beside them, are remembered as keyed hashes so that no import brings them back.
   */
  forget(subjectId: string, otherContents: readonly string[] = []): ErasureReceipt {
    const receipt = this.#database.write(() => {
      const contents = new Set(otherContents);
      for (const contentSha256 of this.#readableContents(subjectId)) contents.add(contentSha256);
      const nowUtcMs = this.#wallClock.nowUtcMs();
      for (const contentSha256 of contents) {
        this.#database.run(
          'INSERT OR IGNORE INTO forgotten VALUES (?, ?)',
          this.#keys.forgottenTag(contentSha256),
          nowUtcMs,
        );
      }
      const samples = this.#database.run('DELETE FROM sample WHERE subject_id = ?', subjectId);
      const people = this.#rows.removePerson(subjectId);
      this.#noteErasure();
      return { people, samples, rememberedContents: contents.size };
    });
    return { ...receipt, scrubbed: this.#scrub() };
  }

  /**
   * Erases the samples of a dataset folder whose picture is no longer there: all but those of `contents`, and of
   * `paths` (in the folder) that could not be read. A person who is left without a sample goes too, unless a
   * consent or terms are recorded. Nothing is remembered: a picture that is put back is imported again.
   */
  eraseMissing(
    root: string,
    keep: {
      contents: readonly { subjectId: string; contentSha256: string }[];
      paths: readonly string[];
    },
  ): ErasureReceipt {
    const receipt = this.#database.write(() => {
      const contents = new Set(
        keep.contents.map((c) => `${c.subjectId} ${hex(this.#keys.contentTag(c.contentSha256))}`),
      );
      const paths = new Set(keep.paths.map((path) => hex(this.#keys.pathTag(root, path))));
      const affected = new Set<string>();
      let samples = 0;
      for (const row of this.#database.all<{
        sample_id: string;
        subject_id: string;
        kind: SampleKind;
        content_tag: Uint8Array;
        path_tag: Uint8Array;
      }>(
        'SELECT sample_id, subject_id, kind, content_tag, path_tag FROM sample WHERE dataset_tag = ?',
        this.#keys.datasetTag(root),
      )) {
        if (contents.has(`${row.subject_id} ${hex(row.content_tag)}`) || paths.has(hex(row.path_tag)))
          continue;
        samples += this.#database.run('DELETE FROM sample WHERE sample_id = ?', row.sample_id);
        affected.add(row.subject_id);
        const done = { action: 'file-gone', kind: row.kind } as const;
        this.#history.record(row.subject_id, done, this.#by, this.#wallClock.nowUtcMs());
      }
      let people = 0;
      for (const subjectId of affected) {
        const person = this.#rows.person(subjectId);
        if (person === undefined || this.#rows.hasSamples(subjectId)) continue;
        if (person.consent === null && !hasTerms(person)) people += this.#rows.removePerson(subjectId);
      }
      if (samples > 0) this.#noteErasure();
      return { people, samples, rememberedContents: 0 };
    });
    return { ...receipt, scrubbed: receipt.samples === 0 || this.#scrub() };
  }

  /** Finishes overwriting what erasures have left; false when that cannot be yet. */
  scrub(): boolean {
    return this.#scrub();
  }

  /** Remembers something that was made outside of the state directory, and who is in it, so that `forget` finds it. */
  noteMadeFile(kind: MadeFileKind, path: string, subjectIds: readonly string[]): void {
    const madeAtUtcMs = this.#wallClock.nowUtcMs();
    this.#database.write(() => this.#madeFiles.note({ kind, path, madeAtUtcMs, subjectIds }));
  }

  /** Oldest first. */
  madeFiles(): MadeFile[] {
    return this.#madeFiles.all();
  }

  dropMadeFile(fileId: string): void {
    this.#database.write(() => this.#madeFiles.drop(fileId));
  }

  /** Seals bytes that belong to no person alone, to be kept beside the store. */
  sealForAll(plain: Uint8Array, context: string): Uint8Array {
    return seal(this.#sealingKey, plain, context);
  }

  /** Throws `corrupt` when they are not those of `sealForAll`. */
  openForAll(sealed: Uint8Array, context: string): Uint8Array {
    return unseal(this.#sealingKey, sealed, context);
  }

  /** Differs from an earlier answer when anything was stored or erased since, here or by another process. */
  revision(): string {
    return this.#database.revision();
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
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** In the transaction that erases something. */
  #noteErasure(): void {
    this.#originals.dropUnused();
    this.#database.noteErasure();
  }

  /** After it. False when bytes could not be overwritten yet. */
  #scrub(): boolean {
    this.#originals.sweep();
    return this.#database.scrub();
  }

  #person(subjectId: string): Person {
    const person = this.#rows.person(subjectId);
    if (person === undefined) throw new PeopleStoreError('io', `There is no person ${subjectId} (any more).`);
    return person;
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
}

function matchingKeys(database: DatabaseFile, keyPath: string): StoreKeys {
  const keys = StoreKeys.read(keyPath);
  if (keys === undefined) {
    throw new PeopleStoreError(
      'key-missing',
      `${keyPath} is missing: without it the stored people cannot be read. Put it back from a backup, or move ` +
        `${database.path} aside and enrol anew.`,
    );
  }
  const expected = database.setting('key-check');
  if (expected === undefined || hex(expected) !== hex(keys.checkTag())) {
    throw new PeopleStoreError(
      'key-wrong',
      `${keyPath} is not the key of ${database.path}. Put both back from one backup, or move both aside and enrol anew.`,
    );
  }
  return keys;
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
