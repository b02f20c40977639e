import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { header, kinds, MessageReader, message, ProtocolError } from '../../../hal/native/protocol.ts';

const longestDataBytes = 300;
const smallKinds = [kinds.set, kinds.level, kinds.edge] as const;

const anyMessage = fc.oneof(
  fc.record({
    kind: fc.constant(kinds.data),
    payload: fc.uint8Array({ minLength: 1, maxLength: longestDataBytes }),
  }),
  fc.record({ kind: fc.constantFrom(...smallKinds), payload: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
  fc.record({
    kind: fc.constantFrom(kinds.alive, kinds.credit, kinds.lost),
    payload: fc.constant(new Uint8Array(0)),
  }),
);

test('messages come out as they went in, however the stream is cut into pieces', () => {
  const check = (
    messages: { kind: (typeof kinds)[keyof typeof kinds]; payload: Uint8Array }[],
    cuts: number[],
  ) => {
    const stream = Buffer.concat(messages.map(({ kind, payload }) => message(kind, payload)));
    const reader = new MessageReader(longestDataBytes);
    const read: { kind: number; payload: number[] }[] = [];
    let under: number[] = [];
    const edges = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])];
    for (const [index, from] of edges.sort((a, b) => a - b).entries()) {
      for (const { kind, bytes, ends } of reader.push(stream.subarray(from, edges[index + 1]))) {
        under.push(...bytes);
        if (!ends) continue;
        read.push({ kind, payload: under });
        under = [];
      }
    }
    expect(read).toEqual(messages.map(({ kind, payload }) => ({ kind, payload: [...payload] })));
  };
  fc.assert(fc.property(fc.array(anyMessage), fc.array(fc.nat()), check), { numRuns: 200 });
});

test('noise ends as a ProtocolError or as messages within their limits, and nothing else', () => {
  const check = (noise: Uint8Array) => {
    try {
      for (const { bytes } of new MessageReader(longestDataBytes).push(noise)) {
        expect(bytes.length).toBeLessThanOrEqual(16_384);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), { numRuns: 300 });
});

test('a message that is longer than its kind allows is refused before it is read', () => {
  for (const [kind, bytes] of [
    [kinds.data, longestDataBytes + 1],
    [kinds.failed, 16_385],
    [kinds.set, 2],
  ] as const) {
    const reader = new MessageReader(longestDataBytes);
    expect(() => [...reader.push(header(kind, bytes))]).toThrow(ProtocolError);
  }
});
