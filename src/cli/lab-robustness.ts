import { measureRobustness } from '../lab/robustness/measure.ts';
import { robustnessReport } from '../lab/robustness/report.ts';
import type { Command } from './command.ts';
import { datasetOptions, runFaceExperiment } from './lab-faces.ts';
import { reportNotes } from './lab-report.ts';
import { numberOption } from './settings.ts';

/** `vigil lab robustness`: how much a face can be disturbed. */
export const robustness: Command = {
  name: 'robustness',
  summary: 'how noisy, small, dark, turned or covered a face may be',
  options: {
    ...datasetOptions,
    people: { value: 'N', help: 'most people that are enrolled and tried', default: '24' },
  },
  notes: [
    'Seven noises, JPEG, blur, darkness, size, rotation, bars over eyes and mouth, hair, caps, glasses and a mask, each',
    'from mild to severe: how far the face comes from the person’s own enrolled picture, how many are still found and',
    'recognised, and the level where fewer than half are. People with two pictures or more are used: one is enrolled,',
    'another disturbed. What covers a face is drawn on it from its landmarks. Some minutes for 24 people.',
    reportNotes,
  ].join('\n'),

  run(invocation) {
    const people = numberOption(invocation, 'people', { least: 2, most: 10_000, whole: true });
    return runFaceExperiment(invocation, 'robustness', async (experiment, run, signal) => {
      const figures = await measureRobustness({ ...experiment, people }, signal);
      return { report: robustnessReport(figures, run), pictures: new Map() };
    });
  },
};
