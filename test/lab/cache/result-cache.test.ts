import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Command } from '../../../src/cli/command.ts';
import { cacheOptions, cache as command, withCache } from '../../../src/cli/lab-cache.ts';
import {
  cacheContents,
  cacheFolder,
  clearCache,
  ResultCache,
  resultKey,
} from '../../../src/lab/cache/result-cache.ts';
import { runCommand } from '../../cli/run-command.ts';

let folder: string;
let warnings: string[];
const open = () => new ResultCache(folder, (message) => warnings.push(message));
const numbers = z.array(z.number());
const file = () => join(folder, 'lab-1.sqlite');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-cache-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what was kept is there in the next run, to the last bit', () => {
  const embedding = [...Float32Array.from([0.1, -1 / 3, 1e-20])];
  {
    using cache = open();
    cache.set('key', embedding);
  }
  using cache = open();
  expect(cache.get('key', numbers)).toEqual(embedding);
  expect(cache.get('another', numbers)).toBeUndefined();
  expect(cache.found).toBe(1);
  expect(warnings).toEqual([]);
});

test('the key depends on every part, and on where one ends', () => {
  const keys = [resultKey('ab', 'c'), resultKey('a', 'bc'), resultKey('abc'), resultKey('c', 'ab')];
  expect(new Set(keys).size).toBe(4);
});

test('what does not fit the schema is computed anew', () => {
  using cache = open();
  cache.set('key', { written: 'by another vigil' });
  expect(cache.get('key', numbers)).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('it holds biometric data: only its owner can read it', () => {
  using cache = open();
  cache.set('key', [1]);
  const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
  expect(modes.length).toBeGreaterThan(1);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});

describe('a damaged file', () => {
  test.each([
    [
      'that is no database',
      () => writeFileSync(file(), 'not a database, but long enough to have a header '.repeat(9)),
    ],
    ['that was cut off', () => truncateSync(file(), 5000)],
    [
      'with another table in it',
      () => {
        rmSync(file());
        const { Database } = require('bun:sqlite');
        const database = new Database(file());
        database.run('CREATE TABLE result (other TEXT)');
        database.close();
      },
    ],
  ])('%s is begun anew, and said', (_, damage) => {
    {
      using cache = open();
      for (let i = 0; i < 50; i++) cache.set(`key ${i}`, [i]);
    }
    damage();
    using cache = open();
    expect(cache.get('key 1', numbers)).toBeUndefined();
    cache.set('key 1', [2]);
    expect(cache.get('key 1', numbers)).toEqual([2]);
    expect(warnings).toEqual([expect.stringContaining('begun anew')]);
  });

  test('that is damaged while it is open is begun anew', () => {
    {
      using cache = open();
      for (let i = 0; i < 500; i++) cache.set(`key ${i}`, new Array(100).fill(i));
    }
    using cache = open();
    const bytes = readFileSync(file());
    bytes.fill(0xaa, 8192);
    writeFileSync(file(), bytes);
    for (let i = 0; i < 500; i++) cache.get(`key ${i}`, numbers);
    cache.set('key', [1]);
    expect(cache.get('key', numbers)).toEqual([1]);
    expect(warnings).toEqual([expect.stringContaining('begun anew')]);
  });
});

test('a folder that cannot be written is done without, and said once', () => {
  using cache = new ResultCache('/proc/nowhere', (message) => warnings.push(message));
  cache.set('key', [1]);
  expect(cache.get('key', numbers)).toBeUndefined();
  expect(warnings).toEqual([expect.stringMatching(/\/proc\/nowhere.*computed again next time/)]);
});

test('results of another layout are neither read nor harmed, but cleared with the others', () => {
  writeFileSync(join(folder, 'lab-0.sqlite'), 'old');
  {
    using cache = open();
    cache.set('key', [1]);
  }
  expect(readFileSync(join(folder, 'lab-0.sqlite'), 'utf8')).toBe('old');
  writeFileSync(join(folder, 'somebody else’s'), '');
  expect(cacheContents(folder).results).toBe(1);
  expect(clearCache(folder)).toBeGreaterThan(3);
  expect(readdirSync(folder)).toEqual(['somebody else’s']);
  expect(cacheContents(folder)).toEqual({ results: 0, bytes: 0 });
});

test('several processes keep results at once, and one that is killed tears nothing', async () => {
  const run = (name: string, count: number) =>
    Bun.spawn([process.execPath, join(import.meta.dir, 'keep-many.ts'), folder, name, String(count)], {
      stdout: 'pipe',
      stderr: 'pipe',
    });
  const killed = run('killed', 1_000_000);
  const others = [run('a', 200), run('b', 200)];
  for await (const _ of killed.stdout) break;
  killed.kill('SIGKILL');
  await killed.exited;
  for (const child of others) {
    expect(await new Response(child.stderr).text()).toBe('');
    expect(await child.exited).toBe(0);
  }
  using cache = open();
  for (const name of ['a', 'b']) {
    for (let i = 0; i < 200; i++) expect(cache.get(`${name}-${i}`, numbers)).toEqual(new Array(200).fill(i));
  }
  for (let i = 0; i <= 20; i++) expect(cache.get(`killed-${i}`, numbers)).toEqual(new Array(200).fill(i));
  expect(warnings).toEqual([]);
}, 20_000);

test('it lies where caches of a user lie', () => {
  expect(cacheFolder({ HOME: '/home/ana' })).toBe('/home/ana/.cache/vigil');
  expect(cacheFolder({ HOME: '/home/ana', XDG_CACHE_HOME: '/fast' })).toBe('/fast/vigil');
  expect(cacheFolder({ HOME: '/home/ana', VIGIL_CACHE: '/elsewhere' })).toBe('/elsewhere');
});

describe('vigil lab cache', () => {
  const own = process.env.VIGIL_CACHE;
  beforeEach(() => {
    process.env.VIGIL_CACHE = folder;
  });
  afterEach(() => {
    if (own === undefined) delete process.env.VIGIL_CACHE;
    else process.env.VIGIL_CACHE = own;
  });

  test('tells what is kept, and clear deletes it', async () => {
    {
      using cache = open();
      cache.set('key', [1]);
    }
    expect((await runCommand(command, [])).out).toMatch(/^1 results, \d+ kB, in /);
    expect((await runCommand(command, ['clear'])).out).toMatch(/^Deleted: \d+ kB/);
    expect((await runCommand(command, ['clear'])).out).toMatch(/^Nothing was kept/);
    expect(JSON.parse((await runCommand(command, ['--json'])).out)).toEqual({ folder, results: 0, bytes: 0 });
  });

  test('refuses another word', async () => {
    expect(await runCommand(command, ['delete'])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('clear'),
    });
  });

  /** An experiment that does so with the cache. */
  const experiment = (work: (cache: ResultCache | undefined) => void): Command => ({
    ...{ name: 'experiment', summary: '', options: cacheOptions },
    run: async (invocation) => {
      await withCache(invocation, async (cache) => work(cache));
      return 0;
    },
  });

  test('a run that is interrupted says how to go on, and what it had computed is kept', async () => {
    const controller = new AbortController();
    const interrupted = experiment((cache) => {
      cache!.set('computed', [1]);
      controller.abort(new Error('interrupted'));
      throw controller.signal.reason;
    });
    const { err } = await runCommand(interrupted, [], controller.signal);
    expect(err).toContain('the same command goes on from there');
    using cache = open();
    expect(cache.get('computed', numbers)).toEqual([1]);
  });

  test('an experiment with --no-cache keeps nothing', async () => {
    const given: unknown[] = [];
    await runCommand(
      experiment((cache) => given.push(cache)),
      ['--no-cache'],
    );
    expect(given).toEqual([undefined]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
