import {
  type Attribute,
  type ElementType,
  elementTypeNumber,
  type GraphNode,
  type GraphValue,
  type OnnxModel,
  type Tensor,
} from './onnx-file.ts';

/** Collects the nodes and constants of a graph in order. Every method that computes returns a value's name. */
export class GraphBuilder {
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #small = new Map<string, string>();

  input(name: string, type: ElementType, shape: GraphValue['shape']): string {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** Makes `value` an output of the graph, under `name`. */
  output(name: string, type: ElementType, shape: GraphValue['shape'], value: string): void {
    this.#nodes.push({ operator: 'Identity', inputs: [value], output: name, attributes: {} });
    this.#outputs.push({ name, type, shape });
  }

  /** An empty input name leaves an optional input out. */
  node(operator: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const output = `${operator}_${this.#nodes.length}`;
    this.#nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  cast(value: string, type: ElementType): string {
    return this.node('Cast', [value], { to: elementTypeNumber[type] });
  }

  constant(tensor: Tensor): string {
    // Shapes, axes and factors repeat; weights do not.
    const key =
      tensor.values.length <= 16 ? `${tensor.type} ${tensor.shape} ${tensor.values.join()}` : undefined;
    const known = key === undefined ? undefined : this.#small.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}`;
    this.#constants.set(name, tensor);
    if (key !== undefined) this.#small.set(key, name);
    return name;
  }

  /** A vector of whole numbers: a shape, axes, indices. */
  integers(...values: number[]): string {
    return this.constant({
      type: 'int64',
      shape: [values.length],
      values: BigInt64Array.from(values, BigInt),
    });
  }

  /** A vector of float32, or of any `shape` that takes as many. */
  floats(values: Iterable<number>, shape?: readonly number[]): string {
    const array = Float32Array.from(values);
    return this.constant({ type: 'float32', shape: shape ?? [array.length], values: array });
  }

  /** One float32 without dimensions. */
  scalar(value: number): string {
    return this.floats([value], []);
  }

  finish(name: string, metadata: OnnxModel['metadata']): OnnxModel {
    return {
      name,
      metadata,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      constants: this.#constants,
    };
  }
}
