import { z } from 'zod';
import { ConversionError } from './errors.ts';

const quantizationSchema = z.discriminatedUnion('dtype', [
  z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
]);

const entrySchema = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32']),
  quantization: quantizationSchema.optional(),
});

/** TensorFlow.js's weight manifest: groups of weights, each stored back to back in the group's files. */
export const weightManifestSchema = z.array(
  z.object({ paths: z.array(z.string()).min(1), weights: z.array(entrySchema) }),
);

export type WeightManifest = z.infer<typeof weightManifestSchema>;
type Entry = z.infer<typeof entrySchema>;

/** One weight, row-major, as TensorFlow.js would see it. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
  /** Where the file keeps one byte a value: the bytes, and value = byte * scale + min. */
  readonly quantized?: { readonly bytes: Uint8Array; readonly scale: number; readonly min: number };
}

/** The weights of one network by name; asking for one that is not there is an error that names it. */
export class Weights {
  readonly #byName: ReadonlyMap<string, Weight>;

  constructor(weights: readonly Weight[]) {
    this.#byName = new Map(weights.map((weight) => [weight.name, weight]));
  }

  get(name: string): Weight {
    const weight = this.#byName.get(name);
    if (weight === undefined) throw new ConversionError(`There is no weight named ${name}.`);
    return weight;
  }

  /** The values of a float32 weight. */
  floats(name: string): Float32Array {
    const { values } = this.get(name);
    if (values instanceof Float32Array) return values;
    throw new ConversionError(`Weight ${name} holds whole numbers where floats are needed.`);
  }
}

/**
 * Reads the weights a manifest lists; `file` gives the bytes of a path named in it. Entries stand one after
 * the other without padding. Throws ConversionError where the files hold less or more than the manifest says.
 */
export function readWeights(manifest: WeightManifest, file: (path: string) => Uint8Array): Weights {
  const weights: Weight[] = [];
  for (const group of manifest) {
    const data = concatenate(group.paths.map(file));
    let offset = 0;
    for (const entry of group.weights) {
      const count = entry.shape.reduce((product, size) => product * size, 1);
      const end = offset + count * bytesPerValue(entry);
      if (end > data.length) {
        throw new ConversionError(
          `${group.paths.join(', ')} ends early: weight ${entry.name} needs bytes ${offset} to ${end}, ` +
            `the file has ${data.length}.`,
        );
      }
      weights.push(readWeight(entry, data.slice(offset, end)));
      offset = end;
    }
    if (offset !== data.length) {
      throw new ConversionError(
        `${group.paths.join(', ')} has ${data.length} bytes, its manifest speaks of ${offset}.`,
      );
    }
  }
  return new Weights(weights);
}

function bytesPerValue(entry: Entry): number {
  if (entry.quantization === undefined) return 4;
  return entry.quantization.dtype === 'uint8' ? 1 : 2;
}

/** `bytes` is a copy of its own, so it is aligned for every element type. */
function readWeight({ name, shape, dtype, quantization }: Entry, bytes: Uint8Array<ArrayBuffer>): Weight {
  if (quantization === undefined) {
    const values = dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
    return { name, shape, values };
  }
  if (quantization.dtype === 'float16') {
    return { name, shape, values: rounded(Float32Array.from(new Float16Array(bytes.buffer)), dtype) };
  }
  const { scale, min } = quantization;
  const values = Float64Array.from(bytes, (byte) => byte * scale + min);
  return { name, shape, values: rounded(values, dtype), quantized: { bytes, scale, min } };
}

function rounded(values: Float32Array | Float64Array, dtype: Entry['dtype']): Float32Array | Int32Array {
  return dtype === 'int32' ? Int32Array.from(values, Math.round) : Float32Array.from(values);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
