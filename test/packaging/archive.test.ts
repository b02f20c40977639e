import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { debOf } from '../../src/packaging/deb.ts';
import { isModuleShipped } from '../../src/packaging/modules.ts';
import { type ArchiveFile, tarOf } from '../../src/packaging/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const files: readonly ArchiveFile[] = [
  { path: 'vigil', bytes: bytes('#!/bin/sh\n'), executable: true },
  { path: 'src/cli/main.ts', bytes: bytes('export {};\n'), executable: false },
  { path: 'empty', bytes: new Uint8Array(), executable: false },
  { path: `${'long/'.repeat(24)}file`, bytes: new Uint8Array(512).fill(7), executable: false },
];

function run(command: string[]): string {
  const { stdout, stderr, success } = Bun.spawnSync(command);
  if (!success) throw new Error(stderr.toString());
  return stdout.toString();
}

describe('a tar archive', () => {
  test('is unpacked by tar to the same files, with their rights', () => {
    const path = join(folder, 'a.tar');
    writeFileSync(path, tarOf(files, 'a/'));
    run(['tar', '-xf', path, '-C', folder, '--no-same-owner']);
    const found = readdirSync(join(folder, 'a'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(found.length).toBe(files.length);
    for (const file of files) {
      const unpacked = join(folder, 'a', file.path);
      expect(Buffer.compare(readFileSync(unpacked), file.bytes)).toBe(0);
      expect((statSync(unpacked).mode & 0o111) !== 0).toBe(file.executable);
    }
    expect(relative(folder, path)).toBe('a.tar');
  });

  test('does not depend on the order of its files', () => {
    expect(tarOf(files.toReversed(), './')).toEqual(tarOf(files, './'));
  });

  test('holds a name of any length that fits, and refuses one that does not', () => {
    const name = fc.stringMatching(/^[a-z]{1,60}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        const archive = Buffer.from(tarOf([{ path, bytes: bytes('x'), executable: false }], ''));
        const header = archive.subarray(archive.length - 4 * 512, archive.length - 3 * 512);
        const text = (at: number, length: number) =>
          header.toString('utf8', at, at + length).replace(/\0.*$/s, '');
        expect([text(345, 155), text(0, 100)].filter((part) => part !== '').join('/')).toBe(path);
      }),
      { numRuns: 50, examples: [[['a'.repeat(60), 'b'.repeat(39)]]] },
    );
    expect(() => tarOf([{ path: 'n'.repeat(101), bytes: bytes(''), executable: false }], '')).toThrow(
      RangeError,
    );
  });
});

const dpkg = Bun.which('dpkg-deb');
test.skipIf(dpkg === null)(
  `a .deb is read by dpkg-deb${dpkg === null ? ' (skipped: it is not installed)' : ''}`,
  () => {
    const path = join(folder, 'a.deb');
    const settings = {
      version: '0.1.0',
      architecture: 'arm64',
      scripts: { postinst: '#!/bin/sh\nexit 0\n' },
    };
    writeFileSync(path, debOf(files, settings));
    expect(run(['dpkg-deb', '--field', path, 'Package', 'Version', 'Architecture'])).toBe(
      'Package: vigil\nVersion: 0.1.0\nArchitecture: arm64\n',
    );
    expect(run(['dpkg-deb', '--contents', path])).toContain('./src/cli/main.ts');
    expect(debOf(files, settings)).toEqual(debOf(files, settings));
  },
);

test('of the modules, what runs on the target and licences are shipped', () => {
  const shipped = (path: string) => isModuleShipped(path, 'arm64');
  expect(shipped('xstate/dist/xstate.cjs.js')).toBe(true);
  expect(shipped('zod/package.json')).toBe(true);
  expect(shipped('zod/LICENSE')).toBe(true);
  expect(shipped('onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1')).toBe(true);
  expect(shipped('@img/sharp-libvips-linux-arm64/lib/libvips-cpp.so.8.17.3')).toBe(true);
  expect(shipped('onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1')).toBe(false);
  expect(shipped('onnxruntime-node/bin/napi-v6/win32/arm64/DirectML.dll')).toBe(false);
  expect(shipped('zod/index.d.ts')).toBe(false);
  expect(shipped('zod/README.md')).toBe(false);
  expect(shipped('.bin/semver')).toBe(false);
});
