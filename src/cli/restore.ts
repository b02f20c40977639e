import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { restoredConfig } from '../runtime/backup/contents.ts';
import { restoreBackup } from '../runtime/backup/restore.ts';
import { BackupError } from '../runtime/backup/sealed-stream.ts';
import { audit } from './audit.ts';
import { keyIn, oneFile } from './backup.ts';
import { type Command, UsageError } from './command.ts';
import { openPeople } from './import-notes.ts';
import { printJson, printLine, printNote } from './output.ts';
import { stateOf, stateOption } from './people-named.ts';

export const command: Command = {
  name: 'restore',
  summary: 'make this device the one that a backup was made of',
  positionals: 'FILE',
  options: {
    key: { value: 'FILE', help: 'the key file that the backup was made with; needed' },
    replace: { help: 'put what is there aside, in place of refusing' },
    state: stateOption,
    json: { help: 'one JSON object' },
  },
  notes: [
    'The whole file is read and checked first; where anything is wrong with it nothing is changed. Stop the device before.',
    'The configuration is not put in force: it stands beside, to be looked at and copied. People who were forgotten after',
    'the backup was made come back with it: forget them again.',
  ].join('\n'),
  async run(invocation) {
    const { options, positionals, signal } = invocation;
    const input = oneFile(positionals, 'vigil restore FILE --key KEYFILE');
    if (!existsSync(input)) throw new UsageError(`${input}: there is no such file.`);
    const stateDirectory = stateOf(invocation);
    const passphrase = keyIn(options.key, false);
    const replace = options.replace === true;
    const restored = await restoreBackup(
      { input, passphrase, stateDirectory, replace, nowUtcMs: Date.now() },
      signal,
    ).catch((error: unknown) => {
      throw error instanceof BackupError
        ? new UsageError(`${input}: ${error.message}`, { cause: error })
        : error;
    });
    audit(stateDirectory, 'restored a backup', null);
    const { people, madeAt, asideAs } = restored;
    if (options.json === true) printJson({ stateDirectory, ...restored });
    else printLine(`${stateDirectory}: ${people} enrolled, as of ${madeAt}`);
    if (asideAs !== null) {
      // Everybody who was known then is in it.
      using store = openPeople({ stateDirectory });
      store.noteMadeFile('backup', asideAs, []);
    }
    if (asideAs !== null) printNote(`what was there before stands in ${asideAs}: delete it when all is well`);
    const config = join(stateDirectory, restoredConfig);
    if (existsSync(config))
      printNote(`the configuration of then is ${config}: look at it, and copy it to its place`);
    return 0;
  },
};
