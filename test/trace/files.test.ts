import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WholeTrace } from '../../src/trace/lines.ts';
import { parseTrace, TraceFileError } from '../../src/trace/read.ts';
import { readTrace } from '../../src/trace/read-file.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { lastTracePath, TraceFile, writeRing } from '../../src/trace/sinks.ts';
import { StepClock } from './step-clock.ts';

const wallClock = { nowUtcMs: () => 1_700_000_000_000, trusted: true };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-trace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const neverStopped = (error: Error): void => {
  throw error;
};

describe('a trace file', () => {
  test('holds what was in memory and what follows, and is whole when closed', async () => {
    const clock = new StepClock();
    clock.advance(500);
    const recorder = new TraceRecorder(clock);
    recorder.note('before');
    const path = join(folder, 'a trace.ndjson');
    const file = await TraceFile.open({ path, recorder, wallClock, onStopped: neverStopped });
    recorder.halOut('lamp', 'grant', { on: true, grantId: 'g-1' });
    clock.advance(20);
    recorder.halOut('lamp', 'release', { on: false });
    await file.close();
    await file.close();
    recorder.note('after');
    const { records, utcOffsetMs, incomplete } = await readTrace(path);
    expect(records).toEqual(recorder.records().slice(0, 3));
    expect(utcOffsetMs).toBe(1_700_000_000_000 - 500);
    expect(incomplete).toBeNull();
  });

  test('never grows past its limit: the part before is set aside, older parts go', async () => {
    const recorder = new TraceRecorder(new StepClock(), 2);
    const path = join(folder, 'trace.ndjson');
    const file = await TraceFile.open({
      path,
      recorder,
      wallClock,
      onStopped: neverStopped,
      maxBytes: 200_000,
    });
    for (let i = 0; i < 10_000; i++) recorder.note('tick', { i });
    await file.close();
    const names = readdirSync(folder).sort();
    expect(names).toEqual(['trace.ndjson', 'trace.ndjson.1', 'trace.ndjson.2', 'trace.ndjson.3']);
    const seqs = [...new WholeTrace(path)].map(({ record }) => record.seq).filter((seq) => seq > 0);
    expect(seqs).toEqual(seqs.map((_, i) => 10_000 - seqs.length + 1 + i));
    for (const name of names) expect(Bun.file(join(folder, name)).size).toBeLessThanOrEqual(200_000);
  });

  test('is read with the parts set aside in this run, and not with those of another', async () => {
    const path = join(folder, 'trace.ndjson');
    writeFileSync(`${path}.1`, 'left by an earlier run');
    const recorder = new TraceRecorder(new StepClock(), 2);
    const options = { path, recorder, wallClock, onStopped: neverStopped, maxBytes: 200_000 };
    const file = await TraceFile.open(options);
    recorder.note('boot');
    await file.close();
    expect(readdirSync(folder)).toEqual(['trace.ndjson']);
    const again = await TraceFile.open(options);
    for (let i = 0; i < 3_000; i++) recorder.note('tick', { i });
    await again.close();
    expect(readdirSync(folder).sort()).toEqual(['trace.ndjson', 'trace.ndjson.1']);
    const seqs = [...new WholeTrace(path)].map(({ record }) => record.seq).filter((seq) => seq > 0);
    expect(seqs).toEqual(Array.from({ length: 3_001 }, (_, i) => i + 1));
  });

  test.skipIf(!existsSync('/dev/full'))(
    'ends on a full disk with one message, and the firmware goes on',
    async () => {
      const recorder = new TraceRecorder(new StepClock());
      const stopped: string[] = [];
      const file = await TraceFile.open({
        path: '/dev/full',
        recorder,
        wallClock,
        onStopped: ({ message }) => stopped.push(message),
      });
      for (let i = 0; i < 100; i++) recorder.note('tick');
      await file.close();
      recorder.note('tick');
      expect(stopped).toHaveLength(1);
      expect(stopped[0]).toContain('/dev/full');
      expect(recorder.lastSeq).toBe(101);
    },
  );

  test('that cannot be created is said at once', async () => {
    const recorder = new TraceRecorder(new StepClock());
    const options = { path: join(folder, 'no/such/trace'), recorder, wallClock, onStopped: neverStopped };
    expect(TraceFile.open(options)).rejects.toThrow('ENOENT');
  });

  test('of the ring is written whole, over the one before', async () => {
    const recorder = new TraceRecorder(new StepClock(), 5_000);
    const path = lastTracePath(folder);
    await writeRing(recorder, wallClock, path);
    for (let i = 0; i < 7_000; i++) recorder.note('tick');
    await writeRing(recorder, wallClock, path);
    expect((await readTrace(path)).records).toEqual(recorder.records());
    expect(readdirSync(join(folder, 'trace'))).toEqual(['last.ndjson']);
  });
});

describe('reading a trace', () => {
  const line = '{"v":1,"seq":1,"tMs":0,"kind":"note","note":"boot","data":{}}';

  test('that breaks off in its last line gives the records before it and says where', () => {
    const { records, incomplete } = parseTrace(`${line}\n${line.slice(0, 30)}`, 'cut.ndjson');
    expect(records).toHaveLength(1);
    expect(incomplete?.message).toStartWith('cut.ndjson:2: the last line breaks off');
  });

  test('whose last line only lacks its line end is whole', () => {
    const { records, incomplete } = parseTrace(`${line}\n${line}`, 'whole.ndjson');
    expect(records).toHaveLength(2);
    expect(incomplete).toBeNull();
  });

  test('of another version, or with a line that is no record, names file, line and cause', () => {
    expect(() => parseTrace(`${line}\n{"v":2,"seq":2}\n`, 'f')).toThrow(
      new TraceFileError(
        'f',
        2,
        'trace version 2, but this program reads version 1; use the release that wrote it',
      ),
    );
    expect(() => parseTrace(`${line}\nnonsense\n${line}\n`, 'f')).toThrow(/^f:2: not a JSON object/);
    expect(() => parseTrace('{"seq":1}\n', 'f')).toThrow(/^f:1: not a trace record/);
    expect(() => parseTrace('{"v":1,"seq":1,"tMs":0,"kind":"nonsense"}\n', 'f')).toThrow(
      /^f:1: field 'kind'/,
    );
    expect(() => parseTrace('{"v":1,"seq":1,"tMs":"0","kind":"note","note":"x","data":{}}\n', 'f')).toThrow(
      /^f:1: field 'tMs'/,
    );
  });

  test('cleans what a stranger wrote into it', () => {
    const foreign =
      '{"v":1,"seq":1,"tMs":0,"kind":"note","note":"x","data":{"name":"Ana","embedding":[0.1,0.2]}}';
    expect(JSON.stringify(parseTrace(`${foreign}\n`, 'f').records)).toContain('"data":{}');
  });

  test('that is empty has no records', () => {
    expect(parseTrace('', 'f').records).toEqual([]);
  });
});
