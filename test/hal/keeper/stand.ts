import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LinesFile } from '../../../hal/keeper/lines-file.ts';

export const keeperEntry = resolve(import.meta.dir, '../../../hal/keeper/main.ts');

/** A folder with a file of lines, for a keeper process whose lines are files. */
export interface Stand {
  readonly folder: string;
  readonly socketPath: string;
  readonly linesPath: string;
  /** The level in the line's file, or undefined before the keeper wrote one. */
  level(line: string): Promise<'0' | '1' | undefined>;
  /** Every change of level since the beginning, on the clock of `nowMs`. */
  edges(line: string): Promise<{ on: boolean; utcMs: number }[]>;
  remove(): Promise<void>;
}

/** Short times, so that a test is over soon. Lamp and buzzer are interlocked; the strike is safe when it is on. */
export async function makeStand(times: Partial<LinesFile> = {}): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-keeper-'));
  const output = (name: string) => ({ kind: 'file' as const, path: name, edgesPath: `${name}.edges` });
  const lines: LinesFile = {
    silenceMs: 300,
    rearmMs: 20,
    deadTimeMs: 20,
    lines: [
      { name: 'lamp', safeOn: false, maxOnMs: 1000, interlock: 'light', output: output('lamp') },
      { name: 'buzzer', safeOn: false, maxOnMs: 400, interlock: 'light', output: output('buzzer') },
      { name: 'strike', safeOn: true, maxOnMs: 1000, output: output('strike') },
    ],
    ...times,
  };
  const linesPath = join(folder, 'lines.json');
  await writeFile(linesPath, JSON.stringify(lines));
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  return {
    folder,
    socketPath: join(folder, 'keeper.sock'),
    linesPath,
    async level(line) {
      const text = await read(line);
      return text === '0' || text === '1' ? text : undefined;
    },
    async edges(line) {
      const text = await read(`${line}.edges`);
      return text
        .split('\n')
        .filter((row) => row !== '')
        .map((row) => JSON.parse(row));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Polls until `check` holds; fails with `what` after `limitMs`. For processes, whose time is not simulated. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  limitMs = 2500,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`after ${limitMs} ms still not: ${what}`);
    await Bun.sleep(5);
  }
}
