import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labReportSchema } from '../../src/lab/report/document.ts';
import { writeDemoPeople } from '../lab/demo-people.ts';
import { vigil } from './vigil.ts';

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'vigil-lab-faces-'));
  await writeDemoPeople(join(root, 'people'), 3, 2);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const projection = (output: string, ...more: string[]) =>
  vigil([
    'lab',
    'projection',
    '--dataset',
    join(root, 'people'),
    '--threads',
    '1',
    '--output',
    join(root, output),
    '--json',
    ...more,
  ]);

test('a projection shows pictures and names on this machine, and neither of them when it is anonymous', async () => {
  const shown = await projection('shown');
  expect(shown.exitCode).toBe(0);
  const report = labReportSchema.parse(JSON.parse(shown.stdout));
  expect(report.provenance.data).toMatchObject([{ files: 6 }]);
  const page = readFileSync(join(root, 'shown/report.html'), 'utf8');
  expect(page).toContain('P03');
  expect(page).toContain('data:image/jpeg');

  const hidden = await projection('hidden', '--anonymous');
  expect(hidden.exitCode).toBe(0);
  const files = readdirSync(join(root, 'hidden'));
  expect(files.filter((file) => file.endsWith('.jpg'))).toEqual([]);
  for (const file of files) {
    const content = readFileSync(join(root, 'hidden', file), 'utf8');
    expect([file, /P01|P02|P03|image\/jpeg/.test(content)]).toEqual([file, false]);
  }
  // Nothing but chance could make them differ.
  expect(readFileSync(join(root, 'hidden/tsne-bare.svg'), 'utf8').match(/ d="[^"]*"/g)).toEqual(
    readFileSync(join(root, 'shown/tsne-bare.svg'), 'utf8').match(/ d="[^"]*"/g),
  );
}, 60_000);

test('wrong use is said before anything is measured or written', async () => {
  mkdirSync(join(root, 'empty'));
  const output = join(root, 'nothing');
  for (const [args, said] of [
    [['masks'], 'Give --dataset DIR'],
    [['robustness', '--dataset', join(root, 'empty')], 'no picture of anybody'],
    [
      ['robustness', '--dataset', join(root, 'people'), '--people', '1'],
      '--people takes a whole number from 2',
    ],
    [['projection', '--dataset', join(root, 'people'), '--threads', '0'], '--threads takes'],
    [
      ['masks', '--dataset', join(root, 'people'), '--masked', join(root, 'nowhere')],
      'a folder of pictures a person',
    ],
  ] as const) {
    const ended = await vigil(['lab', ...args, '--output', output]);
    expect([args[0], ended.exitCode]).toEqual([args[0], 2]);
    expect(ended.stderr).toContain(said);
    expect(ended.stdout).toBe('');
  }
  expect(existsSync(output)).toBe(false);
}, 60_000);
