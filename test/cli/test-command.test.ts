import { expect, test } from 'bun:test';
import { vigil } from './vigil.ts';

test('the last line counts the tests, alone on standard output', async () => {
  const { exitCode, stdout, stderr } = await vigil(['test', 'test/config/nearest.test.ts']);
  expect(stdout).toBe('2 passed, 0 failed, 0 skipped\n');
  expect(stderr).toContain('Ran 2 tests across 1 file.');
  expect(exitCode).toBe(0);
});

test('a run without a test is a failure', async () => {
  const { exitCode, stdout } = await vigil(['test', 'no-such-file']);
  expect(stdout).toBe('0 passed, 1 failed, 0 skipped\n');
  expect(exitCode).toBe(1);
});

test('--filter picks tests by name', async () => {
  const { stdout } = await vigil(['test', 'test/config/nearest.test.ts', '--filter', 'slip of the finger']);
  expect(stdout).toBe('1 passed, 0 failed, 0 skipped\n');
});

test('--nightly runs the long tests, and names them when asked for another', async () => {
  const { exitCode, stderr } = await vigil(['test', '--nightly', 'no-such-file']);
  expect(stderr).toContain('test/nightly/fault-sweep.nightly.ts');
  expect(exitCode).toBe(2);
});
