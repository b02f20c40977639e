import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dir, '../../src/cli/main.ts');

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as the launcher does, without the launcher. */
export async function vigil(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const child = Bun.spawn([process.execPath, '--no-install', main, ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    // What whoever runs the tests has in their own cache stays as it is.
    env: {
      ...process.env,
      VIGIL_DEBUG: '',
      VIGIL_CACHE: join(tmpdir(), 'vigil-tests-cache'),
      ...environment,
    },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}
