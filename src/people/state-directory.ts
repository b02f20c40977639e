import { mkdirSync } from 'node:fs';
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

/** Makes the folder, readable by its owner only. One that is there keeps its rights: it may serve others too. */
export function createStateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asPeopleStoreError(error, directory);
  }
}
