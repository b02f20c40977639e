import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ProtobufWriter } from '../../../src/models/onnx/protobuf.ts';
import { readPacked, readWire } from './wire.ts';

const fieldNumber = fc.integer({ min: 1, max: 2 ** 20 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const float32 = fc.float({ noNaN: true });

describe('a protocol buffer that was written', () => {
  test('is read back as it was, field by field', () => {
    const written = fc.oneof(
      fc.record({ kind: fc.constant('integer' as const), field: fieldNumber, value: int64 }),
      fc.record({ kind: fc.constant('float' as const), field: fieldNumber, value: float32 }),
      fc.record({ kind: fc.constant('bytes' as const), field: fieldNumber, value: fc.uint8Array() }),
    );
    fc.assert(
      fc.property(fc.array(written), (fields) => {
        const writer = new ProtobufWriter();
        for (const item of fields) {
          if (item.kind === 'integer') writer.integer(item.field, item.value);
          else if (item.kind === 'float') writer.float(item.field, item.value);
          else writer.bytes(item.field, item.value);
        }
        const expected = fields.map(({ field, value }) => ({ field, value }));
        expect(readWire(writer.finish())).toEqual(expected);
      }),
    );
  });

  test('keeps text, packed numbers and messages inside messages', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(int64), (text, numbers) => {
        const bytes = new ProtobufWriter()
          .message(3, (inner) => inner.string(1, text).packedIntegers(2, numbers))
          .finish();
        const [outer] = readWire(bytes);
        expect(outer?.field).toBe(3);
        const [first, second] = readWire(bytesOf(outer?.value));
        expect(new TextDecoder().decode(bytesOf(first?.value))).toBe(text);
        expect(readPacked(bytesOf(second?.value))).toEqual(numbers);
      }),
    );
  });

  test('has the bytes of the encoding guide for 150, for -1 and for "testing"', () => {
    expect([...new ProtobufWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().integer(1, -1).finish()]).toEqual([0x08, ...Array(9).fill(0xff), 0x01]);
    expect(Buffer.from(new ProtobufWriter().string(2, 'testing').finish()).toString('hex')).toBe(
      '120774657374696e67',
    );
  });
});

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('not bytes');
}
