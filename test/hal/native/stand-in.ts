import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeProgram } from '../../../hal/native/program.ts';

const addons = {
  '@u4/opencv4nodejs': 'opencv4nodejs',
  naudiodon: 'naudiodon',
  'node-libgpiod': 'node-libgpiod',
};

export const nodeMissing = Bun.which('node') === null;
export const nodeReason = nodeMissing ? ' (skipped: Node is not installed)' : '';

/** The co-processor as it is installed, with addons of this folder in the place of those that are compiled. */
export interface StandIn extends AsyncDisposable {
  readonly directory: string;
  /** The electrical level of a line. */
  level(offset: number): Promise<boolean>;
  drive(offset: number, on: boolean): Promise<void>;
  breakLines(): Promise<void>;
  mendLines(): Promise<void>;
}

/** In a folder of its own, or in the one that is given. */
export async function installStandIn(given?: string): Promise<StandIn> {
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'vigil-native-')));
  const lines = join(directory, 'lines');
  await mkdir(lines, { recursive: true });
  process.env.VIGIL_LINES = lines;
  await writeProgram(directory);
  for (const [name, file] of Object.entries(addons)) {
    const folder = join(directory, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await copyFile(join(import.meta.dir, `addons/${file}.cjs`), join(folder, 'index.js'));
  }
  return {
    directory,
    level: async (offset) => (await readFile(join(lines, `line-${offset}`), 'utf8')) === '1',
    drive: (offset, on) => writeFile(join(lines, `line-${offset}`), on ? '1' : '0'),
    breakLines: () => writeFile(join(lines, 'broken'), ''),
    mendLines: () => rm(join(lines, 'broken'), { force: true }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
