import { expect, test } from 'bun:test';
import { join } from 'node:path';

const signals = join(import.meta.dir, '../../src/cli/signals.ts');

/** A program that waits for its signal, takes `closingMs` to close, and says so. */
function program(closingMs: number) {
  const code = `
    const { listenForSignals } = await import(${JSON.stringify(signals)});
    const { signal, exitCode } = listenForSignals();
    process.stdout.write('ready\\n');
    const alive = setInterval(() => {}, 1000);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    process.stderr.write('closing\\n');
    await new Promise((resolve) => setTimeout(resolve, ${closingMs}));
    clearInterval(alive);
    process.exit(exitCode(signal.reason));
  `;
  return Bun.spawn([process.execPath, '-e', code], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
}

async function until(stream: ReadableStream<Uint8Array>, text: string): Promise<void> {
  const reader = stream.getReader();
  let seen = '';
  while (!seen.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`ended before '${text}'`);
    seen += new TextDecoder().decode(value);
  }
  reader.releaseLock();
}

test('the first SIGINT and SIGTERM let the command close what it opened', async () => {
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const child = program(10);
    await until(child.stdout, 'ready');
    child.kill(name);
    await until(child.stderr, 'closing');
    expect(await child.exited).toBe(code);
  }
});

test('the second SIGINT ends it at once', async () => {
  const child = program(60_000);
  await until(child.stdout, 'ready');
  child.kill('SIGINT');
  await until(child.stderr, 'closing');
  child.kill('SIGINT');
  expect(await child.exited).toBe(130);
});

test('when nobody reads the output any more, it ends in silence and without failure', async () => {
  const writer = `
    const { listenForSignals } = await import(${JSON.stringify(signals)});
    const { signal, exitCode } = listenForSignals();
    const timer = setInterval(() => process.stdout.write('line\\n'), 5);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    clearInterval(timer);
    process.exit(exitCode(signal.reason));
  `;
  const child = Bun.spawn(
    ['sh', '-c', '{ "$0" -e "$1"; echo "exit $?" >&2; } | head -n 1', process.execPath, writer],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  );
  expect(await new Response(child.stdout).text()).toBe('line\n');
  expect(await new Response(child.stderr).text()).toBe('exit 0\n');
});
