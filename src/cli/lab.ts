import type { CommandGroup } from './command.ts';
import { all, type Experiment } from './lab-all.ts';
import { cache } from './lab-cache.ts';
import { calibrate } from './lab-calibrate.ts';
import { detectors } from './lab-detectors.ts';
import { masks } from './lab-masks.ts';
import { projection } from './lab-projection.ts';
import { recognisers } from './lab-recognisers.ts';
import { robustness } from './lab-robustness.ts';
import { speed } from './lab-speed.ts';
import { verify } from './lab-verify.ts';
import { voices } from './lab-voices.ts';

const experiments: readonly Experiment[] = [
  { command: detectors, needs: ['input'] },
  { command: recognisers, needs: ['dataset'] },
  { command: verify, needs: ['pairs', 'images'] },
  { command: masks, needs: ['dataset'] },
  { command: robustness, needs: ['dataset'] },
  { command: projection, needs: ['dataset'] },
  { command: voices, needs: ['data'] },
  { command: speed, needs: [] },
];

/** `vigil lab`: how good the device's decisions are, measured on data that is not the device's own. */
export const command: CommandGroup = {
  name: 'lab',
  summary: 'experiments on pictures and speech of your own, each with a report',
  commands: [...experiments.map((experiment) => experiment.command), all(experiments), calibrate, cache],
};
