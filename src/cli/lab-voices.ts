import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leastVoicedMs } from '../hearing/front-end.ts';
import { measureVoices } from '../lab/voices.ts';
import { scoreChart } from '../lab/voices-chart.ts';
import { findSpeech } from '../lab/voices-layout.ts';
import { chartRows, reportLines, reportObjects } from '../lab/voices-report.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { readManifest } from '../models/manifest.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { readSound } from '../runtime/sound-input.ts';
import { type Command, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { Progress } from './progress.ts';

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
    output: { value: 'DIR', help: 'write voices.json and voices.svg here' },
    json: { help: 'one JSON object a line' },
  },
  notes: [
    'Closed-set accuracy, equal error rate, and who is named: enrolled people and strangers, at the default thresholds',
    'and at thresholds fitted on the other half of the people; each with a 95 % interval. Recordings that are learnt',
    'from are never tried. A speaker needs four recordings or more, ten are better; each file or each folder of the',
    'strangers is one person. With --json first {seed, speakers, strangers, leftOut}, then one object a way and length.',
    'It takes some minutes. Nothing of the speech is kept.',
  ].join('\n'),

  async run({ options, signal }) {
    const { data, output } = options;
    if (typeof data !== 'string') throw new UsageError('Whose speech? Give --data DIR.');
    const lengthsS = readLengths(options.seconds);
    const seed = Number(options.seed);
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new UsageError(`--seed must be a whole number from 0 on, not '${options.seed}'`);
    }
    const folder = await findSpeech(data);
    if (folder.strangers.length === 0) {
      printNote(
        `${data} has no folder 'cohort' or 'strangers': how often strangers are named stays unknown.`,
      );
    }
    if (typeof output === 'string') await makeFolder(output);
    const addedDir = addedModelsDir(stateDirectory(undefined));
    const model = (await readManifest({ shippedDir: shippedModelsDir, addedDir })).voiceEmbedder();
    const steps = new Steps();
    const { report, ways } = await measureVoices(
      {
        ...{ folder, lengthsS, seed, model, read: readSound },
        progress: (what, done, total) => steps.update(what, done, total),
      },
      signal,
    ).finally(() => steps.end());

    if (options.json === true) for (const object of reportObjects(report)) printJson(object);
    else for (const line of reportLines(report)) printLine(line);
    if (typeof output === 'string') {
      await writeFile(join(output, 'voices.json'), `${JSON.stringify(report, undefined, 2)}\n`);
      await writeFile(join(output, 'voices.svg'), scoreChart(chartRows(ways)));
      printNote(`Written: ${join(output, 'voices.json')}, ${join(output, 'voices.svg')}`);
    }
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

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`--output ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** One progress display after the other. */
class Steps {
  #what = '';
  #progress: Progress | undefined;

  update(what: string, done: number, total: number): void {
    if (what !== this.#what) {
      this.end();
      this.#what = what;
      this.#progress = new Progress(what, total);
    }
    this.#progress?.update(done);
  }

  end(): void {
    this.#progress?.end();
  }
}
