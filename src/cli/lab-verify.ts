import { prepareReportFolder } from '../lab/report/write.ts';
import { measureVerification } from '../lab/verification/measure.ts';
import { readPairsFile } from '../lab/verification/pairs-file.ts';
import { verificationReport } from '../lab/verification/report.ts';
import { type Command, UsageError } from './command.ts';
import { cacheOptions, withCache } from './lab-cache.ts';
import { embedderOptions, readEmbedders } from './lab-embedders.ts';
import { giveReport, reportFolder, reportNotes, reportOptions, thisRun } from './lab-report.ts';
import { numberOption } from './settings.ts';
import { Steps } from './steps.ts';

/** `vigil lab verify`: are two pictures of one person? */
export const verify: Command = {
  name: 'verify',
  summary: 'how well two pictures of one person are told from pictures of two people',
  options: {
    pairs: { value: 'FILE', help: "which pictures belong together: LFW's pairs.txt, or CSV with a,b,same" },
    images: { value: 'DIR', help: 'the folder that the names in the list begin in' },
    seed: { value: 'N', help: 'decides the folds where the list has none', default: '1' },
    ...embedderOptions,
    ...cacheOptions,
    ...reportOptions,
  },
  notes: [
    'Accuracy by ten folds, equal error rate, FRR at FAR 1 % and 0.1 %, ROC and DET curves and the distances, for every',
    'face embedder in the manifest; pictures without a face are counted. A line of CSV is Ann/1.jpg,Ann/2.jpg,1 for one',
    'person and ends in 0 for two. A malformed line is named and nothing is measured; a pair whose picture is missing is',
    'left out and said.',
    reportNotes,
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const { pairs, images } = options;
    if (typeof pairs !== 'string') throw new UsageError('Which pairs? Give --pairs FILE.');
    if (typeof images !== 'string') throw new UsageError('Where are the pictures? Give --images DIR.');
    const seed = numberOption(invocation, 'seed', { least: 0, most: 2 ** 31, whole: true });
    const { embedders, openFaces } = await readEmbedders(invocation);
    const list = await readPairsFile(pairs);
    const output = reportFolder(invocation, 'verify');
    await prepareReportFolder(output);
    const steps = new Steps();
    const measured = await withCache(invocation, (cache) =>
      measureVerification(
        {
          ...{ list, imagesDir: images, seed, embedders },
          openFaces: (embedder) => openFaces(embedder, cache),
          progress: (what, done, total) => steps.update(what, done, total),
        },
        signal,
      ),
    ).finally(() => steps.end());
    const report = verificationReport(measured, thisRun());
    await giveReport(invocation, output, { report, pictures: new Map() });
    return 0;
  },
};
