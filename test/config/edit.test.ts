import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ConfigValue, withValues, writeConfig } from '../../src/config/edit.ts';
import { ConfigError } from '../../src/config/errors.ts';
import { parseConfig } from '../../src/config/read.ts';

const edited = (text: string, values: Record<string, ConfigValue>) =>
  withValues(text, 'vigil.toml', new Map(Object.entries(values)));

test('what is set takes the place of what was there; comments, order and everything else stay', () => {
  const text = [
    '# The front door.',
    '[camera]',
    'source = "/dev/video0"  # moved in May',
    'fps = 5',
    '',
    '[access] # who',
    "require = 'both'",
    '',
  ].join('\n');
  expect(
    edited(text, { 'camera.source': 'rtsp://cam/1#2', 'camera.width_px': 320, 'access.require': 'face' }),
  ).toBe(
    [
      '# The front door.',
      '[camera]',
      'width_px = 320',
      'source = "rtsp://cam/1#2"  # moved in May',
      'fps = 5',
      '',
      '[access] # who',
      'require = "face"',
      '',
    ].join('\n'),
  );
});

test('a table that is not there is put at the end, and an empty file gets one', () => {
  expect(edited('', { 'output.green.pin': 13 })).toBe('[output.green]\npin = 13\n');
  expect(edited('[camera]\nfps = 5\n', { 'device.time_zone': 'UTC' })).toBe(
    '[camera]\nfps = 5\n\n[device]\ntime_zone = "UTC"\n',
  );
  expect(edited('camera.fps = 5\n', { 'camera.fps': 7 })).toBe('camera.fps = 7\n');
  expect(edited('output = { green = { pin = 12, hold_ms = 900 } }\n', { 'output.green.pin': 13 })).toBe(
    'output = { green = { pin = 13, hold_ms = 900 } }\n',
  );
});

test('what cannot be edited, or would be no configuration, is refused', () => {
  expect(() => edited('output = { green = { pin = 12 } }\n', { 'output.green.hold_ms': 900 })).toThrow(
    ConfigError,
  );
  expect(() => edited('', { 'camera.fps': -1 })).toThrow(ConfigError);
  expect(() => edited('[camera\n', { 'camera.fps': 5 })).toThrow(ConfigError);
});

test('whatever text is set is read back, and setting it again changes nothing', () => {
  const text = fc.string({ minLength: 1, unit: 'binary' }).filter((value) => value.isWellFormed());
  fc.assert(
    fc.property(
      text,
      fc.constantFrom('', '[camera]\n', '[camera]\nsource = "x" # y\n[trace]\n'),
      (source, before) => {
        const once = edited(before, { 'camera.source': source });
        expect(parseConfig(once, undefined).config.camera.source).toBe(source);
        expect(edited(once, { 'camera.source': source })).toBe(once);
      },
    ),
    { numRuns: 20 },
  );
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-edit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file is written whole or stays as it was, and nothing is left beside it', async () => {
  const file = join(folder, 'new/vigil.toml');
  await writeConfig(file, '[camera]\n');
  await writeConfig(file, '[trace]\n');
  expect(await readFile(file, 'utf8')).toBe('[trace]\n');
  const blocked = join(folder, 'blocked');
  await writeFile(join(folder, 'other.toml'), 'old');
  await writeConfig(join(blocked, 'vigil.toml/x'), '').catch(() => undefined);
  // A folder stands where the file would be: the rename fails.
  expect(await writeConfig(join(blocked, 'vigil.toml'), 'new').catch(() => 'refused')).toBe('refused');
  expect((await readdir(blocked)).sort()).toEqual(['vigil.toml']);
});
