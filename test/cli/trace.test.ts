import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command as replay } from '../../src/cli/replay.ts';
import { command as trace } from '../../src/cli/trace.ts';
import { type TraceRecord, traceLine } from '../../src/trace/record.ts';
import { recordingOf } from '../runtime/replay/recorded.ts';
import { objects, type Ran, runCommand } from './run-command.ts';

let folder: string;
let records: readonly TraceRecord[];

const heading =
  '{"v":1,"seq":0,"tMs":0,"kind":"note","note":"heading","data":{"utcMs":1700000000000,"clockTrusted":true}}';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-trace-cli-'));
  records = await recordingOf('one known visitor');
  write('visitor.ndjson', records);
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, lines: readonly TraceRecord[], head = `${heading}\n`): string {
  const path = join(folder, name);
  writeFileSync(path, head + lines.map((record) => `${traceLine(record)}\n`).join(''));
  return path;
}

function vigilTrace(...words: string[]): Promise<Ran> {
  return runCommand(trace, words);
}

function vigilReplay(...words: string[]): Promise<Ran> {
  return runCommand({ name: '', summary: '', commands: [replay] }, ['replay', ...words]);
}

const visitor = () => join(folder, 'visitor.ndjson');

describe('vigil trace show', () => {
  test('prints the records of a kind, an actor and a time, one a line', async () => {
    const { out, exitCode } = await vigilTrace(
      'show',
      visitor(),
      '--kind',
      'hal.out',
      '--actor',
      'output',
      '--to',
      '6s',
    );
    expect(exitCode).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^.*#\d+ /, '')),
    ).toEqual([
      'hal.out   output <- open',
      'hal.out   output <- release off',
      'hal.out   output <- grant on grant-3328-1',
      'hal.out   output <- release off',
    ]);
    expect(out).toStartWith('22:13:20.000 (0.000 s) #');
  });

  test('takes times of day where the trace knows them, and prints records as they are with --json', async () => {
    const ran = await vigilTrace('show', visitor(), '--from', '22:13:23.3', '--to', '22:13:23.4', '--json');
    const shown = objects<TraceRecord>(ran);
    expect(shown).toEqual(records.filter(({ tMs }) => tMs >= 3_300 && tMs <= 3_400));
    expect(shown.length).toBeGreaterThan(20);
  });

  test('says what is allowed in the place of a kind or time that is none', async () => {
    const kind = await vigilTrace('show', visitor(), '--kind', 'events');
    expect(kind).toMatchObject({ exitCode: 2, out: '' });
    expect(kind.err).toContain("did you mean 'event'?");
    expect(await vigilTrace('show', visitor(), '--from', 'noon')).toMatchObject({ exitCode: 2 });
  });
});

describe('vigil trace stats', () => {
  test('counts what is in a trace', async () => {
    const ran = await vigilTrace('stats', visitor(), '--json');
    expect(objects<Record<string, unknown>>(ran)[0]).toMatchObject({
      records: records.length,
      granted: [{ subjectId: 'p_ana', count: 1 }],
    });
    const { out } = await vigilTrace('stats', visitor());
    expect(out).toStartWith(`${records.length} records, from 0.000 s to 13.000 s\n`);
    expect(out).toMatch(/device\/output +on\.lit +2\.000 s +1 times/);
  });

  test('counts a trace that breaks off to where it breaks off, and says so', async () => {
    const path = write('cut.ndjson', records.slice(0, 100), '');
    writeFileSync(path, `${await Bun.file(path).text()}{"v":1,"se`);
    const ran = await vigilTrace('stats', path);
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.out).toStartWith('100 records');
    expect(ran.err).toContain('cut.ndjson:101: the last line breaks off');
  });
});

describe('vigil trace diff', () => {
  test('ends with 0 for two that are the same, with 1 and the first other record for two that are not', async () => {
    const same = await vigilTrace('diff', visitor(), visitor());
    expect(same).toMatchObject({ exitCode: 0, err: '' });
    const other = write('stranger.ndjson', await recordingOf('a stranger'));
    const different = await vigilTrace('diff', visitor(), other);
    expect(different.exitCode).toBe(1);
    expect(different.out).toMatch(/^the same for \d+ records, then not:\n/);
    expect(different.out).toContain(`${other}`);
  });

  test('says in what configurations differ', async () => {
    const other = write(
      'votes.ndjson',
      records.map((record, i) =>
        i === 0 ? (JSON.parse(traceLine(record).replace('"votes":3', '"votes":5')) as TraceRecord) : record,
      ),
    );
    const ran = await vigilTrace('diff', visitor(), other);
    expect(ran).toMatchObject({ exitCode: 0, err: 'vision.votes: 3 | 5\n' });
  });

  test('takes two files', async () => {
    expect(await vigilTrace('diff', visitor())).toMatchObject({ exitCode: 2 });
  });
});

describe('vigil replay', () => {
  test('ends with 0 when the machines do the same, with 1 and the place when they do not', async () => {
    expect(await vigilReplay(visitor())).toMatchObject({
      exitCode: 0,
      out: `${records.length} records, the same to the byte\n`,
      err: '',
    });
    const at = records.findIndex((record) => record.kind === 'hal.out' && record.op === 'grant');
    const grant = { ...records[at], grantId: 'grant-1' } as TraceRecord;
    const path = write('grant.ndjson', records.with(at, grant));
    const ran = await vigilReplay(path);
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain(`then not at ${path}:${at + 2}:`); // the heading is line 1
    expect(ran.out).toContain('grantId: "grant-1" | "grant-3328-1"');
    expect(objects<Record<string, unknown>>(await vigilReplay(path, '--json'))[0]).toMatchObject({
      records: at,
      same: false,
    });
  });

  test('finds the parts that were set aside', async () => {
    write('parts.ndjson.2', records.slice(0, 100));
    write('parts.ndjson.1', records.slice(100, 300));
    const path = write('parts.ndjson', records.slice(300));
    expect(await vigilReplay(path)).toMatchObject({
      exitCode: 0,
      out: `${records.length} records, the same to the byte\n`,
    });
    rmSync(join(folder, 'parts.ndjson.2'));
    const ran = await vigilReplay(path);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain(
      'parts.ndjson.1:2: a replay starts at a boot, and the first record here is number 101',
    );
  });

  test('with another threshold shows the first decision that changes, both sides, and how many do', async () => {
    const ran = await vigilReplay(visitor(), '--with', 'threshold=0.02');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(
      /^\d+ of \d+ decisions about a face, and 0 of 0 about a voice, are other ones\.\n/,
    );
    expect(ran.out).toContain(
      '  recorded  known: p_ana is nearest at 0.046, within 0.125; the next person at 0.421\n',
    );
    expect(ran.out).toContain('  now       unknown: p_ana is nearest at 0.046, farther than 0.02\n');
    expect(ran.out).toContain('Grants: 1 recorded, 0 now.\n');
  });

  test('with both senses demanded shows the first answer that changes', async () => {
    const ran = await vigilReplay(visitor(), '--with', 'require=both');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('Grants: 1 recorded, 0 now.\n');
  });

  test('says what is allowed after --with', async () => {
    for (const [setting, words] of [
      ['treshold=0.1', "did you mean 'threshold'?"],
      ['threshold=3', 'a number above 0, at most 1'],
      ['margin=', 'a number from 0 to 1'],
      ['margin=much', 'a number from 0 to 1'],
      ['margin', "a name, '=' and a value are needed"],
      ['policy=open', 'policies are lamp'],
      ['require=eyes', 'must be "either" or "face" or "voice" or "both"'],
      ['both-within-ms=-1', 'a number from 0 to 60000'],
      ['evidence-max-age-ms=-1', 'a number from 0 to 60000'],
    ] as const) {
      const ran = await vigilReplay(visitor(), '--with', setting);
      expect(ran).toMatchObject({ exitCode: 2, out: '' });
      expect(ran.err).toContain(words);
    }
  });

  test('refuses a recording of another configuration than the one that is given', async () => {
    const config = join(folder, 'vigil.toml');
    writeFileSync(config, '[vision]\nvotes = 5\n');
    const ran = await vigilReplay(visitor(), '--config', config);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain('vision.votes is 3 there, 5 here');
    writeFileSync(config, '');
    expect((await vigilReplay(visitor(), '--config', config)).exitCode).toBe(0);
  });
});

test('what is no trace is refused with file, line and what is allowed', async () => {
  const no = join(folder, 'no.ndjson');
  for (const [text, words] of [
    ['', 'no.ndjson has no records'],
    ['\u0000\u0001 a picture\n', 'no.ndjson:1: not a JSON object; a trace has one record a line'],
    ['{"v":7,"seq":1}\n', 'no.ndjson:1: trace version 7, but this program reads version 1'],
    ['{"v":1,"seq":1,"tMs":0,"kind":"thing"}\n', "no.ndjson:1: field 'kind': allowed are actor, event"],
    [`${heading}\n{"v":1,"seq":1,"tMs":0,"kind":"note","data":{}}\n`, "no.ndjson:2: field 'note'"],
  ] as const) {
    writeFileSync(no, text);
    for (const ran of [
      await vigilTrace('diff', no, visitor()),
      await vigilReplay(no),
      await vigilReplay(no, '--with', 'margin=0'),
    ]) {
      expect(ran).toMatchObject({ exitCode: 2, out: '' });
      expect(ran.err).toContain(words);
    }
  }
  mkdirSync(join(folder, 'folder'));
  expect((await vigilReplay(join(folder, 'folder'))).err).toContain('is not a file');
  expect(await vigilReplay(join(folder, 'absent'))).toMatchObject({ exitCode: 3 });
});
