import type { CommandGroup } from './command.ts';
import { exportEntries } from './journal-export.ts';
import { list, show } from './journal-list.ts';
import { verify } from './journal-verify.ts';

/** `vigil journal`: what the device did and saw, for months. */
export const command: CommandGroup = {
  name: 'journal',
  summary: 'what happened, for months: list, show, export, verify',
  commands: [list, show, exportEntries, verify],
};
