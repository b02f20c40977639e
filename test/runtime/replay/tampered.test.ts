import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { replay } from '../../../src/runtime/replay/replay.ts';
import { whatIf } from '../../../src/runtime/replay/what-if.ts';
import { TraceLines } from '../../../src/trace/lines.ts';
import { TraceFileError } from '../../../src/trace/read.ts';
import { type TraceRecord, traceLine } from '../../../src/trace/record.ts';
import { TraceCounter } from '../../../src/trace/stats.ts';
import { asFile, recordingOf, signal } from './recorded.ts';

let records: readonly TraceRecord[];
let bytes: Uint8Array;
let folder: string;

beforeAll(async () => {
  records = await recordingOf('a person who stands and speaks');
  bytes = new TextEncoder().encode(records.map((record) => `${traceLine(record)}\n`).join(''));
  folder = mkdtempSync(join(tmpdir(), 'vigil-tampered-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The recording with the records that fit altered or, where nothing is given for them, taken out. */
function altered(
  fits: (record: TraceRecord) => boolean,
  alter: (record: TraceRecord) => TraceRecord | undefined,
): { at: number; tampered: TraceRecord[] } {
  const index = records.findIndex(fits);
  const record = records[index];
  if (record === undefined) throw new Error('no such record');
  const other = alter(record);
  const tampered = [
    ...records.slice(0, index),
    ...(other === undefined ? [] : [other]),
    ...records.slice(index + 1),
  ];
  return { at: record.seq, tampered: tampered.map((kept, i) => ({ ...kept, seq: i + 1 })) };
}

async function foundAt(tampered: readonly TraceRecord[]): Promise<number | undefined> {
  const { divergence } = await replay(asFile(tampered), signal);
  return divergence?.left?.seq;
}

const isGrant = (record: TraceRecord) => record.kind === 'hal.out' && record.op === 'grant';

/** The look in which the visitor is named. */
const isDecidingLook = (record: TraceRecord) =>
  record.kind === 'event' && record.event === 'LOOK.COMPLETED' && traceLine(record).includes('"known"');

describe('a recording that somebody altered is found out where it was altered', () => {
  test('a grant to the lamp under another id', async () => {
    const { at, tampered } = altered(isGrant, (record) => ({ ...record, grantId: 'grant-1' }) as TraceRecord);
    expect(await foundAt(tampered)).toBe(at);
  });

  test('a grant to the lamp that is taken out', async () => {
    const { at, tampered } = altered(isGrant, () => undefined);
    const { divergence } = await replay(asFile(tampered), signal);
    expect(divergence?.left?.seq).toBe(at); // what follows it stands in its place
    expect(divergence?.right).toMatchObject({ kind: 'hal.out', op: 'grant' });
    expect(divergence?.before).toHaveLength(10);
  });

  test('a grant to the lamp that nobody gave', async () => {
    const grant = records.find(isGrant)!;
    const { at, tampered } = altered(
      (record) => record.kind === 'event' && record.event === 'LOOKING.WENT_ON',
      () => grant,
    );
    const { divergence } = await replay(asFile(tampered), signal);
    expect(divergence?.left?.seq).toBe(at);
    expect(divergence?.right).toBeNull();
    expect(divergence?.why).toBe('it cannot have come from outside');
  });

  test('the lamp beside it, told otherwise', async () => {
    const { at, tampered } = altered(
      (record) => record.kind === 'hal.out' && record.device === 'red',
      (record) => ({ ...record, on: false }) as TraceRecord,
    );
    expect(await foundAt(tampered)).toBe(at);
  });

  test('an answer of access that was a refusal', async () => {
    const { at, tampered } = altered(
      (record) => record.kind === 'event' && record.event === 'ACCESS.GRANTED',
      (record) => ({ ...record, event: 'ACCESS.REFUSED' }) as TraceRecord,
    );
    expect(await foundAt(tampered)).toBe(at);
  });

  test('evidence that names another person: at the first thing that the machines make of it', async () => {
    const { at, tampered } = altered(
      isDecidingLook,
      (record) =>
        JSON.parse(traceLine(record).replace('"subjectId":"p_ana"', '"subjectId":"p_bea"')) as TraceRecord,
    );
    const found = await replay(asFile(tampered), signal);
    expect(found.divergence?.left).toMatchObject({ event: 'FACE.SEEN' });
    expect(found.divergence?.left?.seq).toBeWithin(at, at + 10);
  });

  test('evidence that no device can have given: the message names the field', async () => {
    const { at, tampered } = altered(
      isDecidingLook,
      (record) => JSON.parse(traceLine(record).replace('"known"', '"certain"')) as TraceRecord,
    );
    const { divergence } = await replay(asFile(tampered), signal);
    expect(divergence?.left?.seq).toBe(at);
    expect(divergence?.why).toStartWith("field 'people.0.decision'");
  });

  test('any record that the machines made, in any of its numbers', async () => {
    const made = records.filter(
      ({ kind }) => kind === 'snapshot' || kind === 'microstep' || kind === 'guard' || kind === 'timer',
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...made), async ({ seq }) => {
        const { tampered } = altered(
          (record) => record.seq === seq,
          (record) => ({ ...record, actor: 'device/elsewhere' }) as TraceRecord,
        );
        expect(await foundAt(tampered)).toBe(seq);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a recording that is damaged', () => {
  const path = () => join(folder, 'damaged.ndjson');

  /** Whatever is done with a trace: it works as far as the file goes, or says file and line. */
  async function read(): Promise<void> {
    try {
      const counter = new TraceCounter();
      for (const { record } of new TraceLines(path())) counter.see(record);
      counter.stats();
      await replay(new TraceLines(path()), signal);
      await whatIf(new TraceLines(path()), { threshold: 0.1 }, signal);
    } catch (error) {
      if (!(error instanceof TraceFileError)) throw error;
      expect(error.message).toMatch(/:\d+: ./);
    }
  }

  test('cut off anywhere, is replayed to there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4_000, max: bytes.length }), async (length) => {
        writeFileSync(path(), bytes.subarray(0, length));
        const { divergence } = await replay(new TraceLines(path()), signal);
        expect(divergence).toBeNull();
        await read();
      }),
      { numRuns: 15 },
    );
  });

  test('with a byte changed anywhere, never ends in a crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        async (place, value) => {
          const changed = bytes.slice();
          changed[place] = value;
          writeFileSync(path(), changed);
          await read();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('without its beginning, says where a replay starts', async () => {
    writeFileSync(
      path(),
      records
        .slice(49)
        .map((record) => `${traceLine(record)}\n`)
        .join(''),
    );
    const error = await replay(new TraceLines(path()), signal).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(
      'damaged.ndjson:1: a replay starts at a boot, and the first record here is number 50',
    );
  });

  test('of another program, says which one', async () => {
    const text = new TextDecoder().decode(bytes).replace(/"sha256":"../, '"sha256":"00');
    writeFileSync(path(), text);
    const error = await replay(new TraceLines(path()), signal).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(
      /damaged\.ndjson:1: recorded by a program \(version .*\) whose machines are not/,
    );
  });
});
