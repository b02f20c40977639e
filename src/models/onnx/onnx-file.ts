import { ProtobufWriter } from './protobuf.ts';

/** A constant of a graph, row-major. */
export type Tensor =
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly values: Float32Array }
  | { readonly type: 'uint8'; readonly shape: readonly number[]; readonly values: Uint8Array }
  | { readonly type: 'int64'; readonly shape: readonly number[]; readonly values: BigInt64Array };

export type ElementType = Tensor['type'];

/** A whole number, a list of them, or a word; the networks here need no other kind. */
export type Attribute = number | readonly number[] | string;

export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An input or output of the whole graph; a named dimension may have any size. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly GraphNode[];
  /** Written into the file's metadata: where the weights come from, under which licence. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** ONNX's numbers for element types (onnx.proto3, TensorProto.DataType); Cast takes them too. */
export const elementTypeNumber: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, int64: 7 };

// IR 8 and operator set 17: as old as the operators allow, so that old runtimes on boards read the files.
const irVersion = 8;
const operatorSet = 17;

/** The bytes of a .onnx file. Field numbers: onnx.proto3 of ONNX 1.12. The same model gives the same bytes. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const file = new ProtobufWriter()
    .integer(1, irVersion)
    .string(2, 'vigil')
    .message(7, (graph) => {
      for (const node of model.nodes) graph.message(1, (inner) => writeNode(inner, node));
      graph.string(2, model.name);
      for (const [name, tensor] of model.constants) {
        graph.message(5, (inner) => writeTensor(inner, name, tensor));
      }
      for (const value of model.inputs) graph.message(11, (inner) => writeValue(inner, value));
      for (const value of model.outputs) graph.message(12, (inner) => writeValue(inner, value));
    })
    .message(8, (operators) => operators.integer(2, operatorSet));
  for (const [key, value] of Object.entries(model.metadata)) {
    file.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  return file.finish();
}

function writeNode(writer: ProtobufWriter, node: GraphNode): void {
  for (const input of node.inputs) writer.string(1, input);
  writer.string(2, node.output).string(3, node.output).string(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (attribute) => {
      attribute.string(1, name);
      if (typeof value === 'number') attribute.integer(3, value).integer(20, 2);
      else if (typeof value === 'string') attribute.string(4, value).integer(20, 3);
      else attribute.packedIntegers(8, value).integer(20, 7);
    });
  }
}

function writeTensor(writer: ProtobufWriter, name: string, tensor: Tensor): void {
  writer.packedIntegers(1, tensor.shape).integer(2, elementTypeNumber[tensor.type]).string(8, name);
  // raw_data is little-endian, as is every machine that Bun runs on.
  const { buffer, byteOffset, byteLength } = tensor.values;
  writer.bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
}

function writeValue(writer: ProtobufWriter, value: GraphValue): void {
  writer.string(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.integer(1, elementTypeNumber[value.type]).message(2, (shape) => {
        for (const size of value.shape) {
          shape.message(1, (dimension) =>
            typeof size === 'number' ? dimension.integer(1, size) : dimension.string(2, size),
          );
        }
      }),
    ),
  );
}
