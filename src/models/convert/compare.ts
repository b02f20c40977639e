import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ConversionError } from './errors.ts';
import type { NetworkRows, PublishedNetwork } from './published-network.ts';
import type { RgbPicture } from './rgb-picture.ts';

/** The largest difference found in one output over all pictures. */
export interface Difference {
  readonly output: string;
  readonly values: number;
  readonly largest: number;
}

/** A converted network on one thread. */
export class Network {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async load(bytes: Uint8Array): Promise<Network> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
    return new Network(await InferenceSession.create(bytes, options));
  }

  /** All outputs by name. */
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

/** Both files of a network on every picture. Outputs of unequal length differ by infinity. */
export async function compareFiles(
  one: Network,
  other: Network,
  pictures: readonly RgbPicture[],
): Promise<Difference[]> {
  const found = new Map<string, Tally>();
  for (const picture of pictures) {
    const outputs = await other.run(picture);
    for (const [output, values] of await one.run(picture)) {
      tallyOf(found, output).add(values, outputs.get(output) ?? []);
    }
  }
  return differences(found);
}

/**
 * The converted network against the published one. The converted one keeps the best boxes only: each of them
 * has to be one of the published ones, and its best score has to be theirs.
 */
export async function compareWithPublished(
  converted: Network,
  published: PublishedNetwork,
  pictures: readonly RgbPicture[],
): Promise<Difference[]> {
  const found = new Map<string, Tally>();
  for (const picture of pictures) {
    const expected = published.run(picture);
    const given = rowsOf(await converted.run(picture));
    given.rows.forEach((row, index) => {
      const nearest = nearestRow(row, expected.rows);
      tallyOf(found, 'numbers').add(row, expected.rows[nearest] ?? []);
      const score = given.scores[index];
      if (score !== undefined)
        tallyOf(found, 'scores').add([score], [expected.scores[nearest] ?? Number.NaN]);
    });
    if (expected.scores.length > 0) {
      tallyOf(found, 'best score').add([given.scores[0] ?? 0], [Math.max(...expected.scores)]);
    }
  }
  return differences(found);
}

/** A box and its points as one row. */
function rowsOf(outputs: ReadonlyMap<string, Float32Array>): NetworkRows {
  const boxes = outputs.get('boxes');
  if (boxes === undefined) return { rows: [...outputs.values()], scores: [] };
  const points = outputs.get('points') ?? new Float32Array();
  const scores = Array.from(outputs.get('scores') ?? []);
  const perBox = points.length / scores.length;
  const rows = scores.map((_, index) =>
    Float32Array.of(
      ...boxes.subarray(index * 4, index * 4 + 4),
      ...points.subarray(index * perBox, (index + 1) * perBox),
    ),
  );
  return { rows, scores };
}

function nearestRow(row: Float32Array, rows: readonly Float32Array[]): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  rows.forEach((candidate, index) => {
    const difference = largestDifference(row, candidate);
    if (difference < least) [nearest, least] = [index, difference];
  });
  return nearest;
}

class Tally {
  values = 0;
  largest = 0;

  add(a: ArrayLike<number>, b: ArrayLike<number>): void {
    this.values += a.length;
    this.largest = Math.max(this.largest, largestDifference(a, b));
  }
}

function tallyOf(found: Map<string, Tally>, output: string): Tally {
  const known = found.get(output) ?? new Tally();
  found.set(output, known);
  return known;
}

function differences(found: ReadonlyMap<string, Tally>): Difference[] {
  return [...found].map(([output, { values, largest }]) => ({ output, values, largest }));
}

/** Infinity where the lengths differ or a number is missing on one side. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let index = 0; index < a.length; index += 1) {
    const difference = Math.abs((a[index] ?? 0) - (b[index] ?? 0));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
