import { z } from 'zod';
import { ConversionError } from './errors.ts';
import { type WeightManifest, weightManifestSchema } from './weight-manifest.ts';

/** Text inside a TensorFlow.js graph is base64. */
const base64Text = z.base64().transform((text) => Buffer.from(text, 'base64').toString());
/** protobuf's JSON form writes 64-bit numbers as text. */
const int64 = z.union([z.string(), z.number()]).transform(Number).pipe(z.int());

const attributesSchema = z.object({
  padding: z.object({ s: base64Text }).optional(),
  data_format: z.object({ s: base64Text }).optional(),
  strides: z.object({ list: z.object({ i: z.array(int64) }) }).optional(),
  ksize: z.object({ list: z.object({ i: z.array(int64) }) }).optional(),
  dilations: z.object({ list: z.object({ i: z.array(int64) }) }).optional(),
  fused_ops: z.object({ list: z.object({ s: z.array(base64Text).default([]) }) }).optional(),
});

const graphModelSchema = z.object({
  format: z.literal('graph-model'),
  modelTopology: z.object({
    node: z.array(
      z.object({
        name: z.string(),
        op: z.string(),
        input: z.array(z.string()).default([]),
        attr: attributesSchema.default({}),
      }),
    ),
  }),
  weightsManifest: weightManifestSchema,
});

/** A node of a TensorFlow graph; what a node's operator does not have is empty. */
export interface TensorFlowNode {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly padding: 'SAME' | 'VALID' | undefined;
  /** The same along both axes in every network here. */
  readonly stride: number;
  readonly kernelSize: number;
  readonly fusedOperators: readonly string[];
}

export interface GraphModel {
  readonly nodes: ReadonlyMap<string, TensorFlowNode>;
  readonly weightManifest: WeightManifest;
}

/** Reads a TensorFlow.js graph model's JSON. Throws ConversionError for what the converter does not know. */
export function readGraphModel(name: string, json: unknown): GraphModel {
  const parsed = graphModelSchema.safeParse(json);
  if (!parsed.success) {
    throw new ConversionError(`${name} is not a graph model: ${z.prettifyError(parsed.error)}`);
  }
  const nodes = new Map<string, TensorFlowNode>();
  for (const { name: node, op, input, attr } of parsed.data.modelTopology.node) {
    const padding = attr.padding?.s;
    if (padding !== undefined && padding !== 'SAME' && padding !== 'VALID') {
      throw new ConversionError(`${name}: node ${node} pads by ${padding}.`);
    }
    if ((attr.data_format?.s ?? 'NHWC') !== 'NHWC') {
      throw new ConversionError(`${name}: node ${node} is laid out as ${attr.data_format?.s}, not NHWC.`);
    }
    if (attr.dilations?.list.i.some((step) => step !== 1)) {
      throw new ConversionError(`${name}: node ${node} is dilated.`);
    }
    nodes.set(node, {
      name: node,
      operator: op,
      inputs: input.map((value) => value.replace(/:0$/, '')),
      padding,
      stride: square(attr.strides?.list.i, `${name}: strides of ${node}`),
      kernelSize: square(attr.ksize?.list.i, `${name}: kernel of ${node}`),
      fusedOperators: attr.fused_ops?.list.s ?? [],
    });
  }
  return { nodes, weightManifest: parsed.data.weightsManifest };
}

/** [1, n, n, 1] is n; nothing is 1. */
function square(sizes: readonly number[] | undefined, what: string): number {
  if (sizes === undefined) return 1;
  const [batch, height = 1, width, channels] = sizes;
  if (sizes.length === 4 && batch === 1 && height === width && channels === 1) return height;
  throw new ConversionError(`${what} are ${sizes.join()}, not equal along both axes of the picture.`);
}
