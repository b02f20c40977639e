import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Asker, roles } from '../../src/credentials/scopes.ts';
import { Journal } from '../../src/journal/journal.ts';
import { StoredPeople } from '../../src/page/answers/stored-people.ts';
import { Audits } from '../../src/page/audits.ts';
import { DeviceRequests } from '../../src/page/device-requests.ts';
import { Refusal } from '../../src/page/refusal.ts';
import { consent, faceSample } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

const operator: Asker = { name: 'olga', scopes: roles.operator };
const viewer: Asker = { name: 'vera', scopes: roles.viewer };

/** A device that knows Ana from the camera, and Bea from a picture of her in its folder. */
async function device() {
  const stateDirectory = temporaryFolder();
  const dataset = join(temporaryFolder(), 'dataset');
  mkdirSync(dataset);
  const picture = join(dataset, 'Bea.jpg');
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#884422' } })
    .jpeg()
    .toFile(picture);
  const store = openStore(stateDirectory);
  const ana = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] }).person.subjectId;
  const fromFolder = {
    source: 'dataset',
    root: dataset,
    path: 'Bea.jpg',
    contentSha256: 'b'.repeat(64),
  } as const;
  const bea = store.enrol({
    name: 'Bea',
    consent: null,
    samples: [{ ...faceSample(2), provenance: fromFolder }],
  }).person.subjectId;
  {
    using _ = Journal.open({ directory: stateDirectory });
  }
  const folders = { dataset, audios: join(dataset, 'audios'), trained: join(dataset, 'trained') };
  const people = new StoredPeople({
    ...{ stateDirectory, folders, traceFile: null, journalDirectory: stateDirectory },
    audits: new Audits(stateDirectory),
  });
  const requests = new DeviceRequests(
    () => {},
    { nowMs: () => 0 },
    () => {},
  );
  requests.answerHere(people.answers);
  const ask = (name: string, body: object, asker = operator) =>
    requests.ask(name, body, asker).catch((error: unknown) => {
      if (error instanceof Refusal) return `${error.status} ${error.message}`;
      throw error;
    });
  const actions = () => {
    using journal = Journal.open({ directory: stateDirectory });
    return journal.list({ kinds: ['audit', 'report'], limit: 10 }).map(({ facts }) => facts);
  };
  return { ask, ana, bea, picture, store, actions };
}

test('who is known is shown to viewers', async () => {
  const { ask, ana, bea } = await device();
  expect(await ask('people', {}, viewer)).toMatchObject({
    people: [
      { subjectId: ana, name: 'Ana', faceSamples: 1, consent: { recordedBy: consent.recordedBy } },
      { subjectId: bea, name: 'Bea', consent: null, hours: null },
    ],
  });
});

test('name, hours and last day are changed by whoever may, and the journal and the history say who', async () => {
  const { ask, ana, store, actions } = await device();
  expect(
    await ask('change-person', {
      subjectId: ana,
      name: 'Ana María',
      hours: 'mon-fri 08:00-18:00',
      lastDay: '2030-01-31',
    }),
  ).toMatchObject({ person: { name: 'Ana María', hours: 'mon-fri 08:00-18:00', lastDay: '2030-01-31' } });
  expect(store.find('ana maría')?.subjectId).toBe(ana);
  expect(store.find('Ana')).toBeUndefined();
  expect(store.history(ana).map(({ by, done }) => [by, done.action])).toEqual([
    ['olga', 'terms-changed'],
    ['olga', 'renamed'],
    ['the device', 'enrolled'],
  ]);
  expect(actions()).toEqual([{ action: 'changed a person', by: 'olga', through: 'the page' }]);
  expect(await ask('change-person', { subjectId: ana, hours: null })).toMatchObject({
    person: { hours: null },
  });
});

test.each([
  ['a viewer', { name: 'Anna' }, viewer, '403'],
  ['a name that somebody has', { name: 'BEA' }, operator, '409 Somebody is known as Bea'],
  ['a name that is none', { name: '../ana' }, operator, '400'],
  ['hours that are none', { hours: 'always' }, operator, "400 'always' are no hours"],
  ['a day that is none', { lastDay: '2030-02-31' }, operator, '400'],
  ['somebody who is not known', { subjectId: 'p_nobody' }, operator, '404'],
] as const)('%s changes nothing', async (_, change, asker, said) => {
  const { ask, ana, store } = await device();
  expect(String(await ask('change-person', { subjectId: ana, ...change }, asker))).toStartWith(said);
  expect(store.find('Ana')).toMatchObject({ hours: null, lastDay: null });
});

test('somebody whom a file names is not renamed without it', async () => {
  const { ask, bea } = await device();
  expect(await ask('change-person', { subjectId: bea, name: 'Beatriz' })).toContain('rename them in');
});

test('what would be erased is shown first, then it is gone, files too, and the journal says that somebody was', async () => {
  const { ask, bea, picture, store, actions } = await device();
  expect(await ask('plan-erasure', { subjectId: bea }, viewer)).toStartWith('403');
  expect(await ask('plan-erasure', { subjectId: bea })).toEqual({
    ...{ samples: 1, originals: 0, journalEntries: 0, files: [picture], untagged: [] },
  });
  expect(existsSync(picture)).toBe(true);
  expect(await ask('erase-person', { subjectId: bea, keepFiles: false }, viewer)).toStartWith('403');
  expect(await ask('erase-person', { subjectId: bea, keepFiles: false })).toEqual({
    ...{ samples: 1, journalEntries: 0, failed: 0, scrubbed: true },
  });
  expect(existsSync(picture)).toBe(false);
  expect(store.find('Bea')).toBeUndefined();
  expect(actions()).toEqual([{ action: 'erased a person', by: 'olga', through: 'the page' }]);
  expect(await ask('erase-person', { subjectId: bea, keepFiles: false })).toStartWith('404');
});

test('people who can be taken for each other are named, and a report stands in the journal', async () => {
  const { ask, ana, store, actions } = await device();
  const twin = faceSample(1);
  const { person } = store.enrol({
    name: 'Eva',
    consent,
    samples: [{ ...twin, provenance: { ...twin.provenance, contentSha256: 'e'.repeat(64) } }],
  });
  const { pairs } = Object(await ask('confusable-people', {}, viewer));
  expect([pairs[0].subjectId, pairs[0].otherSubjectId].sort()).toEqual([ana, person.subjectId].sort());
  expect(pairs[0].distance).toBeCloseTo(0, 5);
  expect(await ask('report', { about: 'improvement', text: ' a louder bell ' }, viewer)).toEqual({});
  expect(await ask('report', { about: 'error', text: ' ' }, viewer)).toStartWith('400');
  expect(actions()[0]).toEqual({ about: 'improvement', text: 'a louder bell', by: 'vera' });
});
