import { Database } from 'bun:sqlite';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../../src/people/person.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample, sha256, unitEmbedding } from './samples.ts';
import { openStore } from './temporary.ts';

export const name = 'Wilhelmina Überzwerg';
export const path = 'Wilhelmina Überzwerg/birthday.jpg';
/** What stands for a picture that was kept. */
const portrait = Buffer.from('every byte of the portrait that was kept of her');

/** Everything by which a person could be found in a file. */
export function searches(directory: string, sample: Sample): Record<string, Buffer> {
  const database = new Database(join(directory, 'people.db'), { readonly: true });
  const sealed = database
    .query<Record<string, Uint8Array>, [string]>(
      `SELECT profile, wrapped_key, name_tag, embedding, details, content_tag, path_tag
       FROM person JOIN sample USING (subject_id) WHERE sample_id = ?`,
    )
    .get(sample.sampleId);
  const others = database
    .query<{ what: string; bytes: Uint8Array }, [string]>(
      `SELECT 'change ' || change_id AS what, change AS bytes FROM change WHERE subject_id = ?1
       UNION ALL SELECT 'removed embedding', embedding FROM removed_sample WHERE subject_id = ?1
       UNION ALL SELECT 'removed details', details FROM removed_sample WHERE subject_id = ?1`,
    )
    .all(sample.subjectId);
  const originals = database
    .query<{ id: string }, [string]>('SELECT original_id AS id FROM original WHERE subject_id = ?')
    .all(sample.subjectId);
  database.close();
  const floats = Buffer.from(sample.embedding.buffer);
  return {
    'name, UTF-8': Buffer.from(name),
    'name, UTF-16': Buffer.from(name, 'utf16le'),
    'name, lower case': Buffer.from(name.toLowerCase()),
    'path, UTF-8': Buffer.from(path),
    'path, UTF-16': Buffer.from(path, 'utf16le'),
    'subject id': Buffer.from(sample.subjectId),
    'sample id': Buffer.from(sample.sampleId),
    'embedding, raw': floats.subarray(0, 24),
    'embedding, base64': Buffer.from(floats.toString('base64').slice(0, 32)),
    'embedding, hex': Buffer.from(floats.toString('hex').slice(0, 32)),
    'embedding, JSON': Buffer.from(JSON.stringify([...sample.embedding.slice(0, 3)]).slice(1, -1)),
    'content hash, hex': Buffer.from(sample.provenance.contentSha256),
    'content hash, raw': Buffer.from(sample.provenance.contentSha256, 'hex'),
    picture: portrait,
    'picture, base64': Buffer.from(portrait.toString('base64').slice(0, 48)),
    ...Object.fromEntries(
      Object.entries(sealed ?? {}).map(([column, bytes]) => [`sealed ${column}`, Buffer.from(bytes)]),
    ),
    ...Object.fromEntries(others.map(({ what, bytes }) => [`sealed ${what}`, Buffer.from(bytes)])),
    ...Object.fromEntries(
      originals.flatMap(({ id }) => [
        [`original ${id} id`, Buffer.from(id)],
        [`sealed original ${id}`, readFileSync(join(directory, 'originals', id))],
      ]),
    ),
  };
}

/** What of that is in the files of a folder, or in their names. */
export function found(directory: string, wanted: Record<string, Buffer>): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const named = Buffer.from(entry.name);
    const file = join(entry.parentPath, entry.name);
    const bytes = entry.isFile() ? readFileSync(file) : named;
    return Object.entries(wanted)
      .filter(([, needle]) => bytes.includes(needle) || named.includes(needle))
      .map(([what]) => `${what} in ${file}`);
  });
}

/**
 * A store with the person in the middle of others, so that rows have moved between pages: one sample from a folder, one
 * with its picture, one that was removed.
 */
export function storeWithPerson(directory: string): { store: PeopleStore; sample: Sample } {
  const store = openStore(directory);
  const enrolOthers = (from: number) => {
    for (let i = from; i < from + 30; i++) {
      store.enrol({ name: `Other ${i}`, consent, samples: [faceSample(i)] });
    }
  };
  enrolOthers(0);
  const provenance = { source: 'dataset', root: '/data', path, contentSha256: sha256('birthday') } as const;
  const { person } = store.enrol({
    name,
    consent,
    samples: [faceSample(1000, { provenance, embedding: unitEmbedding(1000) })],
  });
  const original = { mediaType: 'image/jpeg', bytes: portrait } as const;
  store.enrol({ name, consent, samples: [faceSample(1001, { original }), faceSample(1002)] });
  enrolOthers(100);
  store.setTerms(person.subjectId, { lastDay: '2031-01-31' });
  const samples = store.samples(person.subjectId);
  const sample = samples.find((s) => s.provenance.source === 'dataset');
  const last = samples.at(-1);
  if (sample === undefined || last === undefined) throw new Error('the samples were not stored');
  store.removeSample(last);
  return { store, sample };
}
