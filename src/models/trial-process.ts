import { z } from 'zod';
import { checkModel } from './check.ts';
import { modelEntrySchema } from './entry.ts';
import { ModelError } from './errors.ts';
import type { TrialAnswer } from './trial.ts';

/** The child process of `tryModel`: one model on standard input, one answer on standard output. */
const { entry, path } = z
  .strictObject({ entry: modelEntrySchema, path: z.string() })
  .parse(JSON.parse(await Bun.stdin.text()));

process.stdout.write(JSON.stringify(await answer()));

async function answer(): Promise<TrialAnswer> {
  try {
    return { passed: true, text: await checkModel({ ...entry, path, added: true }) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    // The path is that of a file which will not stay.
    return { passed: false, text: error.message.replace(`${path} `, 'the file ') };
  }
}
