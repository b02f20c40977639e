import { InferenceSession, Tensor } from 'onnxruntime-node';
import { defaultTraining, fitNetwork } from '../hearing/train/network.ts';
import { trainedOnnx } from '../hearing/train/network-onnx.ts';
import { fitScaler, scaled } from '../hearing/train/scaler.ts';
import { networkInput, networkOutput } from '../hearing/trained-file.ts';

/** The features of a piece of somebody's sound. */
export interface FeaturedPiece {
  readonly spokenBy: string;
  readonly features: Float32Array;
}

/** A network that was trained on some speakers. To be closed. */
export interface TrainedNetwork extends AsyncDisposable {
  /** Who it knows. */
  readonly labels: readonly string[];
  /** A share of each label for each piece, in the order of `labels`. */
  classify(pieces: readonly FeaturedPiece[]): Promise<number[][]>;
}

/**
 * Trains the network as `vigil voices train` does, and loads it as it would be written to a file. The validation
 * pieces choose the best weights.
 */
export async function trainNetwork(
  training: readonly FeaturedPiece[],
  validation: readonly FeaturedPiece[],
  seed: number,
  signal: AbortSignal,
): Promise<TrainedNetwork> {
  const labels = [...new Set(training.map(({ spokenBy }) => spokenBy))];
  const scaler = fitScaler(training.map(({ features }) => features));
  const examples = (pieces: readonly FeaturedPiece[]) => ({
    vectors: pieces.map(({ features }) => scaled(features, scaler)),
    classes: pieces.map(({ spokenBy }) => labels.indexOf(spokenBy)),
  });
  const { layers } = await fitNetwork(
    examples(training),
    examples(validation),
    { ...defaultTraining, classes: labels.length, seed },
    () => {},
    signal,
  );
  const session = await InferenceSession.create(trainedOnnx(scaler, layers), { logSeverityLevel: 4 });
  return {
    labels,
    async classify(pieces) {
      if (pieces.length === 0) return [];
      const length = scaler.mean.length;
      const input = new Float32Array(pieces.length * length);
      for (const [row, { features }] of pieces.entries()) input.set(features, row * length);
      const feeds = { [networkInput]: new Tensor('float32', input, [pieces.length, length]) };
      const shares = (await session.run(feeds))[networkOutput]?.data;
      if (!(shares instanceof Float32Array)) throw new Error('the trained network gives no float32 shares');
      return pieces.map((_, row) => [...shares.subarray(row * labels.length, (row + 1) * labels.length)]);
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
