import { join, resolve } from 'node:path';

/** The models that are part of the release. */
export const shippedModelsDir = resolve(import.meta.dir, '../../models');

/** The models that were added on this device: in its state, never in the release's folder. */
export function addedModelsDir(stateDirectory: string): string {
  return join(stateDirectory, 'models');
}
