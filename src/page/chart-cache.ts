import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChartState } from '../charts/chart.ts';

/** A chart is drawn by these: with other sources it may look otherwise. */
const sources = resolve(import.meta.dir, '../charts');

/** A file without it was not written whole. */
const end = '</svg>\n';

/**
 * Charts that were drawn before, on the disk: the layout of all machines takes seconds. A chart has the hash of its
 * machine's definition and of the sources that drew it in its file's name. Where nothing can be written, charts are
 * drawn each time.
 */
export class ChartCache {
  readonly #folder: string;
  readonly #sourceHash: string;

  private constructor(folder: string, sourceHash: string) {
    this.#folder = folder;
    this.#sourceHash = sourceHash;
  }

  static async open(
    folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigil/charts'),
  ): Promise<ChartCache> {
    const hash = createHash('sha256');
    for (const file of (await readdir(sources)).sort()) hash.update(await readFile(join(sources, file)));
    return new ChartCache(folder, hash.digest('hex'));
  }

  /** The chart as SVG for a page that shows several. */
  async svg(chart: ChartState): Promise<string> {
    const hash = createHash('sha256')
      .update(`${this.#sourceHash}\n${JSON.stringify(chart)}`)
      .digest('hex');
    const path = join(this.#folder, `${chart.name}.${hash.slice(0, 32)}.svg`);
    const kept = await readFile(path, 'utf8').catch(() => undefined);
    if (kept?.endsWith(end) === true) return kept;
    // The layout engine is large, and only this needs it.
    const [{ layoutChart }, { embeddedSvgOf }] = await Promise.all([
      import('../charts/layout.ts'),
      import('../charts/svg.ts'),
    ]);
    const svg = embeddedSvgOf(chart, await layoutChart(chart));
    await this.#keep(path, chart.name, svg).catch(() => undefined);
    return svg;
  }

  async #keep(path: string, name: string, svg: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const file of await readdir(this.#folder)) {
      if (file.startsWith(`${name}.`)) await rm(join(this.#folder, file));
    }
    // Another process may read while this one writes.
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, svg, { mode: 0o600 });
    await rename(unfinished, path);
  }
}
