import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { HalError } from '../../../hal/contract/errors.ts';
import {
  encode,
  MessageReader,
  maxMessageBytes,
  parseReply,
  parseRequest,
  type Request,
  replyError,
} from '../../../hal/keeper/protocol.ts';

const id = fc.nat();
const line = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }).filter((s) => s.length <= 64);
const leaseMs = fc.integer({ min: 1, max: 100_000 });
const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ op: fc.constant('hello' as const), id, version: fc.nat() }),
  fc.record({ op: fc.constant('heartbeat' as const), id }),
  fc.record({ op: fc.constant('grant' as const), id, line, leaseMs }),
  fc.record({ op: fc.constant('release' as const), id, line }),
);

test('messages arrive as they were sent, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(requests, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 50 })),
      (sent, cuts) => {
        const bytes = new TextEncoder().encode(sent.map(encode).join(''));
        const reader = new MessageReader();
        const received: Request[] = [];
        for (let start = 0, i = 0; start < bytes.length; i++) {
          const length = cuts.length === 0 ? bytes.length : cuts[i % cuts.length]!;
          for (const text of reader.push(bytes.subarray(start, start + length)))
            received.push(parseRequest(text));
          start += length;
        }
        expect(received).toEqual(sent);
        expect(reader.pendingBytes).toBe(0);
      },
    ),
  );
});

test('whatever bytes come, the reader and the parsers give messages or a HalError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        for (const text of new MessageReader().push(bytes)) {
          parseRequest(text);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(HalError);
      }
    }),
  );
});

test('a message longer than the limit is refused before its end has come, in one piece or in many', () => {
  const piece = new Uint8Array(1000).fill(0x20);
  const reader = new MessageReader();
  expect(() => {
    for (let sent = 0; sent <= maxMessageBytes; sent += piece.length) reader.push(piece);
  }).toThrow('longer than');
  expect(() => new MessageReader().push(new Uint8Array(maxMessageBytes + 1))).toThrow('longer than');
});

test('a field too many, a lease that is no time or a missing line is no request', () => {
  for (const text of [
    '{"op":"grant","id":1,"line":"lamp","leaseMs":0}',
    '{"op":"grant","id":1,"line":"lamp","leaseMs":1e999}',
    '{"op":"grant","id":1,"leaseMs":100}',
    '{"op":"heartbeat","id":1,"extra":true}',
    '{"op":"heartbeat","id":-1}',
    '[]',
    'null',
  ]) {
    expect(() => parseRequest(text)).toThrow(HalError);
  }
});

test('an error crosses the socket with its kind, device and message', () => {
  const error = new HalError('busy', 'lamp', 'is granted already');
  const text = encode({ ok: false, id: 7, kind: error.kind, device: error.device, message: error.message });
  const reply = parseReply(text);
  if (reply.ok) throw new Error('it is a failure');
  const received = replyError(reply);
  expect([received.kind, received.device, received.message]).toEqual([
    error.kind,
    error.device,
    error.message,
  ]);
});
