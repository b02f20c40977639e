import { join } from 'node:path';
import type { VigilConfig } from '../config/schema.ts';
import { stateDirectory } from '../people/state-directory.ts';

/** Where `vigil setup native` installs the native co-processor. */
export function nativeDirectory(config: VigilConfig): string {
  return join(stateDirectory(config.state.directory), 'native');
}
