import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret cannot be had. The message names the file and never what is in it. */
class SecretError extends Error {
  override readonly name = 'SecretError';
}

const mostBytes = 4_096;

/**
 * A secret of one line: of `file`, which only its owner may read, or without one of the systemd credential of that
 * name. Null where there is neither. Rejects with SecretError.
 */
export async function readSecret(
  file: string | undefined,
  credential: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | null> {
  const { CREDENTIALS_DIRECTORY: credentials } = environment;
  if (file === undefined && credentials === undefined) return null;
  const path = file ?? join(credentials ?? '', credential);
  let text: string;
  try {
    const { mode, size } = await stat(path);
    // A credential's folder is the manager's, and so are its rights.
    if (file !== undefined && (mode & 0o077) !== 0) {
      throw new SecretError(`${path} may be read by others: chmod 600 ${path}`);
    }
    if (size > mostBytes) throw new SecretError(`${path} is too long for a secret`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof SecretError) throw error;
    if (file === undefined) return null;
    throw new SecretError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new SecretError(`${path} holds no secret in its first line`);
  return line;
}
