import { measureMasks } from '../lab/masks/measure.ts';
import { masksReport } from '../lab/masks/report.ts';
import type { Command } from './command.ts';
import { datasetOptions, maskedOption, runFaceExperiment } from './lab-faces.ts';
import { reportNotes } from './lab-report.ts';
import { numberOption } from './settings.ts';

/** `vigil lab masks`: what to enrol of people who come with masks. */
export const masks: Command = {
  name: 'masks',
  summary: 'who is recognised with a mask and without, by what was enrolled',
  options: {
    ...datasetOptions,
    ...maskedOption,
    people: { value: 'N', help: 'most people that are enrolled', default: '50' },
  },
  notes: [
    'Enrolled with a masked picture, with a bare one, or with both; tried with and without a mask; one person in five is',
    'a stranger, and so are people with one picture. Masks are drawn, and the report says so, on the pictures of',
    'everybody who has fewer than two photographed ones in --masked. Ends with advice.',
    reportNotes,
  ].join('\n'),

  run(invocation) {
    const people = numberOption(invocation, 'people', { least: 2, most: 10_000, whole: true });
    return runFaceExperiment(invocation, 'masks', async (experiment, run, signal) => {
      const figures = await measureMasks({ ...experiment, people }, signal);
      return { report: masksReport(figures, run), pictures: new Map() };
    });
  },
};
