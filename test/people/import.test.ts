import { afterEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HalError } from '../../hal/contract/errors.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { datasetChanges } from '../../src/people/dataset.ts';
import type { ImportReport } from '../../src/people/import.ts';
import { DatasetImport, type DescribedFace } from '../../src/people/picture-import.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceLimits, faceSample, sha256, unitEmbedding } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const never = new AbortController().signal;

/** A face as the vision pipeline would describe it. */
function face(seed: number, change: Partial<DescribedFace> = {}): DescribedFace {
  return {
    embedding: unitEmbedding(seed),
    quality: {
      eyeDistancePx: 60,
      sharpness: 40,
      brightness: 120,
      contrast: 40,
      yawRatio: 0.1,
      rollDeg: 2,
      covered: 0.02,
    },
    score: 0.93,
    enrolProblem: undefined,
    probeProblem: undefined,
    ...change,
  };
}

/** A "picture" is a text file that says what is on it; its describer counts how often it had to look. */
function dataset() {
  const folder = temporaryFolder();
  const looked: string[] = [];
  const describePicture = async (path: string) => {
    const text = await Bun.file(path).text();
    looked.push(text);
    const [what, seed = '0'] = text.split(' ');
    switch (what) {
      case 'face':
        return { faces: [face(Number(seed))] };
      case 'small':
        return { faces: [face(Number(seed), { enrolProblem: 'eyes 30 px apart, at least 40' })] };
      case 'tiny':
        return { faces: [face(Number(seed), { probeProblem: 'eyes 9 px apart, at least 18' })] };
      case 'several':
        return { faces: [face(1), face(2)] };
      case 'landscape':
        return { faces: [] };
      case 'hang':
        throw new HalError('timeout', 'face models', 'no answer in 5 s');
      case 'nan':
        return { faces: [face(1, { embedding: new Float32Array([Number.NaN]) })] };
      default:
        throw new Error('not a picture');
    }
  };
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return { folder, put, looked, describePicture };
}

function importer(
  store: PeopleStore,
  { describePicture }: ReturnType<typeof dataset>,
  pipelineId = 'pipe-1',
) {
  return new DatasetImport({ store, pipelineId, describePicture, limits: faceLimits });
}

function names(store: PeopleStore): Record<string, number> {
  return Object.fromEntries(store.people().map((person) => [person.name, person.faceSamples]));
}

function refusals(report: ImportReport): Record<string, string> {
  return Object.fromEntries(report.refused.map((refused) => [refused.path, refused.reason]));
}

test('files and folders named after people become people, several pictures each', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  set.put('ana.2.jpg', 'face 2');
  set.put('Eva López/garden.jpg', 'face 3');
  set.put('Eva López/2024/beach.jpg', 'face 4');
  set.put('👩‍🚒 "Kim" O\'Neill.png', 'face 5');
  set.put('README.md', 'face 6');
  set.put('.hidden.jpg', 'face 7');
  set.put('.git/Bob.jpg', 'face 8');
  const store = openStore(temporaryFolder());
  const report = await importer(store, set).run(set.folder, never);
  expect(names(store)).toEqual({ Ana: 2, 'Eva López': 2, '👩‍🚒 "Kim" O\'Neill': 1 });
  expect(report).toMatchObject({ kept: 0, refused: [], readable: true });
  expect(report.added.map((picture) => picture.path)).toContain('Eva López/2024/beach.jpg');
  const [sample] = store.samples(store.find('Ana')!.subjectId);
  expect(sample?.quality).toMatchObject({ eyeDistancePx: 60, score: 0.93 });
  expect(sample?.provenance).toMatchObject({ source: 'dataset', contentSha256: sha256('face 1') });
});

test('a picture is looked at once, whatever it is called later and in however many runs', async () => {
  const set = dataset();
  const directory = temporaryFolder();
  set.put('Ana.jpg', 'face 1');
  set.put('Ana/copy.jpg', 'face 1');
  let store = openStore(directory);
  expect(await importer(store, set).run(set.folder, never)).toMatchObject({ kept: 1 });
  store.close();
  store = openStore(directory);
  expect(await importer(store, set).run(set.folder, never)).toMatchObject({ kept: 2, added: [] });
  rmSync(join(set.folder, 'Ana.jpg'));
  expect(await importer(store, set).run(set.folder, never)).toMatchObject({ removed: { samples: 0 } });
  expect(store.samples(store.find('Ana')!.subjectId)[0]?.provenance).toMatchObject({ path: 'Ana/copy.jpg' });
  renameSync(join(set.folder, 'Ana/copy.jpg'), join(set.folder, 'Berta.jpg'));
  const report = await importer(store, set).run(set.folder, never);
  expect(report.removed).toMatchObject({ people: 1, samples: 1 });
  expect(names(store)).toEqual({ Berta: 1 });
  expect(set.looked).toEqual(['face 1']);
});

test('another pipeline looks again, and the old samples stay until the picture goes', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  const store = openStore(temporaryFolder());
  await importer(store, set, 'pipe-1').run(set.folder, never);
  await importer(store, set, 'pipe-2').run(set.folder, never);
  expect(set.looked).toHaveLength(2);
  expect(store.pipelines('face')).toEqual([
    { pipelineId: 'pipe-1', samples: 1 },
    { pipelineId: 'pipe-2', samples: 1 },
  ]);
  rmSync(join(set.folder, 'Ana.jpg'));
  expect((await importer(store, set, 'pipe-2').run(set.folder, never)).removed).toMatchObject({
    people: 1,
    samples: 2,
  });
});

test('what cannot be used is refused with its reason, and stops nobody else', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  set.put('Berta.jpg', 'landscape');
  set.put('Carla.jpg', 'several');
  set.put('Dora.jpg', 'tiny 4');
  set.put('Emma.txt', 'my shopping list');
  set.put('Frida.jpg', '');
  set.put('Gina.jpg', 'nan');
  set.put('A\u202ena.jpg', 'face 8');
  set.put('Zoe.jpg', 'small 9');
  symlinkSync('nowhere.jpg', join(set.folder, 'Hanna.jpg'));
  symlinkSync('/dev/zero', join(set.folder, 'Ida.jpg'));
  symlinkSync('.', join(set.folder, 'Jana'));
  symlinkSync('Kira.jpg', join(set.folder, 'Kira.jpg'));
  const store = openStore(temporaryFolder());
  const report = await importer(store, set).run(set.folder, never);
  expect(refusals(report)).toEqual({
    'Berta.jpg': 'no-face',
    'Carla.jpg': 'several-faces',
    'Dora.jpg': 'poor-face',
    'Emma.txt': 'unreadable',
    'Frida.jpg': 'unreadable',
    'Gina.jpg': 'model-failed',
    'A\u202ena.jpg': 'bad-name',
    'Hanna.jpg': 'unreadable',
    'Ida.jpg': 'unreadable',
    'Kira.jpg': 'unreadable',
  });
  expect(report.refused.every((refused) => refused.message.length > 5)).toBe(true);
  expect(names(store)).toEqual({ Ana: 1, Zoe: 1 });
  expect(report.added.find((picture) => picture.path === 'Zoe.jpg')?.warning).toBe(
    'eyes 30 px apart, at least 40',
  );
});

test('a refused picture is looked at once while the device runs', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'landscape');
  const run = importer(openStore(temporaryFolder()), set);
  for (let i = 0; i < 2; i++)
    expect(refusals(await run.run(set.folder, never))).toEqual({ 'Ana.jpg': 'no-face' });
  expect(set.looked).toHaveLength(1);
});

test('a model that fails on a changed picture does not cost the person their sample', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  const store = openStore(temporaryFolder());
  const run = importer(store, set);
  await run.run(set.folder, never);
  set.put('Ana.jpg', 'hang');
  expect(refusals(await run.run(set.folder, never))).toEqual({ 'Ana.jpg': 'model-failed' });
  expect(names(store)).toEqual({ Ana: 1 });
  await run.run(set.folder, never);
  expect(set.looked).toEqual(['face 1', 'hang', 'hang']);
});

test('a picture that is taken away takes its sample along, a changed one is learned anew under the same id', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  set.put('Eva.jpg', 'face 2');
  const store = openStore(temporaryFolder());
  await importer(store, set).run(set.folder, never);
  const before = store.find('Ana')?.subjectId;
  set.put('Ana.jpg', 'face 3');
  rmSync(join(set.folder, 'Eva.jpg'));
  const report = await importer(store, set).run(set.folder, never);
  expect(report.removed).toMatchObject({ people: 1, samples: 2, scrubbed: true });
  expect(store.find('Ana')?.subjectId).toBe(before!);
  expect(names(store)).toEqual({ Ana: 1 });
});

test('people with another source, a consent or a ban outlive their pictures in the folder', async () => {
  const set = dataset();
  for (const [i, name] of ['Ana', 'Berta', 'Carla', 'Dora'].entries()) set.put(`${name}.jpg`, `face ${i}`);
  const store = openStore(temporaryFolder());
  await importer(store, set).run(set.folder, never);
  store.enrol({ name: 'Ana', consent: null, samples: [faceSample(50)] });
  store.enrol({ name: 'Berta', consent, samples: [faceSample(51)] });
  store.setTerms(store.find('Carla')!.subjectId, { disabled: true });
  for (const name of ['Ana', 'Berta', 'Carla', 'Dora']) rmSync(join(set.folder, `${name}.jpg`));
  await importer(store, set).run(set.folder, never);
  expect(names(store)).toEqual({ Ana: 1, Berta: 1, Carla: 0 });
});

test('a folder that is not there, or another one, takes nobody away', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  const store = openStore(temporaryFolder());
  await importer(store, set).run(set.folder, never);
  const other = dataset();
  other.put('Eva.jpg', 'face 2');
  await importer(store, other).run(other.folder, never);
  renameSync(set.folder, `${set.folder}-away`);
  const report = await importer(store, set).run(set.folder, never);
  renameSync(`${set.folder}-away`, set.folder);
  expect(report).toMatchObject({ readable: false, removed: { samples: 0 }, refused: [{ path: '' }] });
  expect(names(store)).toEqual({ Ana: 1, Eva: 1 });
});

test('pictures of a forgotten person do not come back under any name', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  const store = openStore(temporaryFolder());
  await importer(store, set).run(set.folder, never);
  store.forget(store.find('Ana')!.subjectId);
  set.put('Someone.jpg', 'face 1');
  const report = await importer(store, set).run(set.folder, never);
  expect(refusals(report)).toEqual({ 'Ana.jpg': 'forgotten', 'Someone.jpg': 'forgotten' });
  expect(store.people()).toEqual([]);
  expect(set.looked).toHaveLength(1);
});

test('two people who look alike are named as confusable when one of them is new', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  set.put('Eva.jpg', 'face 2');
  const store = openStore(temporaryFolder());
  expect((await importer(store, set).run(set.folder, never)).confusable).toEqual([]);
  set.put('Zoe.jpg', 'face 1 again');
  const [pair, ...more] = (await importer(store, set).run(set.folder, never)).confusable;
  expect(more).toEqual([]);
  expect([pair?.subjectId, pair?.otherSubjectId].sort()).toEqual(
    [store.find('Ana')!.subjectId, store.find('Zoe')!.subjectId].sort(),
  );
  expect(pair?.distance).toBeCloseTo(0, 6);
  expect((await importer(store, set).run(set.folder, never)).confusable).toEqual([]);
});

test('progress is told from the first picture to the last, and an abort stops between two', async () => {
  const set = dataset();
  for (let i = 0; i < 4; i++) set.put(`Person ${i}.jpg`, `face ${i}`);
  const store = openStore(temporaryFolder());
  const abort = new AbortController();
  const told: number[] = [];
  const run = importer(store, set).run(set.folder, abort.signal, ({ done, total }) => {
    expect(total).toBe(4);
    told.push(done);
    if (done === 2) abort.abort(new Error('enough'));
  });
  await expect(run).rejects.toThrow('enough');
  expect(Object.keys(names(store))).toHaveLength(2);
  expect(told).toEqual([0, 1, 2]);
  told.length = 0;
  await importer(store, set).run(set.folder, never, ({ done }) => told.push(done));
  expect(told).toEqual([0, 1, 2, 3, 4]);
});

test('a change is told once it has settled, also one that comes while the reader works', async () => {
  const set = dataset();
  set.put('Ana.jpg', 'face 1');
  const clock = new VirtualClock();
  const abort = new AbortController();
  const told: number[] = [];
  const watching = (async () => {
    for await (const _ of datasetChanges(set.folder, clock, abort.signal, 1000)) {
      told.push(clock.nowMs());
      if (told.length === 1) set.put('Eva.jpg', 'face 2');
    }
  })();
  await clock.runUntil(5000);
  expect(told).toEqual([0, 2000]);
  set.put('Eva.jpg', 'face 2, half');
  await clock.runUntil(6000);
  set.put('Eva.jpg', 'face 2, more of it');
  await clock.runUntil(7000);
  expect(told).toHaveLength(2);
  await clock.runUntil(9000);
  expect(told).toEqual([0, 2000, 8000]);
  abort.abort(new Error('over'));
  await expect(watching).rejects.toThrow('over');
});

test('a dataset folder that comes later is noticed', async () => {
  const parent = mkdtempSync(join(temporaryFolder(), 'late-'));
  const folder = join(parent, 'dataset');
  const clock = new VirtualClock();
  const abort = new AbortController();
  const told: number[] = [];
  const watching = (async () => {
    for await (const _ of datasetChanges(folder, clock, abort.signal, 1000)) told.push(clock.nowMs());
  })();
  await clock.runUntil(1000);
  mkdirSync(folder);
  writeFileSync(join(folder, 'Ana.jpg'), 'face 1');
  utimesSync(join(folder, 'Ana.jpg'), 1, 1);
  await clock.runUntil(4000);
  expect(told).toHaveLength(2);
  abort.abort(new Error('over'));
  await expect(watching).rejects.toThrow('over');
});
