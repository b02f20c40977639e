/**
 * Writes protocol buffer messages (wire format: protobuf.dev/programming-guides/encoding).
 *
 * Our own and not a library: ONNX needs three of the wire types, the packages that bring the whole schema
 * weigh a megabyte, and none of them promises what the conversion check rests on: that the same model gives
 * the same bytes in every version. Fields are written in the order of the calls.
 */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** int32, int64, enum: a negative number takes ten bytes, as in every protocol buffer library. */
  integer(field: number, value: number | bigint): this {
    this.#tag(field, wireType.varint);
    return this.#push(varint(value));
  }

  float(field: number, value: number): this {
    this.#tag(field, wireType.fixed32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, wireType.lengthDelimited);
    this.#push(varint(value.length));
    return this.#push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A message inside this one, written by `write`. */
  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  /** A repeated integer field, packed. */
  packedIntegers(field: number, values: readonly (number | bigint)[]): this {
    const inner = new ProtobufWriter();
    for (const value of values) inner.#push(varint(value));
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  #tag(field: number, type: number): void {
    this.#push(varint(field * 8 + type));
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

const wireType = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

/** Seven bits a byte, low ones first; a set top bit says that more follow. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
