/**
 * Writes ONNX files of a few nodes, so that tests can plug in networks of any input size, layout and output
 * without a binary in the repository. Field numbers: onnx.proto3, ONNX 1.16 (IR version 8, opset 17).
 */

export type Dim = number | string;

export interface TinyTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers and lists of them; nothing here needs another kind. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface TinyValue {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  readonly dims: readonly Dim[];
}

export interface TinyGraph {
  readonly inputs: readonly TinyValue[];
  readonly outputs: readonly TinyValue[];
  readonly nodes: readonly TinyNode[];
  readonly constants?: readonly TinyTensor[];
}

const elementType = { float32: 1, uint8: 2, int64: 7 } as const;

export function tinyOnnx(graph: TinyGraph): Uint8Array {
  const body = message([
    ...graph.nodes.map((node) => field(1, nodeProto(node))),
    field(2, utf8('tiny')),
    ...(graph.constants ?? []).map((tensor) => field(5, tensorProto(tensor))),
    ...graph.inputs.map((value) => field(11, valueProto(value))),
    ...graph.outputs.map((value) => field(12, valueProto(value))),
  ]);
  return message([number(1, 8), field(7, body), field(8, message([number(2, 17)]))]);
}

function nodeProto({ op, inputs, outputs, attributes = {} }: TinyNode): Uint8Array {
  return message([
    ...inputs.map((name) => field(1, utf8(name))),
    ...outputs.map((name) => field(2, utf8(name))),
    field(4, utf8(op)),
    ...Object.entries(attributes).map(([name, value]) =>
      field(
        5,
        typeof value === 'number'
          ? message([field(1, utf8(name)), number(3, value), number(20, 2)])
          : message([field(1, utf8(name)), ...value.map((item) => number(8, item)), number(20, 7)]),
      ),
    ),
  ]);
}

function tensorProto({ name, dims, data }: TinyTensor): Uint8Array {
  return message([
    ...dims.map((dim) => number(1, dim)),
    number(2, data instanceof Float32Array ? elementType.float32 : elementType.int64),
    field(8, utf8(name)),
    field(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

function valueProto({ name, type, dims }: TinyValue): Uint8Array {
  const shape = message(
    dims.map((dim) => field(1, typeof dim === 'number' ? number(1, dim) : field(2, utf8(dim)))),
  );
  const tensor = message([number(1, elementType[type]), field(2, shape)]);
  return message([field(1, utf8(name)), field(2, field(1, tensor))]);
}

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return message([varint((tag << 3) | 2), varint(bytes.length), bytes]);
}

function number(tag: number, value: number): Uint8Array {
  return message([varint(tag << 3), varint(value)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  // Sixty-four bits two's complement, as protobuf writes negative numbers.
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest < 128n) {
      bytes.push(low);
      return Uint8Array.from(bytes);
    }
    bytes.push(low | 128);
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function message(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
