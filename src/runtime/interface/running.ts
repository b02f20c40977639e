import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const runningSchema = z.object({ v: z.number(), pid: z.int(), url: z.string(), testDoors: z.boolean() });

/** What a device that serves its interface leaves in the state directory while it runs. */
export type RunningInterface = z.output<typeof runningSchema>;

export function runningPath(stateDirectory: string): string {
  return join(stateDirectory, 'interface.json');
}

/** The interface that a device serves now; undefined where none does. */
export async function runningInterface(stateDirectory: string): Promise<RunningInterface | undefined> {
  try {
    const running = runningSchema.parse(JSON.parse(await readFile(runningPath(stateDirectory), 'utf8')));
    process.kill(running.pid, 0); // asks whether it lives
    return running;
  } catch {
    return undefined;
  }
}
