import { describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { configurationMarkdown } from '../../src/config/document.ts';
import { ConfigError } from '../../src/config/errors.ts';
import { configKeys } from '../../src/config/keys.ts';
import { printConfig, tomlValue } from '../../src/config/print.ts';
import { type ConfigFlag, configSearchPath, parseConfig, readConfig } from '../../src/config/read.ts';

const file = '/etc/vigil/vigil.toml';

function messageOf(text: string, flags: readonly ConfigFlag[] = []): string {
  try {
    parseConfig(text, file, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'valid';
}

describe('what is allowed', () => {
  test('every key is optional and has its documented default', () => {
    const { config } = parseConfig('', undefined);
    expect(config.camera).toEqual({
      source: 'auto',
      widthPx: 640,
      heightPx: 480,
      fps: 10,
      idleFps: 2,
      noFrameTimeoutMs: 2000,
    });
    expect(config.vision.threshold).toBeUndefined();
    expect(config.output.green.holdMs).toBe(2000);
    expect(config.access.lockoutMs).toBe(30_000);
    expect(config.state.directory).toBeUndefined();
  });

  test('a flag wins over the file, the file over the default, and each value says where it is from', () => {
    const { config, origins } = parseConfig('[camera]\n\nfps = 5\nsource = "a.mp4"', file, [
      { key: 'camera.source', value: 'rtsp://door', flag: '--camera' },
    ]);
    expect(config.camera).toMatchObject({ source: 'rtsp://door', fps: 5, widthPx: 640 });
    expect(origins.get('camera.source')).toEqual({ kind: 'flag', flag: '--camera' });
    expect(origins.get('camera.fps')).toEqual({ kind: 'file', file, line: 3 });
    expect(origins.get('camera.width_px')).toEqual({ kind: 'default' });
  });

  test('a relative path in the file counts from the folder of the file', () => {
    const { config } = parseConfig(
      '[people]\ndataset = "faces"\n[state]\ndirectory = "/var/lib/vigil"',
      file,
    );
    expect(config.people.dataset).toBe('/etc/vigil/faces');
    expect(config.state.directory).toBe('/var/lib/vigil');
  });

  test('what is printed as TOML reads back as the same configuration', () => {
    const text = '[vision]\nthreshold = 0.1\n[people]\ndataset = "/a \\"b\\" \\u007f # c"';
    const read = parseConfig(text, file);
    expect(parseConfig(printConfig(read), file).config).toEqual(read.config);
    expect(printConfig(read)).toContain(`threshold = 0.1                    # ${file}:2`);
  });
});

describe('an error names the file, the line, the key, the value and what is allowed', () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, message: string]> = [
    [
      'unknown key',
      '[vision]\ntreshold = 0.1',
      `${file}:2:1: vision.treshold: is 0.1, but there is no such key (did you mean 'threshold'?); allowed in [vision]: detector, `,
    ],
    [
      'unknown table',
      '\n[outptu]',
      `${file}:2:1: outptu: is a table, but there is no such key (did you mean 'output'?)`,
    ],
    [
      'key in the wrong table',
      'threshold = 0.1',
      `${file}:1:1: threshold: is 0.1, but there is no such key (it belongs to vision.threshold or hearing.threshold)`,
    ],
    [
      'wrong unit',
      '[output.green]\nhold_s = 2.5',
      `${file}:2:1: output.green.hold_s: is 2.5, but the key is hold_ms, in milliseconds: hold_ms = 2500`,
    ],
    [
      'no unit',
      '[output.green]\nhold = 2000',
      `${file}:2:1: output.green.hold: is 2000, but the key is hold_ms, in milliseconds`,
    ],
    [
      'unit in the value',
      '[output]\ngreen = { hold_ms = "2s" }',
      `${file}:2:21: output.green.hold_ms: is "2s", but must be a whole number from 100 to 60000, in milliseconds`,
    ],
    [
      'threshold at its lower end',
      '[vision]\nthreshold = 0',
      `${file}:2:13: vision.threshold: is 0, but must be a number above 0, at most 1`,
    ],
    [
      'threshold above its range',
      '[vision]\nthreshold = 1.01',
      `${file}:2:13: vision.threshold: is 1.01, but must be`,
    ],
    [
      'not a number',
      '[vision]\nthreshold = nan',
      `${file}:2:13: vision.threshold: is NaN, but must be a number above 0`,
    ],
    [
      'a broken number',
      '[camera]\nwidth_px = 640.5',
      `${file}:2:12: camera.width_px: is 640.5, but must be a whole number`,
    ],
    [
      'value for a table',
      'camera = 3',
      `${file}:1:10: camera: is 3, but must be a table with source, fallback, width_px`,
    ],
    [
      'table for a value',
      '[camera.fps]\nx = 1',
      `${file}:1:1: camera.fps: is a table, but must be a number above 0, at most 60, in frames a second`,
    ],
    [
      'two keys that contradict each other',
      '[output.green]\nhold_ms = 6000',
      `${file}:2:11: output.green.hold_ms: is 6000, but must not be above output.green.max_on_ms, which is 5000`,
    ],
    [
      'a key that contradicts a default',
      '[camera]\nfps = 1',
      `${file}:2:7: camera.fps: is 1, but must not be below camera.idle_fps, which is 2 by default`,
    ],
    [
      'a voice that is demanded where nobody listens',
      '[microphone]\nsource = "none"\n[access]\nrequire = "both"',
      `${file}:4:11: access.require: is "both", but microphone.source is "none": nobody could ever be let in`,
    ],
    [
      'a time zone that there is not',
      '[device]\ntime_zone = "Europe/Atlantis"',
      `${file}:2:13: device.time_zone: is "Europe/Atlantis", but must be a time zone of the IANA database, as "Europe/Berlin"`,
    ],
    [
      'an output that could open two doors of a lock chamber',
      '[outputs.inner]\nfails = "safe"\ninterlock_group = 1',
      `${file}:2:9: outputs.inner.fails: is "safe", but the output has an interlock_group`,
    ],
    [
      'an output that is there for nothing',
      '[outputs.bell]\non_granted = false',
      `${file}:1:1: outputs.bell: goes on for nothing: set one of on_granted, on_refused`,
    ],
    [
      'an output with the name of another device',
      '[outputs.camera]\npin = 13',
      `${file}:1:1: outputs.camera: is not allowed: at most 16 tables; a name has small letters`,
    ],
    ['an output that is no table', 'outputs = 3', `${file}:1:11: outputs: is not allowed: at most 16 tables`],
    [
      'a further output’s times that contradict each other',
      '[outputs.bell]\nhold_ms = 6000',
      `${file}:2:11: outputs.bell.hold_ms: is 6000, but must not be above outputs.bell.max_on_ms`,
    ],
    [
      'a further output’s key in seconds',
      '[outputs.bell]\nhold_s = 2',
      `${file}:2:1: outputs.bell.hold_s: is 2, but the key is hold_ms, in milliseconds: hold_ms = 2000`,
    ],
    ['not TOML', '[camera]\nfps = = 2', `${file}:2:7: not valid TOML: `],
    ['a key twice', '[camera]\nfps = 5\nfps = 6', `${file}:3:1: not valid TOML: `],
    ['the prototype', '[__proto__]\nfps = 5', `${file}:1:1: __proto__: is a table, but there is no such key`],
  ];
  for (const [what, text, message] of cases) {
    test(what, () => {
      expect(messageOf(text)).toStartWith(message);
    });
  }

  test('all problems of a file are told at once, each on its line', () => {
    const lines = messageOf('[camera]\nfps = 0\n[vision]\nvotes = "3"\nfoo = 1').split('\n');
    expect(lines.map((line) => line.slice(file.length + 1, file.length + 4)).sort()).toEqual([
      '2:7',
      '4:9',
      '5:1',
    ]);
  });

  test('a wrong flag is named as it was written', () => {
    expect(messageOf('', [{ key: 'vision.threshold', value: 7, flag: '--threshold' }])).toBe(
      'command line: --threshold: is 7, but must be a number above 0, at most 1',
    );
  });
});

test('a number is accepted exactly within its limits, for every key', () => {
  const numeric = [...configKeys.values()].filter(({ default: value }) => typeof value === 'number');
  const either = fc.oneof(
    fc.integer({ min: -10, max: 100_000 }),
    fc.double({ min: -1, max: 20, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...numeric), either, ({ key, allowed }, value) => {
      const [table, name] = [key.slice(0, key.lastIndexOf('.')), key.slice(key.lastIndexOf('.') + 1)];
      const message = messageOf(`[${table.replace('NAME', 'strike')}]\n${name} = ${tomlValue(value)}`);
      const range = / from ([\d.]+) to ([\d.]*\d)| above ([\d.]*\d), at most ([\d.]*\d)/.exec(allowed);
      const low = Number(range?.[1] ?? range?.[3]);
      const high = Number(range?.[2] ?? range?.[4]);
      const inside = range?.[1] === undefined ? value > low && value <= high : value >= low && value <= high;
      const fits = inside && (Number.isInteger(value) || !allowed.startsWith('a whole number'));
      if (fits) expect(message).toMatch(/^valid$|must not be (above|below)/);
      else expect(message).toContain(`${file}:2:`);
    }),
  );
});

test('any text is read or refused with a ConfigError, never anything else', () => {
  const pieces = fc.constantFrom(
    ...[
      '[camera]',
      '[',
      ']',
      'fps',
      ' = ',
      '5',
      '"',
      "'",
      '"""',
      '{',
      '}',
      '\n',
      '#',
      '.',
      ',',
      '-',
      '\\',
      '\u0000',
      'é',
    ],
    ...['a', '[[a]]', 'output.green', 'nan', '1979-05-27', '__proto__', 'constructor'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      messageOf(parts.join(''));
    }),
    { numRuns: 2000 },
  );
});

describe('finding the file', () => {
  test('here, then in the home directory, then in /etc', () => {
    expect(configSearchPath('/srv', { HOME: '/home/ana' })).toEqual([
      '/srv/vigil.toml',
      '/home/ana/.config/vigil/vigil.toml',
      '/etc/vigil/vigil.toml',
    ]);
  });

  test('the first that is there is the only one that is read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-config-'));
    try {
      const second = join(folder, 'second.toml');
      const third = join(folder, 'third.toml');
      await Bun.write(second, '[camera]\nfps = 7');
      await Bun.write(third, '[camera]\nfps = 8\nwidth_px = 320');
      const read = await readConfig({ searchPath: [join(folder, 'first.toml'), second, third] });
      expect(read.file).toBe(second);
      expect(read.config.camera).toMatchObject({ fps: 7, widthPx: 640 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a file that is named must be there, and be text', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-config-'));
    try {
      await expect(readConfig({ file: join(folder, 'none.toml') })).rejects.toThrow(
        'none.toml: cannot be read',
      );
      await mkdir(join(folder, 'folder.toml'));
      await expect(readConfig({ file: join(folder, 'folder.toml') })).rejects.toThrow(
        'folder.toml: cannot be read',
      );
      await Bun.write(join(folder, 'binary.toml'), new Uint8Array([0xff, 0xfe, 0x41]));
      await expect(readConfig({ file: join(folder, 'binary.toml') })).rejects.toThrow(
        'binary.toml: is not UTF-8 text',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('docs/configuration.md is what the schema says (bun src/config/document.ts writes it)', async () => {
  const written = await Bun.file(join(import.meta.dir, '../../docs/configuration.md')).text();
  expect(written).toBe(configurationMarkdown());
});
