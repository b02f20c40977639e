import { join } from 'node:path';
import type { Sound } from '../../../hal/contract/sound.ts';
import { rateOf } from '../../decide/rate.ts';
import { sha256Of } from '../../models/verify.ts';
import { featureVersion } from '../features/features193.ts';
import { type TrainedAccuracy, type TrainedDescription, trainedFiles } from '../trained-file.ts';
import { findAudios, type RecordingSet } from './audios.ts';
import { confusionChart, trainingChart } from './charts.ts';
import { type LabelledFeatures, type TrainedClosedSet, trainClosedSet } from './closed-set.ts';
import { answerOtherwise } from './compare.ts';
import { TrainingInputError } from './errors.ts';
import { featuresOf } from './feature-workers.ts';
import { largestOf } from './network.ts';
import { trainedOnnx } from './network-onnx.ts';
import { cutRecording } from './pieces.ts';
import { type CheckedRecording, checkRecordings, type ReadFile } from './recordings.ts';
import { splitRecordings } from './split.ts';

export interface TrainVoicesTask {
  /** Holds `train` and perhaps `validation`. */
  readonly folder: string;
  readonly pieceMs: number;
  readonly seed: number;
  readonly epochs: number;
  readonly patience: number;
  /** Also try the nearest neighbours and a support vector machine. */
  readonly compare: boolean;
  readonly read: ReadFile;
  /** Endings of sound files, small: `.wav`. */
  readonly extensions: ReadonlySet<string>;
  readonly progress: (step: string, done: number, total: number | undefined, note: string) => void;
  /** What is odd and was borne, one sentence each, as it is found. */
  readonly warn: (warning: string) => void;
}

/** What training gives: the content of each file by its name, and what the description says. */
export interface TrainedVoicesFiles {
  readonly description: TrainedDescription;
  /** The description comes last: it names the others. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Trains the closed-set network on a folder of recordings. The same recordings, settings and backend give the same
 * bytes. Rejects with TrainingInputError that says everything that is wrong with the recordings, and with
 * `signal.reason` on abort.
 */
export async function trainVoices(task: TrainVoicesTask, signal: AbortSignal): Promise<TrainedVoicesFiles> {
  const { folder, seed, epochs, patience, progress, warn } = task;
  const audios = await findAudios(folder, task.extensions, signal);
  for (const warning of audios.warnings) warn(warning);
  const { recordings: checked, warnings } = await checkRecordings(
    folder,
    audios.files,
    task.read,
    (done, path) => progress('checking recordings', done, audios.files.length, path),
    signal,
  );
  for (const warning of warnings) warn(warning);
  const split = splitRecordings(checked, audios.validated, seed);
  for (const warning of split.warnings) warn(warning);
  warnOfShort(split.recordings, task);

  const pieces = await featuresOfPieces(split.recordings, task, signal);
  const ofSet = (set: RecordingSet) => pieces.filter((piece) => piece.recording.set === set);
  const [training, validation] = [ofSet('train'), ofSet('validation')];
  refuseUnheard(split.labels, training, validation);
  const trained = await trainClosedSet(
    split.labels,
    training,
    validation,
    { epochs, patience, seed },
    (epoch, { loss, validationLoss, validationAccuracy }) => {
      const right = `${(100 * validationAccuracy).toFixed(0)} % of validation right`;
      const losses = `loss ${loss.toPrecision(2)}, validation ${validationLoss.toPrecision(2)}`;
      progress('training', epoch, epochs, `${right}, ${losses}`);
    },
    signal,
  );

  const { network, scaler } = trained;
  const onnx = trainedOnnx(scaler, network.layers);
  const answers = network.validationShares.map(largestOf);
  const confusion = confusionOf(trained, answers);
  const description: TrainedDescription = {
    version: 1,
    labels: [...split.labels],
    featureVersion,
    pieceMs: task.pieceMs,
    network: { file: trainedFiles.network, bytes: onnx.length, sha256: sha256Of(onnx) },
    training: {
      seed,
      backend: network.backend,
      epochs: network.epochs.length,
      bestEpoch: network.best + 1,
      trainPieces: training.length,
      validationPieces: validation.length,
      split: audios.validated ? 'folders' : 'recordings',
    },
    accuracy: accuracyOf(trained, validation, network.validationShares),
    confusion,
    ...(task.compare ? { compared: comparedWith(trained, validation, progress) } : {}),
    recordings: split.recordings.map(({ path, label, set, sha256 }) => ({ path, label, set, sha256 })),
  };
  const text = new TextEncoder();
  return {
    description,
    files: new Map<string, Uint8Array>([
      [trainedFiles.network, onnx],
      ['training.svg', text.encode(trainingChart(network.epochs, network.best))],
      ['confusion.svg', text.encode(confusionChart(split.labels, confusion))],
      [trainedFiles.description, text.encode(`${JSON.stringify(description, undefined, 2)}\n`)],
    ]),
  };
}

/** Features follow the length: of a recording shorter than what is heard at once, something else is learnt. */
function warnOfShort(recordings: readonly CheckedRecording[], { pieceMs, warn }: TrainVoicesTask): void {
  const short = recordings.filter(({ lengthMs }) => lengthMs < pieceMs);
  const [first] = short;
  if (first === undefined) return;
  const paths = short.length === 1 ? first.path : `${first.path} and ${short.length - 1} more`;
  const shortestS = Math.floor(Math.min(...short.map(({ lengthMs }) => lengthMs)) / 1000);
  // One short recording is no reason to hear less of everybody.
  const instead = short.length === recordings.length ? `, or train with --piece-seconds ${shortestS}` : '';
  warn(
    `${paths}: shorter than the ${pieceMs / 1000} s that are heard at once, and features change with the length; record more at a time${instead}`,
  );
}

/** Features of one piece, and which recording it is a piece of. */
interface FeaturedPiece extends LabelledFeatures {
  readonly recording: CheckedRecording;
}

async function featuresOfPieces(
  recordings: readonly CheckedRecording[],
  { folder, pieceMs, read, progress, warn }: TrainVoicesTask,
  signal: AbortSignal,
): Promise<FeaturedPiece[]> {
  const owners: CheckedRecording[] = [];
  let readUp = 0;
  async function* pieces(): AsyncGenerator<Sound, void, undefined> {
    for (const recording of recordings) {
      const { sound } = await read(join(folder, recording.path), signal);
      const cut = cutRecording(sound, pieceMs, recording.set);
      readUp++;
      if (cut.silent > 0) {
        const all = cut.silent + cut.pieces.length;
        warn(`${recording.path}: ${cut.silent} of its ${all} pieces are silent and left out`);
      }
      for (const piece of cut.pieces) {
        owners.push(recording);
        yield piece;
      }
    }
  }
  const vectors = await featuresOf(
    pieces(),
    (done) => progress('computing features', readUp - 1, recordings.length, `${done} pieces`),
    signal,
  );
  return vectors.map((features, i) => ({ recording: owners[i]!, label: owners[i]!.label, features }));
}

/** A recording can be loud enough as a whole and have no piece that is. */
function refuseUnheard(
  labels: readonly string[],
  training: readonly FeaturedPiece[],
  validation: readonly FeaturedPiece[],
): void {
  const problems = labels
    .filter((label) => !training.some((piece) => piece.label === label))
    .map((label) => `${label}: nothing is heard in any piece of the recordings in train`);
  if (validation.length === 0) problems.push('nothing is heard in any piece of the validation recordings');
  if (problems.length > 0) throw new TrainingInputError(problems);
}

/** How many pieces were named rightly, and how many recordings, by the sum of the shares of their pieces. */
function accuracyOf(
  { labels, validation: { classes } }: TrainedClosedSet,
  pieces: readonly FeaturedPiece[],
  shares: readonly Float32Array[],
): TrainedAccuracy {
  const right = shares.filter((one, i) => largestOf(one) === classes[i]).length;
  const sums = new Map<CheckedRecording, Float32Array>();
  for (const [i, { recording }] of pieces.entries()) {
    const sum = sums.get(recording) ?? new Float32Array(labels.length);
    sums.set(
      recording,
      sum.map((value, label) => value + shares[i]![label]!),
    );
  }
  const named = [...sums].filter(([{ label }, sum]) => labels[largestOf(sum)] === label).length;
  return { pieces: rateOf(right, pieces.length), recordings: rateOf(named, sums.size) };
}

function confusionOf(
  { labels, validation: { classes } }: TrainedClosedSet,
  answers: readonly number[],
): number[][] {
  const confusion = labels.map(() => labels.map(() => 0));
  for (const [i, answer] of answers.entries()) confusion[classes[i]!]![answer]!++;
  return confusion;
}

/** Ways that answer with a class and no shares: each piece of a recording has one vote. */
function comparedWith(
  trained: TrainedClosedSet,
  validation: readonly FeaturedPiece[],
  progress: TrainVoicesTask['progress'],
): NonNullable<TrainedDescription['compared']> {
  progress('trying nearest neighbours and support vectors', 0, undefined, '');
  const { nearestNeighbours, supportVectors } = answerOtherwise(trained.training, trained.validation);
  const accuracy = (answers: readonly number[]) =>
    accuracyOf(
      trained,
      validation,
      answers.map((answer) => Float32Array.from(trained.labels, (_, label) => (label === answer ? 1 : 0))),
    );
  return { nearestNeighbours: accuracy(nearestNeighbours), supportVectors: accuracy(supportVectors) };
}
