import { afterEach, beforeEach, describe, expect, type Mock, spyOn, test } from 'bun:test';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseInvocation, UsageError } from '../../src/cli/command.ts';
import { command } from '../../src/cli/models.ts';
import { mirrorGraph, spotDetector, temporaryFolder } from '../models/tiny-models.ts';
import { tinyOnnx } from '../support/tiny-onnx.ts';

let stdout: Mock<typeof process.stdout.write>;
beforeEach(() => {
  stdout = spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => stdout.mockRestore());

/** Runs `vigil models …` and gives the exit code and what stood on standard output. */
async function models(...words: string[]): Promise<{ exitCode: number; lines: string[] }> {
  const [name, ...args] = words;
  const found = command.commands.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  stdout.mockClear();
  const exitCode = await found.run(parseInvocation(found, args, new AbortController().signal));
  const text = stdout.mock.calls.map(([chunk]) => String(chunk)).join('');
  return { exitCode, lines: text.split('\n').slice(0, -1) };
}

/** A folder with a detector's file and entry, as somebody has it who wants to add it. */
function delivery() {
  const folder = temporaryFolder();
  const { path, added: _, file: __, ...entry } = spotDetector(folder.path, 'letterbox');
  const entryPath = join(folder.path, 'entry.json');
  writeFileSync(entryPath, JSON.stringify(entry));
  const state = join(folder.path, 'state');
  return { [Symbol.dispose]: folder[Symbol.dispose], folder: folder.path, path, entryPath, state };
}

describe('vigil models list', () => {
  test('shows each model, its licence and what the default pipeline uses it for', async () => {
    using delivered = delivery();
    const { exitCode, lines } = await models('list', '--state', delivered.state);
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(/^id +role +size +licence +from +used as$/);
    expect(lines.find((line) => line.startsWith('face128'))).toMatch(
      /embedder +\d\.\d MB .*shipped +embedder$/,
    );
    expect(lines.find((line) => line.startsWith('blazeface-short'))).toMatch(
      /Apache-2\.0 +shipped +second look$/,
    );
  });

  test('prints one JSON object a model with --json, and nothing else', async () => {
    using delivered = delivery();
    await models('add', delivered.path, '--entry', delivered.entryPath, '--state', delivered.state);
    const { lines } = await models('list', '--json', '--state', delivered.state);
    const listed = lines.map((line) => JSON.parse(line));
    expect(listed.filter(({ added }) => added)).toEqual([
      expect.objectContaining({ id: 'spot', role: 'detector', uses: [], licence: 'MIT' }),
    ]);
    expect(listed.find(({ id }) => id === 'landmark68').uses).toEqual(['landmarks']);
  });
});

describe('vigil models verify', () => {
  test('says ok for every file and ends with 0', async () => {
    using delivered = delivery();
    const { exitCode, lines } = await models('verify', '--state', delivered.state);
    expect(exitCode).toBe(0);
    expect(lines.length).toBeGreaterThanOrEqual(7);
    expect(lines.every((line) => line.startsWith('ok  '))).toBe(true);
  });

  test('names the file that is not as it was, goes on with the others, and ends with 3', async () => {
    using delivered = delivery();
    await models('add', delivered.path, '--entry', delivered.entryPath, '--state', delivered.state);
    const stored = join(delivered.state, 'models/spot.onnx');
    truncateSync(stored, 7);
    const { exitCode, lines } = await models('verify', '--json', '--state', delivered.state);
    expect(exitCode).toBe(3);
    const states = lines.map((line) => JSON.parse(line));
    expect(states.filter(({ state }) => state !== 'ok')).toEqual([
      { id: 'spot', file: stored, state: 'truncated', message: expect.stringContaining('has 7 of') },
    ]);
    expect((await models('verify', '--state', delivered.state)).lines.at(-1)).toMatch(
      /^truncated {2}model spot: /,
    );
  });
});

describe('vigil models add', () => {
  test('says what was added and that it ran', async () => {
    using delivered = delivery();
    const { exitCode, lines } = await models(
      ...['add', delivered.path, '--entry', delivered.entryPath, '--state', delivered.state],
    );
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^added detector spot \(0\.0 MB\): it runs; \d+ faces in a/),
    ]);
  });

  test('takes its id from the file’s name when it is used like another', async () => {
    using delivered = delivery();
    await models('add', delivered.path, '--entry', delivered.entryPath, '--state', delivered.state);
    const other = join(delivered.folder, 'Spot, Second Edition.onnx');
    const first = await Bun.file(delivered.path).bytes();
    // An unknown field more: another file, the same network.
    writeFileSync(other, new Uint8Array([...first, 0x10 | (15 << 3) | 0, 0]));
    const { lines } = await models('add', other, '--like', 'spot', '--json', '--state', delivered.state);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ id: 'spot-second-edition', trial: expect.stringContaining('it runs') }),
    ]);
  });

  test('is wrong use without a file, without a description, or like a model there is not', async () => {
    using delivered = delivery();
    const wrong = (...words: string[]) => models('add', ...words, '--state', delivered.state);
    await expect(wrong()).rejects.toThrow('one FILE or URL');
    await expect(wrong(delivered.path)).rejects.toThrow('--entry FILE, or --like ID');
    await expect(wrong(delivered.path, '--entry', 'a', '--like', 'b')).rejects.toThrow(
      '--entry FILE, or --like ID',
    );
    await expect(wrong(delivered.path, '--like', 'retina')).rejects.toThrow(
      "no model 'retina'; there are blazeface",
    );
    await expect(wrong(delivered.path, '--entry', '/nowhere.json')).rejects.toThrow(
      '/nowhere.json cannot be read',
    );
    await expect(wrong(delivered.path, '--like', 'face128')).rejects.toBeInstanceOf(UsageError);
    const embedder = join(delivered.folder, 'embedder.onnx');
    writeFileSync(embedder, tinyOnnx(mirrorGraph(true, 16)));
    await expect(wrong(embedder, '--like', 'face128')).rejects.toThrow(
      'the manifest says uint8 [n,150,150,3]',
    );
  });
});
