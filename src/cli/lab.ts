import type { CommandGroup } from './command.ts';
import { cache } from './lab-cache.ts';
import { verify } from './lab-verify.ts';
import { voices } from './lab-voices.ts';

/** `vigil lab`: how good the device's decisions are, measured on data that is not the device's own. */
export const command: CommandGroup = {
  name: 'lab',
  summary: 'measure the decisions on data of your own: faces in pairs, voices',
  commands: [verify, voices, cache],
};
