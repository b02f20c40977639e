import { join } from 'node:path';
import { Random } from '../../../hal/sim/random.ts';
import { type Rate, rateOf, rateWhere } from '../../decide/rate.ts';
import type { EmbedderEntry } from '../../models/entry.ts';
import type { Located } from '../../models/manifest.ts';
import { InputError } from '../../runtime/input-error.ts';
import { distanceBetween } from '../../vision/match.ts';
import type { LabFaces } from '../cache/remembered-faces.ts';
import { type DescribedPictures, describePictures } from '../described-pictures.ts';
import {
  equalErrorInterval,
  equalErrorRate,
  falseRejectInterval,
  falseRejectRate,
  type Trial,
} from '../statistics.ts';
import {
  accuracyByFolds,
  type ComparedPair,
  drawFolds,
  type FoldedAccuracy,
  falseAcceptRates,
  type OperatingPoint,
  operatingPoints,
} from './figures.ts';
import type { Pair, PairsFile } from './pairs-file.ts';
import { peopleOf } from './people.ts';
import { remarksOn } from './remarks.ts';

export interface VerificationTask {
  readonly list: PairsFile;
  readonly imagesDir: string;
  /** Decides the folds where the list has none, and who is drawn for the intervals. */
  readonly seed: number;
  /** What to measure, the device's own first. */
  readonly embedders: readonly Located<EmbedderEntry>[];
  readonly openFaces: (embedder: Located<EmbedderEntry>) => Promise<LabFaces>;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A rate with its 95 % interval, from people drawn anew. */
export interface DrawnRate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

export interface EmbedderFigures {
  readonly model: Located<EmbedderEntry>;
  readonly pipelineId: string;
  /** With the detector's. */
  readonly networks: LabFaces['models'];
  /** Pictures in which no face was found, and pairs that have one of them. */
  readonly undetected: Rate;
  readonly pairsWithoutFace: number;
  /** Null where there are too few pairs for folds. */
  readonly accuracy: FoldedAccuracy | null;
  readonly equalError: DrawnRate;
  /** One each of `falseAcceptRates`. */
  readonly falseReject: readonly DrawnRate[];
  /** At the threshold that the embedder has in the manifest. */
  readonly atDefault: { readonly falseAccept: Rate; readonly falseReject: Rate };
  readonly points: readonly OperatingPoint[];
  readonly pairs: readonly ComparedPair[];
}

export interface MeasuredVerification {
  readonly seed: number;
  readonly same: number;
  readonly different: number;
  readonly embedders: readonly EmbedderFigures[];
  readonly remarks: readonly string[];
  /** Of the pictures. */
  readonly sha256s: readonly string[];
}

/**
 * Measures how well pairs of pictures are told apart. Every picture is looked at once for each embedder. Rejects with
 * InputError when no pair is left to compare or all are of one kind, with ModelError and HalError.
 */
export async function measureVerification(
  task: VerificationTask,
  signal: AbortSignal,
): Promise<MeasuredVerification> {
  const { list, seed, progress } = task;
  const pathOf = (picture: string) => join(task.imagesDir, picture);
  const paths = [...new Set(list.pairs.flatMap(({ a, b }) => [pathOf(a), pathOf(b)]))];
  const random = Random.seeded(seed).child('verification');
  const measured: EmbedderFigures[] = [];
  let first:
    | { described: DescribedPictures; kept: readonly number[]; folds: number[] | undefined }
    | undefined;
  for (const model of task.embedders) {
    await using faces = await task.openFaces(model);
    const looked = await describePictures(
      paths,
      faces.describers,
      (done, total) => progress(`pictures, ${model.id}`, done, total),
      signal,
    );
    first ??= { described: looked, ...keep(task, looked, random) };
    const pairs = first.kept.map((i) => list.pairs[i]!);
    const intervals = random.child('intervals');
    measured.push({
      model,
      pipelineId: faces.pipelineId,
      networks: faces.models,
      ...figuresOf(pairs, first.folds, looked, pathOf, model.match.threshold, () => intervals.uniform()),
    });
  }
  if (first === undefined) throw new RangeError('there is no embedder to measure');
  const { described, kept, folds } = first;
  const pairs = kept.map((i) => list.pairs[i]!);
  return {
    seed,
    same: pairs.filter(({ same }) => same).length,
    different: pairs.filter(({ same }) => !same).length,
    embedders: measured,
    remarks: remarksOn({ list, pairs, folds, described, pathOf }),
    sha256s: [...described.bySha256.keys()],
  };
}

/** The places of the pairs whose pictures could be read, and a fold for each. */
function keep(
  { list, imagesDir }: VerificationTask,
  { problems }: DescribedPictures,
  random: Random,
): { kept: number[]; folds: number[] | undefined } {
  const kept = [...list.pairs.keys()].filter((i) => {
    const { a, b } = list.pairs[i]!;
    return !problems.has(join(imagesDir, a)) && !problems.has(join(imagesDir, b));
  });
  const pairs = kept.map((i) => list.pairs[i]!);
  if (pairs.length === 0) {
    const [problem] = problems.values();
    throw new InputError(
      `No pair is left: none has two pictures in ${imagesDir} that can be read (${problem}). Is --images the folder that the names begin in?`,
    );
  }
  for (const [same, who] of [
    [true, 'of one person'],
    [false, 'of two people'],
  ] as const) {
    if (pairs.some((pair) => pair.same === same)) continue;
    throw new InputError(
      `There is no pair ${who}: it takes both kinds to measure how well they are told apart.`,
    );
  }
  const draw = random.child('folds');
  const folds =
    list.folds === undefined ? drawFolds(pairs, () => draw.uniform()) : kept.map((i) => list.folds![i]!);
  return { kept, folds };
}

function figuresOf(
  pairs: readonly Pair[],
  folds: readonly number[] | undefined,
  { bySha256, sha256Of }: DescribedPictures,
  pathOf: (picture: string) => string,
  threshold: number,
  random: () => number,
): Omit<EmbedderFigures, 'model' | 'pipelineId' | 'networks'> {
  const embeddingOf = (picture: string) => bySha256.get(sha256Of.get(pathOf(picture))!)?.middle?.embedding;
  const compared = pairs.map(({ a, b, same }): ComparedPair => {
    const [one, other] = [embeddingOf(a), embeddingOf(b)];
    const found = one !== undefined && other !== undefined;
    return { same, distance: found ? distanceBetween(one, other) : Number.POSITIVE_INFINITY };
  });
  const people = peopleOf(pairs);
  const trials = compared.map(
    ({ distance }, i): Trial => ({ score: -distance, claimed: people[i]!.a, spokenBy: people[i]!.b }),
  );
  const faceless = [...bySha256.values()].filter(({ middle }) => middle === undefined);
  const genuine = compared.filter(({ same }) => same);
  const impostors = compared.filter(({ same }) => !same);
  return {
    undetected: rateOf(faceless.length, bySha256.size),
    pairsWithoutFace: compared.filter(({ distance }) => !Number.isFinite(distance)).length,
    accuracy: folds === undefined ? null : accuracyByFolds(compared, folds),
    equalError: { rate: equalErrorRate(trials), ...equalErrorInterval(trials, random) },
    falseReject: falseAcceptRates.map((rate) => ({
      rate: falseRejectRate(trials, rate),
      ...falseRejectInterval(trials, rate, random),
    })),
    atDefault: {
      falseAccept: rateWhere(impostors, ({ distance }) => distance <= threshold),
      falseReject: rateWhere(genuine, ({ distance }) => distance > threshold),
    },
    points: operatingPoints(compared),
    pairs: compared,
  };
}
