import type { CommandGroup } from './command.ts';
import { native } from './setup-native.ts';

export const command: CommandGroup = {
  name: 'setup',
  summary: 'install what is optional: the native co-processor',
  commands: [native],
};
