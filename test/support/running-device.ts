import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const main = resolve(import.meta.dir, '../../src/cli/main.ts');

/** A device with its test doors open, as a process of its own. */
export interface RunningDevice extends AsyncDisposable {
  /** What scenarios are pointed at it with. */
  readonly args: readonly string[];
  readonly stateDirectory: string;
  /** What it has said so far. */
  said(): string;
  /** Ends it as systemd does; gives its exit code. */
  terminate(): Promise<number>;
}

/** Starts `vigil run --sim --allow-test-doors`; done when it serves its interface. */
export async function startDevice(): Promise<RunningDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-running-'));
  const stateDirectory = join(folder, 'state');
  const child = Bun.spawn(
    [process.execPath, main, 'run', '--sim', '--allow-test-doors', '--no-page', '--state', stateDirectory],
    { cwd: folder, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
  );
  let said = '';
  const served = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const address = /interface: http:\/\/([\d.:]+),/.exec(said)?.[1];
      if (address !== undefined) served.resolve(address);
    }
    served.reject(new Error(`the device has ended: ${said}`));
  })();
  const address = await served.promise;
  const terminate = async () => {
    child.kill('SIGTERM');
    const code = await child.exited;
    await reading;
    return code;
  };
  return {
    args: ['--target', address, '--token', join(stateDirectory, 'interface.token')],
    stateDirectory,
    said: () => said,
    terminate,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
