import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { ConversionError } from './errors.ts';

/** A picture as the graphs take it: RGB, row by row. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The largest difference found in one output over all pictures. */
export interface OutputDifference {
  readonly output: string;
  readonly values: number;
  readonly largest: number;
  readonly limit: number;
}

export async function decodePicture(bytes: Uint8Array): Promise<RgbPicture> {
  const { data, info } = await sharp(bytes)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

/** A rectangle of a picture, moved and cut so that it lies inside. */
export function cut(
  picture: RgbPicture,
  [left = 0, top = 0, right = 0, bottom = 0]: readonly number[],
): RgbPicture {
  const x = Math.max(0, Math.floor(left));
  const y = Math.max(0, Math.floor(top));
  const widthPx = Math.min(picture.widthPx, Math.ceil(right)) - x;
  const heightPx = Math.min(picture.heightPx, Math.ceil(bottom)) - y;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let row = 0; row < heightPx; row += 1) {
    const start = ((y + row) * picture.widthPx + x) * 3;
    data.set(picture.data.subarray(start, start + widthPx * 3), row * widthPx * 3);
  }
  return { data, widthPx, heightPx };
}

export async function resize(picture: RgbPicture, sidePx: number): Promise<RgbPicture> {
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 } as const;
  const data = await sharp(picture.data, { raw }).resize(sidePx, sidePx, { fit: 'fill' }).raw().toBuffer();
  return { data, widthPx: sidePx, heightPx: sidePx };
}

/** A network on one thread. */
export class Network {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async load(bytes: Uint8Array): Promise<Network> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
    return new Network(await InferenceSession.create(bytes, options));
  }

  /** All float32 outputs by name. */
  async run({ data, widthPx, heightPx }: RgbPicture): Promise<Map<string, Float32Array>> {
    const [input = ''] = this.#session.inputNames;
    const [metadata] = this.#session.inputMetadata;
    const batch = metadata?.isTensor === true && metadata.shape.length === 4 ? [1] : [];
    const tensor = new Tensor('uint8', data, [...batch, heightPx, widthPx, 3]);
    const outputs = new Map<string, Float32Array>();
    for (const [name, output] of Object.entries(await this.#session.run({ [input]: tensor }))) {
      if (!(output.data instanceof Float32Array)) throw new ConversionError(`Output ${name} is not float32.`);
      outputs.set(name, output.data);
    }
    return outputs;
  }
}

/**
 * Runs both networks on every picture; an output missing in one of them, or of another length, differs by
 * infinity.
 */
export async function compareNetworks(
  one: Network,
  other: Network,
  pictures: readonly RgbPicture[],
  limits: Readonly<Record<string, number>>,
): Promise<OutputDifference[]> {
  const found = new Map(Object.keys(limits).map((output) => [output, { values: 0, largest: 0 }]));
  for (const picture of pictures) {
    const [a, b] = [await one.run(picture), await other.run(picture)];
    for (const [output, difference] of found) {
      const values = a.get(output);
      difference.values += values?.length ?? 0;
      difference.largest = Math.max(difference.largest, largestDifference(values, b.get(output)));
    }
  }
  return [...found].map(([output, difference]) => ({
    output,
    ...difference,
    limit: limits[output] ?? 0,
  }));
}

function largestDifference(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? 0))), 0);
}
