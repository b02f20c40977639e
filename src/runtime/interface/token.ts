import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStateDirectory } from '../../people/state-directory.ts';

/** A key for one run of the device: whoever has it may use the device's own interface. */
export class AccessToken implements AsyncDisposable {
  /** The file that holds it, readable by the device's user alone. */
  readonly path: string;
  readonly #digest: Buffer;

  private constructor(path: string, token: string) {
    this.path = path;
    this.#digest = digestOf(token);
  }

  /** Makes a new one in the state directory, in the place of that of an earlier run. */
  static async create(stateDirectory: string): Promise<AccessToken> {
    createStateDirectory(stateDirectory);
    const token = randomBytes(32).toString('base64url');
    const path = join(stateDirectory, 'interface.token');
    const partial = `${path}.${process.pid}`;
    await rm(partial, { force: true });
    await writeFile(partial, `${token}\n`, { mode: 0o600, flag: 'wx' });
    await rename(partial, path);
    return new AccessToken(path, token);
  }

  /** Whether a request's `Authorization` header bears it. Takes as long for a wrong token as for the right one. */
  isIn(authorization: string | null): boolean {
    const given = /^Bearer (\S{1,200})$/.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digestOf(given), this.#digest);
  }

  /** Takes the file away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Of one length whatever was given, so that the length is not told either. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
