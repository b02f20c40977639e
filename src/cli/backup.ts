import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../config/read.ts';
import { PeopleStore } from '../people/store.ts';
import { makeBackup } from '../runtime/backup/backup.ts';
import { usualCost } from '../runtime/backup/sealed-stream.ts';
import { audit, userName } from './audit.ts';
import { type Command, MissingError, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { stateOf, stateOption } from './people-named.ts';

const leastKeyBytes = 12;

export const command: Command = {
  name: 'backup',
  summary: 'everything that makes this device itself, in one sealed file',
  positionals: 'FILE',
  options: {
    key: { value: 'FILE', help: 'holds the passphrase or key; made when it is not there; needed' },
    config: { value: 'FILE', help: 'the configuration in place of vigil.toml' },
    state: stateOption,
    json: { help: 'one JSON object' },
  },
  notes: [
    'In it are: people with their samples, keys, kept originals and history, users and tokens of the page, the',
    'calibration, the configuration. Not in it: the journal, models that were added, dataset/ and audios/. The device may run meanwhile.',
    'Keep the key file apart from the backup: whoever has both has everything, and without the key it cannot be opened.',
    'vigil people forget deletes backups that are still where they were made; delete copies of them yourself.',
  ].join('\n'),
  async run(invocation) {
    const { options, positionals, signal } = invocation;
    const output = oneFile(positionals, 'vigil backup FILE --key KEYFILE');
    if (existsSync(output)) throw new UsageError(`${output} is there already: nothing is overwritten.`);
    const stateDirectory = stateOf(invocation);
    if (!existsSync(resolve(stateDirectory, 'people.db'))) {
      throw new MissingError(`${stateDirectory} holds nobody: there is nothing to back up.`);
    }
    const passphrase = keyIn(options.key, true);
    const given = typeof options.config === 'string' ? options.config : undefined;
    const { file: configFile } = await readConfig({ file: given, flags: [] });
    const nowUtcMs = Date.now();
    // First, so that an erasure finds it whatever happens to us.
    using store = PeopleStore.open({
      directory: stateDirectory,
      wallClock: { nowUtcMs: () => nowUtcMs },
      by: userName(),
    });
    store.noteMadeFile('backup', resolve(output), []);
    const { version } = packageJson;
    const made = await makeBackup(
      { stateDirectory, configFile, output, passphrase, cost: usualCost, nowUtcMs, version },
      signal,
    );
    audit(stateDirectory, 'made a backup', null);
    if (options.json === true) printJson({ file: resolve(output), ...made });
    else printLine(`${output}: ${made.files} files, ${Math.ceil(made.bytes / 1024)} kB, sealed`);
    return 0;
  },
};

/** The one FILE of the command. Throws UsageError. */
export function oneFile(positionals: readonly string[], usage: string): string {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError(`One FILE is needed: ${usage}`);
  return file;
}

/** The passphrase in a key file, without the line end that an editor adds. Throws UsageError. */
export function keyIn(path: unknown, make: boolean): Uint8Array {
  if (typeof path !== 'string') throw new UsageError('Sealed with what? Give --key FILE.');
  if (!existsSync(path) && make) {
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    printNote(
      `a new key stands in ${path}: without it the backup cannot be opened. Keep it, apart from the backup.`,
    );
  }
  if (!existsSync(path)) throw new UsageError(`--key ${path}: there is no such file.`);
  const key = Buffer.from(readFileSync(path, 'latin1').replace(/\r?\n$/, ''), 'latin1');
  if (key.length < leastKeyBytes) {
    throw new UsageError(
      `--key ${path}: ${key.length} characters can be guessed; at least ${leastKeyBytes} are needed.`,
    );
  }
  return key;
}
