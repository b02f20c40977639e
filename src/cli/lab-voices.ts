import { leastVoicedMs } from '../hearing/front-end.ts';
import { prepareReportFolder } from '../lab/report/write.ts';
import { measureVoices } from '../lab/voices.ts';
import { findSpeech } from '../lab/voices-layout.ts';
import { voicesReport } from '../lab/voices-report.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { readManifest } from '../models/manifest.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { readSound } from '../runtime/sound-input.ts';
import { type Command, UsageError } from './command.ts';
import { giveReport, reportFolder, reportNotes, reportOptions, thisRun } from './lab-report.ts';
import { printNote } from './output.ts';
import { numberOption } from './settings.ts';
import { Steps } from './steps.ts';

const longestS = 60;

/** `vigil lab voices`: both ways of naming voices, measured side by side. */
export const voices: Command = {
  name: 'voices',
  summary: 'how well voices are told apart: the open-set embedding and the trained network',
  options: {
    data: {
      value: 'DIR',
      help: 'speech: a folder a speaker in DIR/speakers or DIR; strangers in DIR/cohort or DIR/strangers',
    },
    seconds: { value: 'LIST', help: 'lengths of the pieces', default: '1.6,3,7' },
    seed: { value: 'N', help: 'decides which recordings are learnt from', default: '1' },
    ...reportOptions,
  },
  notes: [
    'Closed-set accuracy, equal error rate, and who is named: enrolled people and strangers, at the default thresholds',
    'and at thresholds fitted on the other half of the people; each with a 95 % interval. Recordings that are learnt',
    'from are never tried. A speaker needs four recordings or more, ten are better; each file or each folder of the',
    'strangers is one person. With them a plane of all voices by t-SNE. It takes some minutes. Nothing of the',
    'speech is kept.',
    reportNotes,
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const { data } = options;
    if (typeof data !== 'string') throw new UsageError('Whose speech? Give --data DIR.');
    const lengthsS = readLengths(options.seconds);
    const seed = numberOption(invocation, 'seed', { least: 0, most: 2 ** 31, whole: true });
    const folder = await findSpeech(data);
    if (folder.strangers.length === 0) {
      printNote(
        `${data} has no folder 'cohort' or 'strangers': how often strangers are named stays unknown.`,
      );
    }
    const output = reportFolder(invocation, 'voices');
    await prepareReportFolder(output);
    const addedDir = addedModelsDir(stateDirectory(undefined));
    const model = (await readManifest({ shippedDir: shippedModelsDir, addedDir })).voiceEmbedder();
    const steps = new Steps();
    const measured = await measureVoices(
      {
        ...{ folder, lengthsS, seed, model, read: readSound },
        progress: (what, done, total) => steps.update(what, done, total),
      },
      signal,
    ).finally(() => steps.end());
    const report = voicesReport(measured, model, thisRun());
    await giveReport(invocation, output, { report, pictures: new Map() });
    return 0;
  },
};

/** Rising, each once. An embedding needs a window of speech. */
function readLengths(text: unknown): number[] {
  const lengths = String(text).split(',').map(Number);
  const leastS = leastVoicedMs / 1000;
  if (lengths.some((seconds) => !(seconds >= leastS && seconds <= longestS))) {
    throw new UsageError(
      `--seconds takes numbers from ${leastS} to ${longestS}, such as 1.6,3,7; not '${text}'`,
    );
  }
  return [...new Set(lengths)].sort((a, b) => a - b);
}
