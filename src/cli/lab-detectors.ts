import { didYouMean } from '../config/nearest.ts';
import { detectorsHere, type NamedDetector } from '../lab/detectors/catalogue.ts';
import { labelForms, readLabels } from '../lab/detectors/labels.ts';
import { listLabPictures, measureDetectors } from '../lab/detectors/measure.ts';
import { detectorsReport } from '../lab/detectors/report.ts';
import { drawSheets } from '../lab/detectors/sheets.ts';
import { prepareReportFolder } from '../lab/report/write.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { readManifest } from '../models/manifest.ts';
import { sha256OfFile } from '../people/import.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { canDrawLabels } from '../vision/annotate.ts';
import { type Command, MissingError, UsageError } from './command.ts';
import { cacheOptions, withCache } from './lab-cache.ts';
import { giveReport, reportFolder, reportNotes, reportOptions, thisRun } from './lab-report.ts';
import { printNote } from './output.ts';
import { Steps } from './steps.ts';

/** `vigil lab detectors`: old and new ways of finding faces, on the same pictures. */
export const detectors: Command = {
  name: 'detectors',
  summary: 'which detector finds the faces: Viola-Jones, HOG, SSD, Vigil’s and added ones, side by side',
  options: {
    input: { value: 'DIR', help: 'pictures, in folders too' },
    labels: { value: 'FILE', help: `a CSV that begins with ${labelForms}` },
    detectors: { value: 'LIST', help: 'only these: viola-jones, hog, hog-doubled, resnet-ssd, vigil, MODEL' },
    ssd: {
      value: 'GRAPH,CONFIG',
      help: 'the Python program’s network: opencv_face_detector_uint8.pb and opencv_face_detector.pbtxt',
    },
    state: { value: 'DIR', help: 'where added models are stored' },
    ...cacheOptions,
    ...reportOptions,
  },
  notes: [
    'Paths in the labels are those in DIR. A picture without a face has the count 0, or one row `photo.jpg,,,,`. Boxes',
    'are in pixels of the upright picture. With counts it says how many pictures have the right one; with boxes also',
    'precision and recall at an overlap of 0.5. hog-doubled is HOG on the picture at twice its size, as the Python',
    'program used it. Every detector of `vigil models list` that works alone takes part; `vigil models add` adds one.',
    reportNotes,
    'Beside them a picture each, once for every detector with its boxes.',
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    if (typeof options.input !== 'string') throw new UsageError('Which pictures? Give --input DIR.');
    const addedDir = addedModelsDir(
      stateDirectory(typeof options.state === 'string' ? options.state : undefined),
    );
    const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir });
    const ssd = await readSsdFiles(options.ssd, signal);
    const chosen = choose(detectorsHere({ manifest, addedModelsDir: addedDir, ssd }), options.detectors);
    const labels = typeof options.labels === 'string' ? await readLabels(options.labels) : undefined;
    const { pictures, remarks } = await listLabPictures(options.input, labels, signal);
    const output = reportFolder(invocation, 'detectors');
    await prepareReportFolder(output);
    if (!(await canDrawLabels())) {
      printNote(
        'No font is installed, so the pictures have no captions: sudo apt-get install fonts-dejavu-core',
      );
    }

    const steps = new Steps();
    try {
      const measured = await withCache(invocation, (cache) =>
        measureDetectors(
          chosen,
          pictures,
          cache,
          (done, total) => steps.update('looks', done, total),
          signal,
        ),
      );
      const ran = measured.flatMap((detector) => ('run' in detector ? [detector] : []));
      if (ran.length === 0) throw new MissingError(problems(measured));
      if (ran.every(({ run }) => run.looks.every(({ kind }) => kind === 'failed'))) {
        throw new UsageError(`--input ${options.input}: none of its pictures can be read`);
      }
      const drawn = await drawSheets(
        pictures,
        ran,
        labels,
        (done, total) => steps.update('pictures drawn', done, total),
        signal,
      );
      steps.end();
      const report = detectorsReport(
        { pictures, labels, detectors: measured, sheets: drawn.names, remarks },
        thisRun(),
      );
      await giveReport(invocation, output, { report, pictures: drawn.sheets });
      return 0;
    } finally {
      steps.end();
    }
  },
};

function problems(measured: readonly object[]): string {
  return measured.flatMap((detector) => ('problem' in detector ? [String(detector.problem)] : [])).join('\n');
}

async function readSsdFiles(given: unknown, signal: AbortSignal) {
  if (typeof given !== 'string') return undefined;
  const [graph, config, ...others] = given.split(',');
  if (!graph || !config || others.length > 0) {
    throw new UsageError(`--ssd takes two files, GRAPH,CONFIG; not '${given}'`);
  }
  try {
    return { graph, config, graphSha256: await sha256OfFile(graph, signal) };
  } catch (error) {
    signal.throwIfAborted();
    throw new UsageError(`--ssd: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The detectors that were asked for, in that order; all without a list. */
function choose(all: readonly NamedDetector[], list: unknown): NamedDetector[] {
  if (typeof list !== 'string') return [...all];
  return [...new Set(list.split(',').map((id) => id.trim()))].map((id) => {
    const detector = all.find((other) => other.id === id);
    if (detector !== undefined) return detector;
    if (id === 'resnet-ssd') throw new UsageError('resnet-ssd needs its files: --ssd GRAPH,CONFIG');
    const ids = all.map((other) => other.id);
    throw new UsageError(`there is no detector '${id}'${didYouMean(id, ids)}; there are ${ids.join(', ')}`);
  });
}
