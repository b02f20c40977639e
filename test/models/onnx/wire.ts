/**
 * Reads protocol buffers without a schema, straight from the wire format's description: the writer under test
 * must not be judged by its own idea of it.
 */
export interface WireField {
  readonly field: number;
  readonly value: bigint | number | Uint8Array;
}

export function readWire(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (): bigint => {
    const { value, next } = readVarint(bytes, offset);
    offset = next;
    return value;
  };
  while (offset < bytes.length) {
    const tag = Number(take());
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ field, value: take() });
        break;
      case 2: {
        const length = Number(take());
        if (offset + length > bytes.length) throw new Error('a field reaches over the end');
        fields.push({ field, value: bytes.slice(offset, offset + length) });
        offset += length;
        break;
      }
      case 5:
        fields.push({ field, value: view.getFloat32(offset, true) });
        offset += 4;
        break;
      default:
        throw new Error(`wire type ${tag % 8}`);
    }
  }
  return fields;
}

export function readPacked(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const { value, next } = readVarint(bytes, offset);
    values.push(value);
    offset = next;
  }
  return values;
}

/** Signed, as int64. */
function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let offset = start; offset < bytes.length; offset += 1) {
    const byte = bytes[offset] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (offset - start));
    if (byte < 0x80) return { value: BigInt.asIntN(64, value), next: offset + 1 };
  }
  throw new Error('a number does not end');
}
