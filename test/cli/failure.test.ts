import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import { MissingError, UsageError } from '../../src/cli/command.ts';
import { explain } from '../../src/cli/failure.ts';
import { ConfigError } from '../../src/config/errors.ts';
import { ModelError } from '../../src/models/errors.ts';

test('the exit code tells wrong use from what is missing and from a mistake of the program', () => {
  expect(explain(new UsageError('u'), false)).toEqual({ message: 'u', exitCode: 2 });
  const problem = { key: 'a', position: { line: 1, column: 2 }, message: 'm' };
  expect(explain(new ConfigError('f', [problem]), false)).toEqual({ message: 'f:1:2: a: m', exitCode: 2 });
  expect(explain(new MissingError('m'), false).exitCode).toBe(3);
  expect(explain(new HalError('not-found', 'camera', 'is not there'), false)).toEqual({
    message: 'camera: is not there',
    exitCode: 3,
  });
  expect(explain(new ModelError('missing', 'face128', 'm'), false).exitCode).toBe(3);
  expect(explain(new Error('boom\n  and details'), false)).toEqual({
    message: 'unexpected error: boom (--debug shows where)',
    exitCode: 1,
  });
});

test('with --debug the stack is shown', () => {
  expect(explain(new Error('boom'), true).message).toContain('failure.test.ts');
});
