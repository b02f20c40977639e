import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { traceData } from '../../src/trace/data.ts';
import { personalField } from '../../src/trace/privacy.ts';
import type { TraceRecord } from '../../src/trace/record.ts';

/** A record as somebody would make it who does not ask what may be written. */
function record(data: object): TraceRecord {
  return { v: 1, seq: 1, tMs: 0, kind: 'note', note: 'test', data } as unknown as TraceRecord;
}

test.each([
  ['a name', { who: 'Ana' }, 'data.who'],
  ['a sentence', { evidence: { reason: 'p_ana is nearest at 0.05' } }, 'data.evidence.reason'],
  ['an embedding', { people: [{ trackId: 1, embedding: [0.1, -0.2] }] }, 'data.people.0.embedding'],
  ['an address with a password', { device: 'rtsp://me:secret@door/1' }, 'data.device'],
])('%s in a record is found, with where it stands', (_, data, path) => {
  expect(personalField(record(data))).toBe(path);
});

test('ids, codes, numbers and the names of devices and errors may be written', () => {
  const data = { subjectId: 'p_ana', code: 'nobody-named', atMs: 12.5, good: true, none: null };
  expect(
    personalField(record({ ...data, error: 'TypeError', device: 'camera/1', list: [data] })),
  ).toBeUndefined();
});

test('nothing that the recorder lets through is personal', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), (data) => {
      expect(personalField(record(traceData(data)))).toBeUndefined();
    }),
  );
});
