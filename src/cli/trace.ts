import type { CommandGroup } from './command.ts';
import { diff } from './trace-diff.ts';
import { show } from './trace-show.ts';
import { stats } from './trace-stats.ts';

export const command: CommandGroup = {
  name: 'trace',
  summary: 'the record of what happened: show, count, compare',
  commands: [show, stats, diff],
};
