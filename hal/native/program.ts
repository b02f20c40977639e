import { join } from 'node:path';
import { HalError } from '../contract/errors.ts';
import { coProcessorName, programName } from './co-processor.ts';

/**
 * Writes the co-processor's program, one file for Node, into the folder where its addons are installed. Rejects with
 * HalError `io` when it cannot be built or written.
 */
export async function writeProgram(directory: string): Promise<void> {
  const { outputs, success, logs } = await Bun.build({
    entrypoints: [join(import.meta.dir, 'process/main.ts')],
    target: 'node',
    throw: false,
  });
  const [program] = outputs;
  if (!success || program === undefined) {
    throw new HalError('io', coProcessorName, `its program cannot be built: ${logs.join('; ')}`);
  }
  await Bun.write(join(directory, programName), await program.text());
}
