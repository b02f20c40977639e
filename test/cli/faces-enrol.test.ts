import { afterEach, expect, test } from 'bun:test';
import { copyFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { demoFolder, groupPhotos, objects, type SeenObject, vigilFaces } from './faces-run.ts';

afterEach(removeTemporary);

const ana = join(demoFolder, 'people/Ana.jpg');
const anotherDay = join(demoFolder, 'visitors/ana-another-day.jpg');
const bea = join(demoFolder, 'people/Bea.jpg');

const enrol = (state: string, name: string, input: string, ...words: string[]) =>
  vigilFaces('enrol', name, '--input', input, '--state', state, '--consent', ...words);

test('a picture enrols a person, with consent and provenance, and says that three are better', async () => {
  const state = temporaryFolder();
  const ran = await enrol(state, '  Ana   López ', ana);
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain('Enrolled Ana López: 1 picture');
  expect(ran.err).toContain('Three, taken on different days, work far better');
  const store = openStore(state);
  const person = store.find('ana lópez')!;
  expect(person.consent).toMatchObject({ recordedBy: userInfo().username, textVersion: '1' });
  expect(Date.now() - person.consent!.recordedAtUtcMs).toBeWithin(0, 60_000);
  const [sample] = store.samples(person.subjectId);
  expect(sample).toMatchObject({ kind: 'face', provenance: { source: 'file', path: ana } });
  expect(sample?.quality.eyeDistancePx).toBeGreaterThan(40);
  store.close();
  const found = await vigilFaces(
    'recognise',
    ...['--input', anotherDay, '--state', state, '--dataset', temporaryFolder(), '--expect', 'Ana López'],
  );
  expect(found.exitCode).toBe(0);
});

test('a folder gives its best pictures of one person, a second time the same ones are not added again', async () => {
  const state = temporaryFolder();
  const folder = temporaryFolder();
  copyFileSync(ana, join(folder, '1.jpg'));
  copyFileSync(ana, join(folder, 'copy of 1.jpg'));
  await sharp(anotherDay).rotate(-20).jpeg().toFile(join(folder, '2.jpg'));
  writeFileSync(join(folder, 'broken.jpg'), 'x');
  await sharp(ana).blur(4).jpeg().toFile(join(folder, 'blurred.jpg'));
  const ran = await enrol(state, 'Ana', folder, '--json', '--consent-by', 'Olga');
  expect(ran.exitCode).toBe(0);
  expect(ran.err).toContain('broken.jpg');
  expect(ran.err).toMatch(/blurred\.jpg: (sharpness|detector score)/);
  const [told] = objects<{ samples: number; isNew: boolean; frames: { rank: number }[]; consent: object }>(
    ran,
  );
  expect(told).toMatchObject({ samples: 2, isNew: true, consent: { recordedBy: 'Olga' } });
  expect(told!.frames[0]!.rank).toBeGreaterThan(told!.frames[1]!.rank);
  const again = await enrol(state, 'ana', folder, '--json');
  expect(again.err).toContain('Ana is known already, by 2 samples');
  expect(objects<object>(again)[0]).toMatchObject({ samples: 2, isNew: false, name: 'Ana' });
});

test('several faces, none, or a poor one: refused with the reason, and nothing is stored', async () => {
  const state = temporaryFolder();
  const folder = temporaryFolder();
  const small = join(folder, 'small.jpg');
  const empty = join(folder, 'wall.jpg');
  await sharp(ana).resize(120).jpeg().toFile(small);
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#888' } }).toFile(empty);
  for (const [input, reason] of [
    [join(groupPhotos, 'sample3.jpg'), '3 faces, and only one person can be enrolled'],
    [empty, 'no face was found'],
    [small, 'px apart, at least 40'],
    [join(folder, 'nowhere.jpg'), 'there is no such file'],
  ] as const) {
    const ran = await enrol(state, 'Ana', input);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(reason);
  }
  expect(openStore(state).people()).toEqual([]);
});

test('pictures of different people are not enrolled as one, neither at once nor one after the other', async () => {
  const state = temporaryFolder();
  const folder = temporaryFolder();
  copyFileSync(ana, join(folder, 'a.jpg'));
  copyFileSync(bea, join(folder, 'b.jpg'));
  const mixed = await enrol(state, 'Ana', folder);
  expect([mixed.exitCode, mixed.err.includes('show different people')]).toEqual([2, true]);
  expect(openStore(state).people()).toEqual([]);
  expect((await enrol(state, 'Ana', ana)).exitCode).toBe(0);
  const other = await enrol(state, 'Ana', bea);
  expect([other.exitCode, other.err.includes('not the face that is known as Ana')]).toEqual([2, true]);
  const store = openStore(state);
  expect(store.samples(store.find('Ana')!.subjectId)).toHaveLength(1);
});

test('two people who can be taken for each other are warned of', async () => {
  const state = temporaryFolder();
  await enrol(state, 'Ana', ana);
  const ran = await enrol(state, 'Anita', join(demoFolder, 'visitors/stranger-like-ana.jpg'), '--json');
  expect(ran.exitCode).toBe(0);
  expect(ran.err).toContain('Anita and Ana can be taken for each other');
  expect(objects<object>(ran)[0]).toMatchObject({ confusable: [{ name: 'Ana' }] });
});

test('without a terminal consent has to be given with the command', async () => {
  const state = temporaryFolder();
  const ran = await vigilFaces('enrol', 'Ana', '--input', ana, '--state', state);
  expect([ran.exitCode, ran.err.includes('give --consent when Ana has agreed')]).toEqual([2, true]);
  for (const words of [[], ['Ana', 'López'], ['a/b']]) {
    const wrong = await vigilFaces('enrol', ...words, '--input', ana, '--state', state, '--consent');
    expect([wrong.exitCode, wrong.err.includes('unexpected')]).toEqual([2, false]);
  }
  expect(openStore(state).people()).toEqual([]);
});

test('a face that fills its picture is looked for once more with room around it', async () => {
  const folder = temporaryFolder();
  const crop = (name: string, left: number, top: number, width: number, height: number) =>
    sharp(join(groupPhotos, 'sample6.jpg')).extract({ left, top, width, height }).toFile(join(folder, name));
  // From brow to chin and from cheek to cheek: nothing is found in either as it is.
  await crop('whole.png', 1188, 345, 148, 197);
  await crop('cut.png', 1167, 218, 190, 253);
  const detected = await vigilFaces('detect', '--input', folder, '--state', temporaryFolder(), '--json');
  expect(objects<SeenObject>(detected).map(({ faces }) => faces.length)).toEqual([0, 0]);
  expect((await enrol(temporaryFolder(), 'Eva', join(folder, 'whole.png'))).exitCode).toBe(0);
  const cut = await enrol(temporaryFolder(), 'Eva', join(folder, 'cut.png'));
  expect([cut.exitCode, cut.err.includes('unclear-face: detector score')]).toEqual([2, true]);
});
