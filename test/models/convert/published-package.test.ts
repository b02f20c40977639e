import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archivePath, openPackage } from '../../../src/models/convert/published-package.ts';

let cache = '';
const before = process.env.XDG_CACHE_HOME;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'vigil cache '));
  process.env.XDG_CACHE_HOME = cache;
});

afterEach(async () => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  await rm(cache, { recursive: true, force: true });
});

describe('a package in the cache', () => {
  test('gives the files that were asked for, and names one that it has not', async () => {
    const published = await store({ 'package/model/a.json': '{"b": 1}', 'package/other.txt': 'no' });
    const files = await openPackage(published, ['model/*'], fail);
    expect(files.json('model/a.json')).toEqual({ b: 1 });
    expect(() => files.bytes('other.txt')).toThrow('@maker/networks 1.2.3 has no file other.txt');
  });

  test('that is not the pinned one is refused', async () => {
    const published = await store({ 'package/a.txt': 'a' });
    const other = { ...published, integrity: 'sha512-AAAA' };
    await expect(openPackage(other, ['*'], fail)).rejects.toThrow(
      'is not @maker/networks 1.2.3 as it was published',
    );
  });
});

async function store(files: Record<string, string>) {
  const archive = await new Bun.Archive(files, { compress: 'gzip' }).bytes();
  const integrity = `sha512-${new Bun.CryptoHasher('sha512').update(archive).digest('base64')}`;
  const published = { name: '@maker/networks', version: '1.2.3', integrity, megabytes: 1 };
  await mkdir(dirname(archivePath(published)), { recursive: true });
  await Bun.write(archivePath(published), archive);
  return published;
}

function fail(line: string): never {
  throw new Error(`nothing had to be fetched, but: ${line}`);
}
