import { cacheContents, cacheFolder, clearCache, ResultCache } from '../lab/cache/result-cache.ts';
import { type Command, type Invocation, type OptionSpec, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';

/** `vigil lab cache`: what the lab has kept of earlier runs. */
export const cache: Command = {
  name: 'cache',
  summary: 'what is kept of earlier runs; `clear` deletes it',
  positionals: '[clear]',
  options: { json: { help: 'one JSON object' } },
  notes: [
    'What the networks said of a picture is kept by the hash of its pixels and of the networks, so that a run that was',
    'interrupted goes on where it was, and another experiment on the same pictures begins at once. It holds embeddings',
    'of faces, which are biometric data, and no pictures or names: a file that only you can read, in ~/.cache/vigil',
    '($XDG_CACHE_HOME, $VIGIL_CACHE). `vigil people forget` deletes it too. Experiments keep nothing with --no-cache.',
  ].join('\n'),

  async run({ options, positionals }) {
    const folder = cacheFolder();
    const [verb, ...others] = positionals;
    if ((verb !== undefined && verb !== 'clear') || others.length > 0) {
      throw new UsageError(`'lab cache' takes nothing or 'clear', not '${positionals.join(' ')}'`);
    }
    if (verb === 'clear') {
      const bytes = clearCache(folder);
      if (options.json === true) printJson({ folder, deletedBytes: bytes });
      else
        printLine(bytes === 0 ? `Nothing was kept in ${folder}.` : `Deleted: ${size(bytes)} in ${folder}.`);
      return 0;
    }
    const { results, bytes } = cacheContents(folder);
    if (options.json === true) printJson({ folder, results, bytes });
    else printLine(`${results} results, ${size(bytes)}, in ${folder}`);
    return 0;
  },
};

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** For experiments that look at many pictures. */
export const cacheOptions = {
  'no-cache': { help: 'compute all of it anew, and keep nothing (see vigil lab cache)' },
} as const satisfies Record<string, OptionSpec>;

/** Works with the cache, unless `--no-cache` was given; says how to go on when it is interrupted. */
export async function withCache<T>(
  { options, signal }: Invocation,
  work: (cache: ResultCache | undefined) => Promise<T>,
): Promise<T> {
  if (options['no-cache'] === true) return await work(undefined);
  using cache = new ResultCache(cacheFolder(), printNote);
  try {
    return await work(cache);
  } catch (error) {
    if (signal.aborted) {
      printNote('Interrupted. What was computed is kept: the same command goes on from there.');
    }
    throw error;
  }
}
