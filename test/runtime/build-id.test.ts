import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { buildId, decidingPaths } from '../../src/runtime/build-id.ts';

const root = resolve(import.meta.dir, '../..');

/** Imported by what decides without deciding anything itself: contracts, and what is recorded in the boot. */
const stoodIn = ['hal/contract', 'src/config'];

/** Every file of the project that `file` needs when it runs, itself included. */
function neededBy(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const { path } of new Bun.Transpiler({ loader: 'ts' }).scanImports(readFileSync(file, 'utf8'))) {
    if (path.startsWith('.') && path.endsWith('.ts')) neededBy(join(dirname(file), path), known);
  }
  return known;
}

test('the hash of a program covers every file that the machines are made of', () => {
  const covered = [...decidingPaths, ...stoodIn];
  const missed = [...neededBy(join(root, 'src/runtime/build-machines.ts'))]
    .map((file) => relative(root, file))
    .filter((file) => !covered.some((path) => file === path || file.startsWith(`${path}/`)));
  expect(missed).toEqual([]);
});

test('a program names itself: version, hash, and its commit where there is one', () => {
  const { version, sha256, commit } = buildId();
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  if (commit !== null) expect(commit).toMatch(/^[0-9a-f]{40}$/);
});
