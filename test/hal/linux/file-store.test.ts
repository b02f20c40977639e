import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { HalError } from '../../../hal/contract/errors.ts';
import { FileStore } from '../../../hal/linux/file-store.ts';
import { mountSmallDisk } from './small-disk.ts';

let root: string;
const disk = mountSmallDisk();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-store-'));
});
afterAll(async () => {
  disk?.unmount();
  await rm(root, { recursive: true, force: true });
});

let count = 0;
function newStore(): { store: FileStore; folder: string } {
  const folder = join(root, `store-${count++}`);
  return { store: new FileStore(folder), folder };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (blob: Uint8Array | undefined) =>
  blob === undefined ? undefined : new TextDecoder().decode(blob);

async function kindOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    return error instanceof HalError ? error.kind : String(error);
  }
}

/** Every file of a folder, hidden ones too. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('the store', () => {
  test('makes its folder at the first write, for this user alone, and not before', async () => {
    const { store, folder } = newStore();
    expect(await store.read('a')).toBeUndefined();
    expect(await kindOf(() => readdir(folder))).not.toBe('done');
    await store.write('people/ada.json', bytes('1'));
    expect(Bun.spawnSync(['stat', '-c', '%a', folder]).stdout.toString().trim()).toBe('700');
    expect(await readFile(join(folder, 'people/ada.json'), 'utf8')).toBe('1');
  });

  test('gives back what was written, replaced, appended and removed', async () => {
    const { store } = newStore();
    await store.write('log', bytes('old'));
    await store.write('log', bytes('a'));
    await store.append('log', bytes('b'));
    await store.append('other', bytes('c'));
    expect([text(await store.read('log')), text(await store.read('other'))]).toEqual(['ab', 'c']);
    await store.remove('log');
    await store.remove('log');
    expect(await store.read('log')).toBeUndefined();
  });

  test('keeps the order of writes to one key, and leaves no temporary file', async () => {
    const { store, folder } = newStore();
    const writes = Array.from({ length: 20 }, (_, i) => store.write('state', bytes(String(i))));
    const appends = Array.from({ length: 20 }, () => store.append('log', bytes('x')));
    await Promise.all([...writes, ...appends]);
    expect([text(await store.read('state')), (await store.read('log'))?.length]).toEqual(['19', 20]);
    expect((await filesOf(folder)).sort()).toEqual(['log', 'state']);
  });

  test('removes what a killed process was writing, and leaves alone what a living one writes', async () => {
    const { store, folder } = newStore();
    await mkdir(join(folder, 'deep'), { recursive: true });
    const dead = Bun.spawnSync(['true']).pid;
    await writeFile(join(folder, `deep/.${dead}-0a.writing`), 'half');
    await writeFile(join(folder, `.${process.ppid}-0b.writing`), 'half');
    await store.write('key', bytes('1'));
    expect((await filesOf(folder)).sort()).toEqual([`.${process.ppid}-0b.writing`, 'key']);
  });

  test('refuses keys that lead out of its folder or are no names', async () => {
    const { store } = newStore();
    for (const key of ['', '/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a/', 'a\0b']) {
      expect([key, await kindOf(() => store.write(key, bytes('x')))]).toEqual([key, 'invalid-argument']);
      expect([key, await kindOf(() => store.read(key))]).toEqual([key, 'invalid-argument']);
    }
  });

  test('keeps any blob under any key it takes', async () => {
    const { store } = newStore();
    const part = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    const key = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 200 }), async (name, blob) => {
        const outcome = await kindOf(() => store.write(name, blob));
        expect(['done', 'invalid-argument']).toContain(outcome);
        if (outcome === 'done') {
          expect(await store.read(name)).toEqual(blob);
          await store.remove(name);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('says that a key names a folder or lies under a file', async () => {
    const { store } = newStore();
    await store.write('a/b', bytes('x'));
    expect(await kindOf(() => store.write('a', bytes('x')))).toBe('invalid-argument');
    expect(await kindOf(() => store.append('a', bytes('x')))).toBe('invalid-argument');
    expect(await kindOf(() => store.write('a/b/c', bytes('x')))).toBe('invalid-argument');
    expect(await store.read('a/b/c')).toBeUndefined();
    expect(await kindOf(() => store.write('n'.repeat(300), bytes('x')))).toBe('invalid-argument');
  });

  test('is closed after close, which waits for the writes that are under way', async () => {
    const { store, folder } = newStore();
    const writing = store.write('last', bytes('1'));
    await store.close();
    await store.close();
    expect(await readFile(join(folder, 'last'), 'utf8')).toBe('1');
    await writing;
    expect(await kindOf(() => store.read('last'))).toBe('closed');
    expect(await kindOf(() => store.write('last', bytes('2')))).toBe('closed');
  });
});

const noDisk = disk !== undefined ? '' : ' (skipped: no disk can be mounted here)';

describe.skipIf(disk === undefined)(`a disk${noDisk}`, () => {
  test('that is full is told as io, and the old blob stays whole', async () => {
    const store = new FileStore(join(disk!.path, 'full'));
    await store.write('state', bytes('old'));
    await store.append('log', bytes('old'));
    const large = new Uint8Array(200_000);
    expect(await kindOf(() => store.write('state', large))).toBe('io');
    expect(await kindOf(() => store.append('log', large))).toBe('io');
    expect(await kindOf(() => store.write('new', large))).toBe('io');
    expect([text(await store.read('state')), text(await store.read('log'))]).toEqual(['old', 'old']);
    expect((await filesOf(join(disk!.path, 'full'))).sort()).toEqual(['log', 'state']);
    await store.write('state', bytes('fits'));
    expect(text(await store.read('state'))).toBe('fits');
  });

  test('that becomes read-only is told as permission, and can still be read', async () => {
    const store = new FileStore(join(disk!.path, 'readonly'));
    await store.write('state', bytes('old'));
    disk!.makeReadOnly();
    try {
      expect(await kindOf(() => store.write('state', bytes('new')))).toBe('permission');
      expect(await kindOf(() => store.append('state', bytes('new')))).toBe('permission');
      expect(await kindOf(() => store.remove('state'))).toBe('permission');
      expect(text(await store.read('state'))).toBe('old');
    } finally {
      disk!.makeWritable();
    }
    await store.write('state', bytes('new'));
    expect(text(await store.read('state'))).toBe('new');
  });
});
