import { afterEach, expect, test } from 'bun:test';
import { UsageError } from '../../src/cli/command.ts';
import { consent, faceSample, sha256 } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { vigilPeople } from './people-run.ts';

afterEach(removeTemporary);

function household(): string {
  const state = temporaryFolder();
  const store = openStore(state);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1), faceSample(2)] });
  const provenance = { source: 'dataset', root: '/d', path: 'Ana.jpg', contentSha256: sha256('x') } as const;
  store.enrol({ name: 'Ana', consent: null, samples: [faceSample(3, { provenance })] });
  store.close();
  return state;
}

async function said(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

test('history tells in words what was done and by whom, and undo takes back the newest', async () => {
  const state = household();
  await vigilPeople('edit', 'Ana', '--until', '2026-01-31', '--state', state);
  const { out } = await vigilPeople('history', 'Ana', '--state', state);
  expect(out).toContain('let in: "at any time" became "until 2026-01-31"');
  expect(out).toContain('enrolled: face, face; the person is new');
  expect(out).toContain('a face was imported from a folder');

  const undone = await vigilPeople('undo', '--state', state);
  expect([undone.exitCode, undone.out]).toEqual([
    0,
    'Undone: Ana, let in: "at any time" became "until 2026-01-31".\n',
  ]);
  expect((await vigilPeople('history', '--state', state)).out).toContain('(undone)');
  const lines = (await vigilPeople('history', '--json', '--state', state)).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).action)).toEqual([
    'undone',
    'terms-changed',
    'imported',
    'enrolled',
  ]);
});

test('an enrolment is undone only after a question, or with --yes', async () => {
  const state = household();
  expect(await said(vigilPeople('undo', '--state', state))).toContain('--yes');
  const { exitCode, out } = await vigilPeople('undo', '--yes', '--state', state);
  expect([exitCode, out]).toEqual([
    0,
    'Undone: Ana, enrolled: face, face; the person is new. 2 samples erased.\n',
  ]);
  const again = await vigilPeople('undo', '--yes', '--state', state);
  expect([again.exitCode, again.err]).toEqual([1, 'There is nothing to undo.\n']);
});

test('a sample is removed by its id; one of a folder is not, and the file is named', async () => {
  const state = household();
  const store = openStore(state);
  const samples = store.samples(store.find('Ana')?.subjectId ?? '');
  const own = samples.find(({ provenance }) => provenance.source === 'camera')?.sampleId ?? '';
  const imported = samples.find(({ provenance }) => provenance.source === 'dataset')?.sampleId ?? '';
  expect(await said(vigilPeople('remove', 'Ana', imported, '--state', state))).toContain('/d/Ana.jpg');
  expect(await said(vigilPeople('remove', 'Ana', 's_', '--state', state))).toContain('has 3 samples s_');
  expect(await said(vigilPeople('remove', 'Ana', 'x', '--state', state))).toContain(own);
  expect(await said(vigilPeople('remove', 'Ana', '--state', state))).toContain('NAME and SAMPLE');
  const { out } = await vigilPeople('remove', 'Ana', own.slice(0, 12), '--state', state);
  expect(out).toBe(`Removed from Ana: face ${own}. Left: 2 samples.\n`);
  expect((await vigilPeople('undo', 'ana', '--state', state)).out).toContain('1 sample back');
});
