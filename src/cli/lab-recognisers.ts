import { readFaceDataset } from '../lab/dataset.ts';
import { measureRecognisers } from '../lab/recognisers/measure.ts';
import { recognisersReport } from '../lab/recognisers/report.ts';
import { prepareReportFolder } from '../lab/report/write.ts';
import { type Command, UsageError } from './command.ts';
import { cacheOptions, withCache } from './lab-cache.ts';
import { embedderOptions, readEmbedders } from './lab-embedders.ts';
import { giveReport, reportFolder, reportNotes, reportOptions, thisRun } from './lab-report.ts';
import { numberOption } from './settings.ts';
import { Steps } from './steps.ts';

/** `vigil lab recognisers`: Eigenfaces, Fisherfaces and LBPH beside embeddings. */
export const recognisers: Command = {
  name: 'recognisers',
  summary: 'the methods from before the networks (Eigenfaces, Fisherfaces, LBPH) beside embeddings',
  options: {
    dataset: { value: 'DIR', help: 'pictures: a folder a person (DIR/NAME/...), or NAME.jpg' },
    seed: { value: 'N', help: 'decides who is enrolled by which pictures', default: '1' },
    ...embedderOptions,
    ...cacheOptions,
    ...reportOptions,
  },
  notes: [
    'With 1, 2, 5 and 10 pictures a person, in five folds that are the same for all: how often the nearest person is the',
    "right one, who is named at each method's own threshold and at one that names one stranger in a hundred; learning",
    'time, size, and time a face. Every face embedder in the manifest is tried. The old methods are those of OpenCV’s',
    'face module, on grey crops of 150 px, as the Python program had them and aligned. A thousand pictures take minutes.',
    reportNotes,
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    if (typeof options.dataset !== 'string') throw new UsageError('Whose pictures? Give --dataset DIR.');
    const seed = numberOption(invocation, 'seed', { least: 0, most: 2 ** 31, whole: true });
    const { embedders, openFaces, pipelineOf } = await readEmbedders(invocation);
    const dataset = await readFaceDataset(options.dataset, signal);
    const output = reportFolder(invocation, 'recognisers');
    await prepareReportFolder(output);
    const steps = new Steps();
    const measured = await withCache(invocation, (cache) =>
      measureRecognisers(
        {
          ...{ dataset, seed, embedders, pipelineOf },
          openFaces: (embedder) => openFaces(embedder, cache),
          progress: (what, done, total) => steps.update(what, done, total),
        },
        signal,
      ),
    ).finally(() => steps.end());
    const report = recognisersReport(measured, thisRun());
    await giveReport(invocation, output, { report, pictures: new Map() });
    return 0;
  },
};
