import { resolve } from 'node:path';

const main = resolve(import.meta.dir, '../../src/cli/main.ts');

/** `vigil demo` as a process of its own. */
export interface RunningDemo extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Starts it with a page on a free port; rejects with what it said where there is none. */
export async function startDemo(environment: Readonly<Record<string, string>> = {}): Promise<RunningDemo> {
  const child = Bun.spawn([process.execPath, '--no-install', main, 'demo', '--port', '0'], {
    env: { ...process.env, ...environment },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  let said = '';
  const decoder = new TextDecoder();
  for await (const bytes of child.stderr) {
    said += decoder.decode(bytes, { stream: true });
    const url = /the page is at (http:\S+)\n/.exec(said)?.[1];
    if (url === undefined) continue;
    return {
      url,
      pid: child.pid,
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        await child.exited;
      },
    };
  }
  throw new Error(`vigil demo ended without a page: ${said}`);
}
