import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { InputError } from './input-error.ts';

export { soundExtensions } from '../../hal/linux/sound-file.ts';

/**
 * Reads a sound file, mixed to one channel. Rejects with InputError for one that is not there, cannot be read or is
 * no sound.
 */
export async function readSound(path: string, signal: AbortSignal): Promise<Sound> {
  try {
    return (await readSoundFile(path, signal)).sound;
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}
