import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ModelError, messageOf } from './errors.ts';
import type { Located } from './manifest.ts';

/** The sha256 of bytes, as small hexadecimal digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A network's file, what it has to be, and what to do when it is not that. */
export interface ModelFile {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly remedy: string;
}

/**
 * Reads a model's file and gives its bytes when they are exactly those that were named. The network is built
 * from these bytes, not from the file, so nothing can be put in between.
 *
 * Throws ModelError `missing`, `truncated`, `altered` or `unreadable`.
 */
export async function verifyModel(model: Located | ModelFile): Promise<Uint8Array> {
  const remedy = 'remedy' in model ? model.remedy : remedyOf(model);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(model.path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new ModelError('missing', model.id, `${model.path} is missing; ${remedy}`);
    throw new ModelError('unreadable', model.id, `${model.path} cannot be read: ${messageOf(error)}`, error);
  }
  if (bytes.length < model.bytes) {
    throw new ModelError(
      'truncated',
      model.id,
      `${model.path} has ${bytes.length} of ${model.bytes} bytes; ${remedy}`,
    );
  }
  const sha256 = sha256Of(bytes);
  if (sha256 !== model.sha256) {
    throw new ModelError(
      'altered',
      model.id,
      `${model.path} is not the file that was named (sha256 ${sha256}, not ${model.sha256}); ${remedy}`,
    );
  }
  return bytes;
}

function remedyOf({ added }: Located): string {
  return added
    ? 'delete its entry in the manifest beside it and add it again (vigil models add)'
    : 'restore it from the release (git checkout, or unpack it again)';
}
