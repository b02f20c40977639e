import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample, sha256 } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const actions = (store: PeopleStore) => store.history().map(({ done }) => done.action);

test('a history says who did what to whom, newest first, and a person’s own is part of it', () => {
  const store = openStore(temporaryFolder());
  const { person: ana } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.enrol({ name: 'Eva', consent, samples: [faceSample(2)] });
  store.setTerms(ana.subjectId, { disabled: true });
  expect(store.history().map(({ name, by, done }) => [name, by, done.action])).toEqual([
    ['Ana', 'the device', 'terms-changed'],
    ['Eva', 'the device', 'enrolled'],
    ['Ana', 'the device', 'enrolled'],
  ]);
  expect(store.history(ana.subjectId)).toHaveLength(2);
});

test('terms that stay as they are are no change', () => {
  const store = openStore(temporaryFolder());
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.setTerms(person.subjectId, { disabled: false, lastDay: null });
  expect(actions(store)).toEqual(['enrolled']);
});

test('an enrolment that is undone takes its samples, its consent and a new person with it', () => {
  const store = openStore(temporaryFolder());
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const later = { ...consent, textVersion: '2' };
  store.enrol({ name: 'Ana', consent: later, samples: [faceSample(2), faceSample(3)] });
  expect(store.undo()).toMatchObject({ samplesRemoved: 2, personErased: false });
  const ana = store.find('Ana');
  expect(ana?.consent).toEqual(consent);
  expect(store.samples(ana?.subjectId ?? '')).toHaveLength(1);
  expect(store.undo()).toMatchObject({ samplesRemoved: 1, personErased: true });
  expect(store.people()).toEqual([]);
  expect(store.history()).toEqual([]);
  expect(store.undo()).toBeUndefined();
});

test('a person whose enrolment is undone stays with what a folder holds of them', () => {
  const store = openStore(temporaryFolder());
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const provenance = { source: 'dataset', root: '/d', path: 'Ana.jpg', contentSha256: sha256('x') } as const;
  store.enrol({ name: 'Ana', consent: null, samples: [faceSample(2, { provenance })] });
  expect(store.undo()).toMatchObject({ samplesRemoved: 1, personErased: false });
  expect(store.people()).toMatchObject([{ name: 'Ana', faceSamples: 1, consent: null }]);
});

test('a picture that was taken over from a folder, or taken back though forgotten, is as before', () => {
  const store = openStore(temporaryFolder());
  const contentSha256 = sha256('one picture');
  const dataset = { source: 'dataset', root: '/d', path: 'Ana.jpg', contentSha256 } as const;
  const file = { source: 'file', path: '/home/ana.jpg', contentSha256 } as const;
  const { person } = store.enrol({
    name: 'Ana',
    consent: null,
    samples: [faceSample(1, { provenance: dataset })],
  });
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { provenance: file })] });
  expect(store.undo()).toMatchObject({ samplesRemoved: 0 });
  expect(store.samples(person.subjectId).map((sample) => sample.provenance)).toEqual([dataset]);

  store.forget(person.subjectId);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { provenance: file })] });
  expect(store.isForgotten(contentSha256)).toBe(false);
  store.undo();
  expect(store.isForgotten(contentSha256)).toBe(true);
});

test('a sample that was removed comes back number for number, also after a restart', () => {
  const directory = temporaryFolder();
  const first = openStore(directory);
  const { person } = first.enrol({ name: 'Ana', consent, samples: [faceSample(1), faceSample(2)] });
  const before = first.samples(person.subjectId);
  first.removeSample(before[0]!);
  expect(first.samples(person.subjectId)).toHaveLength(1);
  first.close();
  const store = openStore(directory);
  expect(store.undo(person.subjectId)).toMatchObject({ samplesRestored: 1 });
  const byId = (a: { sampleId: string }, b: { sampleId: string }) => (a.sampleId < b.sampleId ? -1 : 1);
  expect(store.samples(person.subjectId).sort(byId)).toEqual([...before].sort(byId));
});

test('forgetting takes a person’s history and removed samples along, byte for byte, and undo cannot bring it back', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1), faceSample(2)] });
  store.removeSample(store.samples(person.subjectId)[0]!);
  const database = new Database(join(directory, 'people.db'), { readonly: true });
  const removed = database.query<{ embedding: Uint8Array }, []>('SELECT embedding FROM removed_sample').get();
  database.close();
  store.forget(person.subjectId);
  expect(store.history()).toEqual([]);
  expect(store.undo()).toBeUndefined();
  const needle = Buffer.from(removed?.embedding ?? new Uint8Array(1));
  for (const file of ['people.db', 'people.db-wal']) {
    expect(readFileSync(join(directory, file)).includes(needle)).toBe(false);
  }
});

test('changes of a person can be undone while others stay', () => {
  const store = openStore(temporaryFolder());
  const { person: ana } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const { person: eva } = store.enrol({ name: 'Eva', consent, samples: [faceSample(2)] });
  store.setTerms(ana.subjectId, { lastDay: '2026-01-31' });
  store.setTerms(eva.subjectId, { disabled: true });
  store.undo(ana.subjectId);
  expect(store.people()).toMatchObject([{ lastDay: null }, { disabled: true }]);
});

test('whatever was done, undoing all of it leaves nobody; undoing a part leaves what was there then', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('enrol' as const), name: fc.integer({ min: 0, max: 2 }), seed: fc.nat(5) }),
    fc.record({
      what: fc.constant('terms' as const),
      name: fc.integer({ min: 0, max: 2 }),
      on: fc.boolean(),
    }),
    fc.record({ what: fc.constant('remove' as const), name: fc.integer({ min: 0, max: 2 }) }),
  );
  const directory = temporaryFolder();
  const store = openStore(directory);
  const picture = () =>
    store.people().map(({ name, disabled, subjectId }) => ({
      name,
      disabled,
      contents: store
        .samples(subjectId)
        .map(({ provenance }) => provenance.contentSha256)
        .sort(),
    }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const pictures = [picture()];
      for (const one of steps) {
        const before = store.history().length;
        const person = store.find(`Person ${one.name}`);
        if (one.what === 'enrol') {
          store.enrol({ name: `Person ${one.name}`, consent, samples: [faceSample(one.seed)] });
        } else if (person !== undefined && one.what === 'terms') {
          store.setTerms(person.subjectId, { disabled: one.on });
        } else if (person !== undefined) {
          const [sample] = store.samples(person.subjectId);
          if (sample !== undefined) store.removeSample(sample);
        }
        if (store.history().length > before) pictures.push(picture());
      }
      for (const earlier of pictures.slice(0, -1).reverse()) {
        store.undo();
        expect(picture()).toEqual(earlier);
      }
      expect(store.people()).toEqual([]);
    }),
    { numRuns: 15 },
  );
});
