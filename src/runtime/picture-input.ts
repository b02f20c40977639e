import { HalError } from '../../hal/contract/errors.ts';
import { type DecodedPicture, decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { InputError } from './input-error.ts';

/** Reads a picture file, upright, as RGB. Rejects with InputError for one that is not there or cannot be read. */
export async function readPicture(path: string, signal: AbortSignal): Promise<DecodedPicture> {
  try {
    return await decodePicture(path, defaultDecodeLimits, signal);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}
