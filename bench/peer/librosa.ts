import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Sound } from '../../hal/contract/sound.ts';

const helloSchema = z.object({ librosa: z.string(), resampy: z.string(), features: z.array(z.number()) });
const timesSchema = z.array(z.number());

/** librosa in a Python process of its own, that computes only when asked. */
export class LibrosaPeer implements Disposable {
  readonly description: string;
  /** Its 193 features of the sound. */
  readonly features: readonly number[];
  readonly #child: ReturnType<typeof spawnPeer>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ReturnType<typeof spawnPeer>,
    lines: AsyncIterator<string>,
    hello: z.infer<typeof helloSchema>,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.description = `librosa ${hello.librosa}, resampy ${hello.resampy}, 1 thread`;
    this.features = hello.features;
  }

  /** Warms it up with the sound. Rejects where `python` is none that has librosa and resampy. */
  static async start(python: string, { samples, sampleRateHz }: Sound): Promise<LibrosaPeer> {
    const scratch = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
    const file = join(scratch, 'sound.f32');
    writeFileSync(file, samples);
    const child = spawnPeer(python, file, sampleRateHz);
    const lines = createInterface({ input: Readable.fromWeb(child.stdout) })[Symbol.asyncIterator]();
    try {
      return new LibrosaPeer(child, lines, helloSchema.parse(await nextLine(lines)));
    } catch (error) {
      child.kill();
      throw error;
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }

  /** Milliseconds of each of so many runs. */
  async runs(count: number): Promise<number[]> {
    this.#child.stdin.write(`${count}\n`);
    await this.#child.stdin.flush();
    return timesSchema.parse(await nextLine(this.#lines));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

function spawnPeer(python: string, file: string, sampleRateHz: number) {
  return Bun.spawn([python, join(import.meta.dir, 'librosa-peer.py'), file, `${sampleRateHz}`], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

async function nextLine(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the peer ended: VIGIL_LIBROSA_PYTHON needs librosa and resampy');
  return JSON.parse(value);
}
