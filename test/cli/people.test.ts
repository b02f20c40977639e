import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/cli/command.ts';
import { cacheFolder, ResultCache } from '../../src/lab/cache/result-cache.ts';
import { DatasetImport } from '../../src/people/picture-import.ts';
import { consent, faceLimits, faceSample, sha256, unitEmbedding } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { vigilPeople } from './people-run.ts';

const ownCache = process.env.VIGIL_CACHE;
beforeEach(() => {
  process.env.VIGIL_CACHE = temporaryFolder();
});
afterEach(() => {
  removeTemporary();
  if (ownCache === undefined) delete process.env.VIGIL_CACHE;
  else process.env.VIGIL_CACHE = ownCache;
});

const never = new AbortController().signal;

/** A state directory that knows Ana from a dataset folder (two pictures) and 👩‍🚒 Eva from a camera. */
async function household(): Promise<{ state: string; dataset: string }> {
  const state = temporaryFolder();
  const dataset = temporaryFolder();
  mkdirSync(join(dataset, 'Ana'));
  writeFileSync(join(dataset, 'Ana.jpg'), 'portrait');
  writeFileSync(join(dataset, 'Ana', 'beach.jpg'), 'beach');
  const store = openStore(state);
  const quality = {
    eyeDistancePx: 60,
    sharpness: 40,
    brightness: 120,
    contrast: 40,
    yawRatio: 0.1,
    rollDeg: 2,
    covered: 0.02,
  };
  await new DatasetImport({
    store,
    pipelineId: 'pipe-1',
    limits: faceLimits,
    describePicture: async () => ({
      faces: [
        {
          embedding: unitEmbedding(1),
          quality,
          score: 0.9,
          enrolProblem: undefined,
          probeProblem: undefined,
        },
      ],
    }),
  }).run(dataset, never);
  // Refused by the import, but hers all the same.
  writeFileSync(join(dataset, 'ana.blurred.jpg'), 'blurred');
  store.enrol({ name: '👩‍🚒 Eva', consent, samples: [faceSample(2)] });
  store.close();
  return { state, dataset };
}

test('list shows everybody in a table, and one JSON object a line on request', async () => {
  const { state } = await household();
  const { exitCode, out } = await vigilPeople('list', '--state', state);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/Ana +2 +0 +not recorded/);
  expect(out).toMatch(/👩‍🚒 Eva +1 +0 +2023-11-14/u);
  const json = (await vigilPeople('list', '--state', state, '--json')).out.trim().split('\n');
  expect(json.map((line) => JSON.parse(line).name).sort()).toEqual(['Ana', '👩‍🚒 Eva'].sort());
  expect(JSON.parse(json.find((line) => line.includes('Eva'))!)).toMatchObject({
    faceSamples: 1,
    voiceSamples: 0,
    createdAt: '2023-11-14T22:13:20.000Z',
    consent: { recordedBy: 'Olga', textVersion: '1' },
    disabled: false,
  });
});

test('with nobody known, list says how to begin', async () => {
  const { exitCode, out, err } = await vigilPeople('list', '--state', temporaryFolder());
  expect([exitCode, out]).toEqual([0, '']);
  expect(err).toContain('vigil faces enrol NAME');
});

test('show tells provenance, quality and who is confusable, and never an embedding', async () => {
  const { state, dataset } = await household();
  const store = openStore(state);
  store.enrol({ name: 'Anita', consent, samples: [faceSample(9, { embedding: unitEmbedding(1) })] });
  store.close();
  const { out } = await vigilPeople('show', 'ana', '--state', state);
  expect(out).toContain(`from ${join(dataset, 'Ana.jpg')}`);
  expect(out).toContain('eyeDistancePx 60');
  expect(out).toMatch(/nearest +0\.000 +Anita +confusable/);
  const json = JSON.parse((await vigilPeople('show', 'Ana', '--state', state, '--json')).out);
  expect(json).toMatchObject({
    name: 'Ana',
    faceSamples: 2,
    nearest: [{ name: 'Anita', confusable: true }, {}],
  });
  expect(JSON.stringify(json)).not.toContain('embedding');
});

test('an unknown name is wrong use, and names that are near are offered', async () => {
  const { state, dataset } = await household();
  for (const [typed, meant] of [
    ['Anna', 'Ana'],
    ['eva', '👩‍🚒 Eva'],
  ] as const) {
    const failure = vigilPeople('show', typed, '--state', state);
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow(`Did you mean ${meant}?`);
  }
  await expect(
    vigilPeople('forget', 'Xavier', '--yes', '--state', state, '--dataset', dataset),
  ).rejects.toThrow('vigil people list');
  await expect(vigilPeople('show', '--state', state)).rejects.toThrow(UsageError);
  await expect(vigilPeople('show', 'Ana', 'Lopez', '--state', state)).rejects.toThrow('quotes');
});

test('forget without a terminal and without --yes shows what would go, and erases nothing', async () => {
  const { state, dataset } = await household();
  await expect(vigilPeople('forget', 'Ana', '--state', state, '--dataset', dataset)).rejects.toThrow('--yes');
  expect(openStore(state).find('Ana')).toBeDefined();
  expect(readdirSync(dataset).sort()).toEqual(['Ana', 'Ana.jpg', 'ana.blurred.jpg']);
});

test('forget --yes erases the person and every picture of that name, and nothing else', async () => {
  const { state, dataset } = await household();
  const elsewhere = join(temporaryFolder(), 'original.jpg');
  writeFileSync(elsewhere, 'original');
  symlinkSync(elsewhere, join(dataset, 'Ana.link.jpg'));
  writeFileSync(join(dataset, 'Anabel.jpg'), 'another person');
  const { exitCode, out, err } = await vigilPeople(
    'forget',
    'ANA',
    '--yes',
    '--state',
    state,
    '--dataset',
    dataset,
  );
  expect(exitCode).toBe(0);
  expect(err).toContain(join(dataset, 'Ana', 'beach.jpg'));
  expect(out).toContain('2 samples, 4 files');
  expect(readdirSync(dataset)).toEqual(['Anabel.jpg']);
  expect(existsSync(elsewhere)).toBe(true);
  const store = openStore(state);
  expect(store.people().map((person) => person.name)).toEqual(['👩‍🚒 Eva']);
  for (const content of ['portrait', 'beach', 'blurred'])
    expect(store.isForgotten(sha256(content))).toBe(true);
});

test('forget deletes what the lab has kept of pictures, whosever they were, and says so', async () => {
  const { state, dataset } = await household();
  const folder = cacheFolder();
  const keep = () => {
    using cache = new ResultCache(folder, () => undefined);
    cache.set('key', [0.5]);
  };
  keep();
  const places = ['--state', state, '--dataset', dataset, '--json'];
  const { out, err } = await vigilPeople('forget', 'Ana', '--yes', ...places);
  expect(err).toContain('what the lab has kept');
  expect(JSON.parse(out)).toMatchObject({ labResultsDeleted: 1 });
  expect(readdirSync(folder)).toEqual([]);
});

test('forget --keep-files leaves the pictures, which do not come back', async () => {
  const { state, dataset } = await household();
  const { out } = await vigilPeople(
    'forget',
    'Ana',
    '--yes',
    '--keep-files',
    '--json',
    '--state',
    state,
    '--dataset',
    dataset,
  );
  expect(JSON.parse(out)).toEqual({
    erasureId: expect.any(String),
    originals: 0,
    tracesDeleted: 0,
    recordingsDeleted: 0,
    recordingsUntagged: 0,
    exportsDeleted: 0,
    backupsDeleted: 0,
    backupsMoved: 0,
    samples: 2,
    filesDeleted: 0,
    filesKept: 3,
    networkFilesDeleted: 0,
    labResultsDeleted: 0,
    journalEntries: 0,
    rememberedContents: 3,
  });
  expect(readdirSync(dataset).sort()).toEqual(['Ana', 'Ana.jpg', 'ana.blurred.jpg']);
  expect(openStore(state).isForgotten(sha256('blurred'))).toBe(true);
});

/** Recordings of Ana and Ben, and a network that was trained on both. */
function recordings(): { audios: string; trained: string } {
  const audios = temporaryFolder();
  const trained = temporaryFolder();
  for (const folder of ['train', 'validation']) mkdirSync(join(audios, folder));
  writeFileSync(join(audios, 'train', 'Ana1.wav'), 'first');
  writeFileSync(join(audios, 'train', 'Ben1.wav'), 'his');
  writeFileSync(join(audios, 'validation', 'ana2.wav'), 'second');
  writeFileSync(join(trained, 'voices.json'), JSON.stringify({ labels: ['Ana', 'Ben'], seed: 1 }));
  writeFileSync(join(trained, 'voices.onnx'), 'weights');
  return { audios, trained };
}

test('forget deletes the recordings, and the network that was trained on them', async () => {
  const { state, dataset } = await household();
  const { audios, trained } = recordings();
  const places = ['--state', state, '--dataset', dataset, '--audios', audios, '--trained', trained];
  const { out, err } = await vigilPeople('forget', 'Ana', '--yes', '--json', ...places);
  expect(JSON.parse(out)).toMatchObject({ filesDeleted: 5, networkFilesDeleted: 2 });
  expect(err).toContain(join(audios, 'validation', 'ana2.wav'));
  expect(err).toContain(`of the network that was trained on them, ${join(trained, 'voices.onnx')}`);
  expect(readdirSync(join(audios, 'train'))).toEqual(['Ben1.wav']);
  expect(readdirSync(trained)).toEqual([]);
  expect(openStore(state).isForgotten(sha256('second'))).toBe(true);
});

test('a network that does not know the person stays, and one that may is deleted with kept files, too', async () => {
  const { state, dataset } = await household();
  const { audios, trained } = recordings();
  const places = ['--state', state, '--dataset', dataset, '--audios', audios, '--trained', trained];
  await vigilPeople('forget', '👩‍🚒 Eva', '--yes', ...places);
  expect(readdirSync(trained)).toHaveLength(2);
  await vigilPeople('forget', 'Ana', '--yes', '--keep-files', ...places);
  expect(readdirSync(trained)).toEqual([]);
  expect(readdirSync(join(audios, 'train')).sort()).toEqual(['Ana1.wav', 'Ben1.wav']);
  expect(openStore(state).isForgotten(sha256('first'))).toBe(true);
});

test('pictures of somebody who was never taken in can be forgotten too', async () => {
  const { state, dataset } = await household();
  writeFileSync(join(dataset, 'Zoe.jpg'), 'two faces');
  const { out } = await vigilPeople(
    'forget',
    'Zoe',
    '--yes',
    '--json',
    '--state',
    state,
    '--dataset',
    dataset,
  );
  expect(JSON.parse(out)).toMatchObject({ samples: 0, filesDeleted: 1 });
  expect(existsSync(join(dataset, 'Zoe.jpg'))).toBe(false);
});

test('edit sets hours and a last day, which list and show tell, and takes them back', async () => {
  const { state } = await household();
  const hours = 'mon-fri 08:00-18:00, sat 22:00-02:00';
  const edited = await vigilPeople(
    'edit',
    'ana',
    '--hours',
    hours,
    '--until',
    '2026-01-31',
    '--state',
    state,
  );
  expect(edited).toEqual({ exitCode: 0, out: `Ana: ${hours}; until 2026-01-31.\n`, err: '' });
  expect((await vigilPeople('list', '--state', state)).out).toContain(`${hours}; until 2026-01-31`);
  expect((await vigilPeople('show', 'Ana', '--state', state)).out).toContain(
    `let in    ${hours}; until 2026-01-31`,
  );
  const json = await vigilPeople('edit', 'Ana', '--never', '--state', state, '--json');
  expect(JSON.parse(json.out)).toMatchObject({ name: 'Ana', disabled: false, hours, lastDay: null });
  const always = await vigilPeople('edit', 'Ana', '--hours', 'always', '--state', state);
  expect(always.out).toBe('Ana: let in at any time.\n');
});

test('a consent that ends on a day is shown and can be changed and undone; where none is recorded there is none to end', async () => {
  const { state } = await household();
  const eva = '👩‍🚒 Eva';
  await vigilPeople('edit', eva, '--consent-until', '2031-01-31', '--state', state);
  expect((await vigilPeople('show', eva, '--state', state)).out).toContain(
    'until 2031-01-31: then they are erased',
  );
  expect((await vigilPeople('undo', eva, '--state', state)).out).toContain(
    'consent: without an end became until 2031-01-31',
  );
  expect(openStore(state).find(eva)?.consent?.expiresOn).toBeNull();
  const none = vigilPeople('edit', 'Ana', '--consent-until', '2031-01-31', '--state', state);
  expect(String(await none.catch((error) => error))).toContain('No consent of Ana is recorded');
});

test('disable and enable say whether a person is let in', async () => {
  const { state } = await household();
  expect((await vigilPeople('disable', 'Ana', '--state', state)).out).toBe('Ana: disabled.\n');
  expect(openStore(state).find('Ana')?.disabled).toBe(true);
  expect((await vigilPeople('enable', 'Ana', '--state', state)).out).toBe('Ana: let in at any time.\n');
});

test('edit says what is allowed', async () => {
  const { state } = await household();
  for (const [options, message] of [
    [[], 'Nothing to change: give --hours, --until, --never or --consent-until.'],
    [['--hours', '8 to 6'], "--hours: '8 to 6' are no hours; allowed: as mon-fri 08:00-18:00"],
    [['--until', 'may'], "--until: 'may' is no day; allowed: a date as 2026-01-31"],
    [['--until', '2026-01-31', '--never'], 'Give --until or --never, not both.'],
  ] as const) {
    const edit = vigilPeople('edit', 'Ana', ...options, '--state', state).then(
      () => 'done',
      (error) => error,
    );
    expect(await edit).toBeInstanceOf(UsageError);
    expect(String(await edit)).toContain(message);
  }
});
