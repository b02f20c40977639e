import type { Command, CommandGroup } from './command.ts';

/** A command as the list of commands knows it: its module is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command | CommandGroup>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'test',
    summary: 'run the tests; the last line counts them',
    load: async () => (await import('./test.ts')).command,
  },
];
