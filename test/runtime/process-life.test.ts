import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastEndOf, ProcessLife } from '../../src/runtime/process-life.ts';

describe('how the last run ended', () => {
  const cases: ReadonlyArray<readonly [string, ReturnType<typeof lastEndOf>, Parameters<typeof lastEndOf>]> =
    [
      ['nothing is known', 'first-start', [undefined, 'b', undefined]],
      ['it stopped in order', 'stopped', ['stopped a\n', 'b', 'success']],
      ['it ran, and the system was started since', 'power-lost', ['running a\n', 'b', undefined]],
      ['systemd’s watchdog ended it', 'watchdog', ['running b\n', 'b', 'watchdog\n']],
      ['memory ran out', 'out-of-memory', ['running b\n', 'b', 'oom-kill']],
      ['it ended with an error', 'crashed', ['running b\n', 'b', 'exit-code']],
      ['it dumped core', 'crashed', ['running b\n', 'b', 'core-dump']],
      ['a signal ended it', 'killed', ['running b\n', 'b', 'signal']],
      ['nobody saw how it ended', 'killed', ['running b\n', 'b', undefined]],
      ['the file is rubbish', 'power-lost', ['\0\0', 'b', undefined]],
    ];
  for (const [what, end, given] of cases) {
    test(what, () => expect(lastEndOf(...given)).toBe(end));
  }
});

test('a process that was killed is known to the next, one that stopped too, and systemd’s word is used once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-life-'));
  const entry = `import { ProcessLife } from ${JSON.stringify(join(import.meta.dir, '../../src/runtime/process-life.ts'))};
    const life = await ProcessLife.begin(${JSON.stringify(directory)}, new AbortController().signal);
    console.log(life.lastEnd);
    if (process.argv.includes('stop')) { await life[Symbol.asyncDispose](); process.exit(0); }
    setInterval(() => {}, 1000);`;
  const start = async (...args: string[]) => {
    const child = Bun.spawn([process.execPath, '-e', entry, '--', ...args], {
      stderr: 'inherit',
      stdin: 'ignore',
    });
    const { value } = await child.stdout.getReader().read();
    return { child, said: new TextDecoder().decode(value).trim() };
  };
  try {
    const first = await start();
    expect(first.said).toBe('first-start');
    const error = await ProcessLife.begin(directory, new AbortController().signal).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ kind: 'busy' });
    expect(String(error)).toContain(`process ${first.child.pid} runs the device of ${directory} already`);
    first.child.kill('SIGKILL');
    await first.child.exited;
    writeFileSync(join(directory, 'service-result'), 'watchdog\n');
    const second = await start('stop');
    expect(second.said).toBe('watchdog');
    await second.child.exited;
    expect((await start('stop')).said).toBe('stopped');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
