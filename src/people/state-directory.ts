import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { asPeopleStoreError } from './errors.ts';

/**
 * Where the device keeps what it must remember: `given` (the --state option), else $VIGIL_STATE, else the first of
 * systemd's $STATE_DIRECTORY, else ~/.local/state/vigil.
 */
export function stateDirectory(
  given?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const [fromSystemd] = (environment.STATE_DIRECTORY ?? '').split(':');
  const named = given || environment.VIGIL_STATE || fromSystemd;
  return named ? resolve(named) : join(environment.HOME || homedir(), '.local/state/vigil');
}

/** What systemd calls the key file when it hands it over: `LoadCredential=vigil-keys:/etc/vigil/keys`. */
const keyCredential = 'vigil-keys';

/**
 * Where the key of the store of people lies: the file that $VIGIL_KEYS names, else the systemd credential `vigil-keys`
 * where there is one, else the file `keys` of the state directory.
 */
export function keyFile(
  directory: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { VIGIL_KEYS: named, CREDENTIALS_DIRECTORY: credentials } = environment;
  if (named) return resolve(named);
  const credential = credentials ? join(credentials, keyCredential) : undefined;
  return credential !== undefined && existsSync(credential) ? credential : join(directory, 'keys');
}

/** Makes the folder, readable by its owner only. One that is there keeps its rights: it may serve others too. */
export function createStateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asPeopleStoreError(error, directory);
  }
}
