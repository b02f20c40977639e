import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ChartState } from '../charts/chart.ts';

/** A chart is drawn by these: with other sources it may look otherwise. */
const sources = resolve(import.meta.dir, '../charts');

/** Charts of a machine that are kept: several versions of Vigil may run on one computer. */
const keptOfMachine = 4;

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
    const paths = (await readdir(this.#folder))
      .filter((file) => file.startsWith(`${name}.`))
      .map((file) => join(this.#folder, file));
    const kept = await Promise.all(paths.map(async (kept) => ({ kept, atMs: (await stat(kept)).mtimeMs })));
    const outdated = kept.toSorted((a, b) => b.atMs - a.atMs).slice(keptOfMachine - 1);
    await Promise.all(outdated.map(({ kept }) => rm(kept, { force: true })));
    // Another process may read while this one writes.
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, svg, { mode: 0o600 });
    await rename(unfinished, path);
  }
}
