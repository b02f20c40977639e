import { expect, test } from 'bun:test';
import { readTotals } from '../../src/cli/test-totals.ts';

test('the summary is read, with skipped and unwritten tests together', () => {
  const output =
    '(pass) a\n\n 12 pass\n 2 skip\n 1 todo\n 1 filtered out\n 3 fail\n 1 error\n 40 expect() calls\nRan 18 tests across 4 files. [1.20s]\n';
  expect(readTotals(output)).toEqual({ passed: 12, failed: 3, skipped: 3 });
});

test('colours do not matter', () => {
  const output =
    '\u001b[0m\u001b[32m 1 pass\u001b[0m\n\u001b[2m 0 fail\u001b[0m\nRan 1 test across 1 file. [3.00ms]\n';
  expect(readTotals(output)).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test('what a test prints is not taken for the summary', () => {
  const output =
    ' 99 pass\n 99 fail\nRan 198 tests across 9 files. [1ms]\n(pass) prints a summary\n\n 1 pass\n 0 fail\nRan 1 test across 1 file. [3.00ms]\n';
  expect(readTotals(output)).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test('a run that crashed has no summary', () => {
  expect(readTotals('(pass) a\npanic: Segmentation fault\n')).toBeUndefined();
});
