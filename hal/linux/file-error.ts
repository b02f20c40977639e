import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { HalError } from '../contract/errors.ts';

/**
 * Only a plain file that may be read is opened: a named pipe, for one, would wait for ever. Gives its size in bytes.
 * `what` it should be is named in the error, `a picture`.
 */
export async function checkPlainFile(path: string, what: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new HalError('invalid-argument', path, `is a folder, not ${what}`);
    if (!found.isFile()) throw new HalError('invalid-argument', path, 'is no plain file');
    if (found.size === 0) throw new HalError('invalid-argument', path, 'is empty (0 bytes)');
    await access(path, constants.R_OK);
    return found.size;
  } catch (error) {
    throw fileError(path, error);
  }
}

/** What the file system said, as HalError. */
export function fileError(path: string, error: unknown): HalError {
  if (error instanceof HalError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
      return new HalError(
        'not-found',
        path,
        'is not there (or a symbolic link to what is not there)',
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new HalError('permission', path, 'may not be read by this user', options);
    case 'ELOOP':
      return new HalError('invalid-argument', path, 'is a symbolic link that leads to itself', options);
    case 'ENOTDIR':
      return new HalError('invalid-argument', path, 'is a file, not a folder', options);
    default:
      return new HalError('io', path, error instanceof Error ? error.message : String(error), options);
  }
}
