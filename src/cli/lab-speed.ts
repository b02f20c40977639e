import { hashOfHashes } from '../lab/report/provenance.ts';
import { prepareReportFolder } from '../lab/report/write.ts';
import { pictureFile } from '../lab/speed/frame.ts';
import { measureSpeed } from '../lab/speed/measure.ts';
import { speedReport } from '../lab/speed/report.ts';
import { voiceFile } from '../lab/speed/voice-speed.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { readManifest } from '../models/manifest.ts';
import { sha256OfFile } from '../people/import.ts';
import { stateDirectory } from '../people/state-directory.ts';
import type { Command } from './command.ts';
import { giveReport, reportFolder, reportNotes, reportOptions, thisRun } from './lab-report.ts';
import { printNote } from './output.ts';
import { numberOption } from './settings.ts';
import { Steps } from './steps.ts';

/** `vigil lab speed`: how long everything takes on this machine. */
export const speed: Command = {
  name: 'speed',
  summary: 'how long each step of seeing and hearing takes here, and how many frames a second that leaves',
  options: {
    rounds: { value: 'N', help: 'how often everything is measured', default: '8' },
    'install-peer': { help: 'install @vladmandic/face-api and what it needs, with npm, in ~/.cache/vigil' },
    ...reportOptions,
  },
  notes: [
    'Measured on the pictures and voices of the built-in scene. Where the packages of @vladmandic/face-api are installed',
    'and Node.js is there, it is measured in the same run, in turns. Let nothing else run meanwhile. It takes a minute.',
    reportNotes,
  ].join('\n'),

  async run(invocation) {
    const { options, signal } = invocation;
    const rounds = numberOption(invocation, 'rounds', { least: 1, most: 1000, whole: true });
    const output = reportFolder(invocation, 'speed');
    await prepareReportFolder(output);
    const addedDir = addedModelsDir(stateDirectory(undefined));
    const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir });
    const steps = new Steps();
    const measured = await measureSpeed(
      {
        ...{ manifest, rounds },
        install: options['install-peer'] === true ? printNote : undefined,
        progress: (what, done, total) => steps.update(what, done, total),
      },
      signal,
    ).finally(() => steps.end());
    const sha256s = [await sha256OfFile(pictureFile, signal), await sha256OfFile(voiceFile, signal)];
    const what = 'a picture and a voice of the built-in scene';
    const data = [{ what, files: sha256s.length, sha256: hashOfHashes(sha256s) }];
    await giveReport(invocation, output, {
      report: speedReport(measured, thisRun(), data),
      pictures: new Map(),
    });
    return 0;
  },
};
