import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';

const packages = {
  '@vladmandic/face-api': '1.7.15',
  '@tensorflow/tfjs': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
};

const helloSchema = z.object({ backend: z.literal('wasm'), tfjs: z.string() });
const timesSchema = z.array(z.number());

/** The peer cannot be had; the message says what to do. */
export class PeerAbsentError extends Error {
  override readonly name = 'PeerAbsentError';
}

/** @vladmandic/face-api in a Node process of its own, that computes only when asked. */
export class FaceApiPeer implements Disposable {
  readonly description: string;
  readonly #child: ReturnType<typeof spawnPeer>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ReturnType<typeof spawnPeer>, lines: AsyncIterator<string>, tfjs: string) {
    this.#child = child;
    this.#lines = lines;
    const version = packages['@vladmandic/face-api'];
    this.description = `@vladmandic/face-api ${version}, tfjs ${tfjs} wasm, 1 thread, Node ${nodeVersion()}`;
  }

  /**
   * Warms the peer up with frames of one face, 640 x 480 RGB. `install` is told when its packages are not there and are
   * installed; without it they must be. Throws PeerAbsentError.
   */
  static async start(rgb: Uint8Array, install?: (note: string) => void): Promise<FaceApiPeer> {
    if (Bun.which('node') === null) throw new PeerAbsentError('the peer needs Node.js on the PATH');
    const folder = installed(install);
    const scratch = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
    const file = join(scratch, 'frame.rgb');
    writeFileSync(file, rgb);
    const child = spawnPeer(folder, file);
    const lines = createInterface({ input: Readable.fromWeb(child.stdout) })[Symbol.asyncIterator]();
    try {
      const { tfjs } = helloSchema.parse(await nextLine(lines));
      return new FaceApiPeer(child, lines, tfjs);
    } catch (error) {
      child.kill();
      throw new PeerAbsentError(`the peer does not run (delete ${folder} to install it anew): ${error}`);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Milliseconds of each of so many frames. */
  async frames(count: number): Promise<number[]> {
    this.#child.stdin.write(`${count}\n`);
    await this.#child.stdin.flush();
    return timesSchema.parse(await nextLine(this.#lines));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

function spawnPeer(folder: string, file: string) {
  return Bun.spawn(['node', join(import.meta.dir, 'face-api-peer.cjs'), folder, file], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

async function nextLine(lines: AsyncIterator<string>): Promise<unknown> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('it ended');
    // Its libraries print notes on stdout, too.
    if (value.startsWith('{') || value.startsWith('[')) return JSON.parse(value);
  }
}

function nodeVersion(): string {
  return Bun.spawnSync(['node', '--version']).stdout.toString().trim();
}

/** The folder that holds the packages. */
function installed(install: ((note: string) => void) | undefined): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'vigil', 'bench-face-api');
  const done = join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (existsSync(done) && Bun.file(done).size === wanted.length) return folder;
  if (install === undefined) throw new PeerAbsentError(`its packages are not installed in ${folder}`);
  if (Bun.which('npm') === null)
    throw new PeerAbsentError('its packages are installed with npm, which is missing');
  install(`installing the peer's packages into ${folder} (once) ...`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  const npm = Bun.spawnSync(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdout: 'ignore',
    stderr: 'inherit',
  });
  if (!npm.success) throw new PeerAbsentError('its packages could not be installed: try again online');
  writeFileSync(done, wanted);
  return folder;
}
