import { project } from '../lab/projection/measure.ts';
import { projectionReport } from '../lab/projection/report.ts';
import type { Command } from './command.ts';
import { datasetOptions, maskedOption, runFaceExperiment } from './lab-faces.ts';
import { reportNotes } from './lab-report.ts';
import { numberOption } from './settings.ts';

/** Joining groups keeps all distances in memory: 36 MB for 3,000 faces and again for their groups. */
const mostPictures = 3_000;

/** `vigil lab projection`: faces on a plane. */
export const projection: Command = {
  name: 'projection',
  summary: 'faces on a plane by t-SNE and UMAP, with masks and without',
  options: {
    ...datasetOptions,
    ...maskedOption,
    pictures: { value: 'N', help: 'most bare pictures; people with the most come first', default: '650' },
    anonymous: { help: 'a report without pictures and names, to be given away' },
  },
  notes: [
    'A point is a face, its colour a person, its shape bare or masked; the page shows the picture of the point that is',
    'pointed at. The pictures are in the report: it is for this machine, unless made with --anonymous. Beside the plots:',
    'silhouettes, and how many groups the faces fall into. The same seed gives the same plots.',
    reportNotes,
  ].join('\n'),

  run(invocation) {
    const pictures = numberOption(invocation, 'pictures', { least: 4, most: mostPictures / 2, whole: true });
    const anonymous = invocation.options.anonymous === true;
    return runFaceExperiment(invocation, 'projection', async (experiment, run, signal) => {
      const projected = await project({ ...experiment, pictures, thumbnails: !anonymous }, signal);
      return projectionReport(projected, run, { anonymous });
    });
  },
};
