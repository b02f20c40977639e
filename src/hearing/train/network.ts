import {
  add,
  customGrad,
  dispose,
  keep,
  losses,
  matMul,
  mul,
  oneHot,
  relu,
  type Scalar,
  softmax,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor2d,
  tidy,
  train,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { Random } from '../../../hal/sim/random.ts';
import { startTensors, type TensorBackend } from './backend.ts';

/** Scaled features, and the place of each one's speaker among the labels. */
export interface Examples {
  readonly vectors: readonly Float32Array[];
  readonly classes: readonly number[];
}

export interface NetworkSettings {
  /** How many speakers there are. */
  readonly classes: number;
  readonly epochs: number;
  /** Training ends after so many epochs without a smaller loss of the validation examples. */
  readonly patience: number;
  /** Decides the first weights, the order of the examples and what dropout leaves out. */
  readonly seed: number;
}

/** The network of the Python program, and how it was trained there. */
export const defaultTraining = { epochs: 200, patience: 100 } as const;

/** Units of the hidden layers, and the share of them that dropout leaves out behind each. */
const hidden = [
  { units: 193, dropout: 0.1 },
  { units: 128, dropout: 0.25 },
  { units: 128, dropout: 0.5 },
] as const;
const batchSize = 256;
/** Keras' defaults. */
const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/** One layer: weights [inputs, outputs] row by row, and a bias an output. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** Of one epoch; the figures of training are means over the epoch, with dropout, as Keras shows them. */
export interface Epoch {
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

export interface FittedNetwork {
  /** Of the epoch with the smallest validation loss. */
  readonly layers: readonly DenseLayer[];
  /** What those weights give for each validation example: a share a class. */
  readonly validationShares: readonly Float32Array[];
  readonly epochs: readonly Epoch[];
  /** Index into `epochs`. */
  readonly best: number;
  readonly backend: TensorBackend;
}

/**
 * Trains the network: dense 193, 128, 128 with ReLU and dropout 0.1, 0.25, 0.5, softmax; Adam, categorical
 * cross-entropy, batches of 256. Of the weights it had, those with the smallest validation loss are kept. The same
 * examples, settings and backend give the same numbers. Rejects with `signal.reason` on abort.
 */
export async function fitNetwork(
  training: Examples,
  validation: Examples,
  settings: NetworkSettings,
  progress: (epoch: number, figures: Epoch) => void,
  signal: AbortSignal,
): Promise<FittedNetwork> {
  signal.throwIfAborted();
  const backend = await startTensors();
  const trainer = new Trainer(training, validation, settings);
  try {
    const epochs: Epoch[] = [];
    let best = -1;
    let kept: Pick<FittedNetwork, 'layers' | 'validationShares'> = { layers: [], validationShares: [] };
    while (epochs.length < settings.epochs && epochs.length - 1 - best < settings.patience) {
      // Lets signals and the progress display in.
      await Bun.sleep(0);
      signal.throwIfAborted();
      const figures = { ...trainer.learn(), ...trainer.validate() };
      epochs.push(figures);
      const least = epochs[best]?.validationLoss ?? Number.POSITIVE_INFINITY;
      if (best < 0 || figures.validationLoss < least) {
        best = epochs.length - 1;
        kept = trainer.snapshot();
      }
      progress(epochs.length, figures);
    }
    return { ...kept, epochs, best, backend };
  } finally {
    trainer.dispose();
  }
}

interface LayerVariables {
  readonly weights: Variable;
  readonly biases: Variable;
}

/** The network while it learns: its variables and the examples live in the backend's memory. */
class Trainer {
  readonly #training: Examples;
  readonly #validation: Examples;
  readonly #layers: readonly LayerVariables[];
  readonly #optimizer = train.adam(adam.learningRate, adam.beta1, adam.beta2, adam.epsilon);
  readonly #order: Random;
  readonly #dropout: Random;
  readonly #validationInput: Tensor2D;
  readonly #classes: number;

  constructor(training: Examples, validation: Examples, { classes, seed }: NetworkSettings) {
    const random = Random.seeded(seed).child('train');
    const inputs = training.vectors[0]?.length ?? 0;
    const sizes = [inputs, ...hidden.map(({ units }) => units), classes];
    this.#training = training;
    this.#validation = validation;
    this.#classes = classes;
    this.#order = random.child('order');
    this.#dropout = random.child('dropout');
    this.#layers = sizes.slice(1).map((outputs, i) => ({
      weights: glorotUniform(sizes[i]!, outputs, random.child('weights').child(i)),
      biases: tidy(() => variable(tensor(new Float32Array(outputs)))),
    }));
    this.#validationInput = matrixOf(validation.vectors);
  }

  /** One epoch over the training examples, in a new order. */
  learn(): Pick<Epoch, 'loss' | 'accuracy'> {
    const order = shuffledIndices(this.#training.vectors.length, this.#order);
    let loss = 0;
    let right = 0;
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.slice(from, from + batchSize);
      const classes = batch.map((i) => this.#training.classes[i]!);
      const vectors = batch.map((i) => this.#training.vectors[i]!);
      const step = this.#step(vectors, classes);
      loss += step.loss * batch.length;
      right += step.right;
    }
    return { loss: loss / order.length, accuracy: right / order.length };
  }

  validate(): Pick<Epoch, 'validationLoss' | 'validationAccuracy'> {
    const { classes } = this.#validation;
    const scores = tidy(() => this.#scores(this.#validationInput).dataSync<'float32'>());
    const rows = rowsOf(scores, this.#classes);
    const loss = rows.reduce((sum, row, i) => sum + crossEntropy(row, classes[i]!), 0);
    return {
      validationLoss: loss / rows.length,
      validationAccuracy: rightOf(rows, classes) / rows.length,
    };
  }

  /** Copies of the weights, and what they give for the validation examples. */
  snapshot(): Pick<FittedNetwork, 'layers' | 'validationShares'> {
    const shares = tidy(() => softmax(this.#scores(this.#validationInput)).dataSync<'float32'>());
    return {
      layers: this.#layers.map(({ weights, biases }) => ({
        inputs: weights.shape[0]!,
        outputs: weights.shape[1]!,
        weights: Float32Array.from(weights.dataSync<'float32'>()),
        biases: Float32Array.from(biases.dataSync<'float32'>()),
      })),
      validationShares: rowsOf(Float32Array.from(shares), this.#classes),
    };
  }

  dispose(): void {
    dispose(this.#layers.flatMap(({ weights, biases }) => [weights, biases]));
    this.#validationInput.dispose();
    this.#optimizer.dispose();
  }

  #step(vectors: readonly Float32Array[], classes: readonly number[]): { loss: number; right: number } {
    return tidy(() => {
      const input = matrixOf(vectors);
      const wanted = oneHot(tensor([...classes], [classes.length], 'int32'), this.#classes);
      const masks = hidden.map(({ units, dropout }) => this.#mask(vectors.length, units, dropout));
      let scores: Tensor | undefined;
      const { value, grads } = variableGrads((): Scalar => {
        scores = keep(this.#scores(input, masks));
        // Of scores and not of shares: no logarithm of a share that was rounded to 0, so nothing has to be clipped.
        return losses.softmaxCrossEntropy<Tensor, Scalar>(wanted, scores);
      });
      this.#optimizer.applyGradients(Object.entries(grads).map(([name, slope]) => ({ name, tensor: slope })));
      const rows = rowsOf(scores!.dataSync<'float32'>(), this.#classes);
      scores!.dispose();
      return { loss: value.dataSync<'float32'>()[0]!, right: rightOf(rows, classes) };
    });
  }

  /** What softmax turns into shares. With masks the units they are 0 for are left out. */
  #scores(input: Tensor2D, masks?: readonly Tensor2D[]): Tensor2D {
    let values: Tensor2D = input;
    for (const [i, { weights, biases }] of this.#layers.entries()) {
      values = add(product(values, weights as Tensor2D), biases);
      if (i === this.#layers.length - 1) break;
      values = relu(values);
      const mask = masks?.[i];
      if (mask !== undefined) values = mul(values, mask);
    }
    return values;
  }

  /** Inverted dropout: what stays is made so much larger that the sum stays. */
  #mask(rows: number, units: number, share: number): Tensor2D {
    const values = new Float32Array(rows * units);
    const stays = 1 / (1 - share);
    for (let i = 0; i < values.length; i++) values[i] = this.#dropout.uniform() < share ? 0 : stays;
    return tensor2d(values, [rows, units]);
  }
}

/**
 * The matrix product, with gradients that transpose before they multiply: the WebAssembly backend is fast for plain
 * products alone, and an epoch takes a third of the time so.
 */
function product(left: Tensor2D, right: Tensor2D): Tensor2D {
  const differentiable = customGrad<Tensor2D>((_left, _right, save) => {
    if (typeof save === 'function') save([left, right]);
    return {
      value: matMul(left, right),
      gradFunc: (slope: Tensor2D, [kept, weights]: Tensor[]) => [
        matMul(slope, transpose(weights!)),
        matMul(transpose(kept!), slope),
      ],
    };
  });
  return differentiable(left, right);
}

/** Uniform within sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010), Keras' default for dense layers. */
function glorotUniform(inputs: number, outputs: number, random: Random): Variable {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const values = Float32Array.from({ length: inputs * outputs }, () => random.uniform(-bound, bound));
  return tidy(() => variable(tensor2d(values, [inputs, outputs])));
}

function matrixOf(vectors: readonly Float32Array[]): Tensor2D {
  const columns = vectors[0]?.length ?? 0;
  const values = new Float32Array(vectors.length * columns);
  for (const [row, vector] of vectors.entries()) values.set(vector, row * columns);
  return tensor2d(values, [vectors.length, columns]);
}

function rowsOf(values: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns),
  );
}

/** -log of the share that softmax would give the right class, from the scores. */
function crossEntropy(scores: Float32Array, right: number): number {
  const most = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
  return Math.log(sum) + most - scores[right]!;
}

function rightOf(rows: readonly Float32Array[], classes: readonly number[]): number {
  return rows.filter((row, i) => largestOf(row) === classes[i]).length;
}

/** The place of the largest number; the first of equal ones. */
export function largestOf(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

/** 0 to below `count` in another order (R. Durstenfeld, CACM 7, 1964, 420). */
function shuffledIndices(count: number, random: Random): number[] {
  const indices = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform(0, i + 1));
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return indices;
}
