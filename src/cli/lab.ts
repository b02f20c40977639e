import type { CommandGroup } from './command.ts';
import { cache } from './lab-cache.ts';
import { detectors } from './lab-detectors.ts';
import { masks } from './lab-masks.ts';
import { projection } from './lab-projection.ts';
import { recognisers } from './lab-recognisers.ts';
import { robustness } from './lab-robustness.ts';
import { speed } from './lab-speed.ts';
import { verify } from './lab-verify.ts';
import { voices } from './lab-voices.ts';

/** `vigil lab`: how good the device's decisions are, measured on data that is not the device's own. */
export const command: CommandGroup = {
  name: 'lab',
  summary: 'experiments on pictures and speech of your own, each with a report',
  commands: [detectors, recognisers, verify, masks, robustness, projection, voices, speed, cache],
};
