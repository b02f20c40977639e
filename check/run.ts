import { join } from 'node:path';

const root = join(import.meta.dir, '..');

/** What `bun run check` checks, in the order of how fast it answers. */
const steps: ReadonlyArray<{ readonly what: string; readonly command: readonly string[] }> = [
  { what: 'import rules', command: ['check/imports.ts'] },
  {
    what: 'format and lint',
    command: ['--bun', 'run', 'biome', 'check', '--error-on-warnings', '--colors=off'],
  },
  { what: 'types', command: ['--bun', 'run', 'tsc', '-p', '.'] },
  { what: 'types of the page', command: ['--bun', 'run', 'tsc', '-p', 'src/page/browser'] },
  { what: 'unused code', command: ['--bun', 'run', 'knip', '--no-progress'] },
];

let failures = 0;
for (const { what, command } of steps) {
  const startMs = performance.now();
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, error, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${exitCode === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`);
  if (exitCode !== 0) {
    failures++;
    console.log(`${out}${error}`.trimEnd().replace(/^/gm, '     '));
  }
}
console.log(failures === 0 ? 'check: all good' : `check: ${failures} of ${steps.length} failed`);
process.exit(failures === 0 ? 0 : 1);
