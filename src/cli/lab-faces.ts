import { availableParallelism } from 'node:os';
import { openLabFaces } from '../lab/cache/remembered-faces.ts';
import { type FaceDataset, readFaceDataset } from '../lab/dataset.ts';
import type { RgbPicture } from '../lab/drawn/face-frame.ts';
import { FacePool } from '../lab/faces.ts';
import type { ReportWithPictures } from '../lab/report/document.ts';
import { prepareReportFolder } from '../lab/report/write.ts';
import type { FaceRun } from '../lab/robustness/report.ts';
import { readPicture } from '../runtime/picture-input.ts';
import { type ExitCode, type Invocation, type OptionSpec, UsageError } from './command.ts';
import { cacheOptions, withCache } from './lab-cache.ts';
import { giveReport, reportFolder, reportOptions, thisRun } from './lab-report.ts';
import { numberOption, readSettings } from './settings.ts';
import { Steps } from './steps.ts';

/** What the experiments with pictures of people have in common. */
export const datasetOptions = {
  dataset: { value: 'DIR', help: 'pictures: a folder a person (DIR/NAME/...), or NAME.jpg' },
  seed: { value: 'N', help: 'decides what is left to chance', default: '1' },
  threads: {
    value: 'N',
    help: 'how many pictures are looked at at once; as many as there are cores where not given',
  },
  config: { value: 'FILE', help: 'the configuration: it may name another detector or embedder' },
  state: { value: 'DIR', help: 'where added models are stored' },
  ...cacheOptions,
  ...reportOptions,
} as const satisfies Record<string, OptionSpec>;

/** The same people with masks. */
export const maskedOption = {
  masked: { value: 'DIR', help: 'the same people with masks, a folder a person; without it masks are drawn' },
} as const satisfies Record<string, OptionSpec>;

/** What an experiment is done with. */
export interface FaceExperiment {
  readonly dataset: FaceDataset;
  readonly masked: FaceDataset | undefined;
  readonly seed: number;
  readonly faces: FacePool;
  readonly read: (path: string, signal: AbortSignal) => Promise<RgbPicture>;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** Reads what is asked, opens the networks, measures, and gives the report. */
export async function runFaceExperiment(
  invocation: Invocation,
  name: string,
  measure: (experiment: FaceExperiment, run: FaceRun, signal: AbortSignal) => Promise<ReportWithPictures>,
): Promise<ExitCode> {
  const { options, signal } = invocation;
  if (typeof options.dataset !== 'string') throw new UsageError('Whose pictures? Give --dataset DIR.');
  const seed = numberOption(invocation, 'seed', { least: 0, most: 2 ** 31, whole: true });
  const threads =
    options.threads === undefined
      ? availableParallelism()
      : numberOption(invocation, 'threads', { least: 1, most: 64, whole: true });
  const { config, stateDirectory } = await readSettings(invocation, {});
  const dataset = await readFaceDataset(options.dataset, signal);
  const masked =
    typeof options.masked === 'string' ? await readFaceDataset(options.masked, signal) : undefined;
  const output = reportFolder(invocation, name);
  await prepareReportFolder(output);
  const report = await withCache(invocation, async (cache) => {
    await using faces = await openLabFaces({ config, stateDirectory, threads, cache }, signal);
    const steps = new Steps();
    const progress = (what: string, done: number, total: number) => steps.update(what, done, total);
    return await measure(
      { dataset, masked, seed, faces: new FacePool(faces), read: readPicture, progress },
      { ...thisRun(), seed, models: faces.models },
      signal,
    ).finally(() => steps.end());
  });
  await giveReport(invocation, output, report);
  return 0;
}
