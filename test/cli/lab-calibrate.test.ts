import { afterEach, expect, test } from 'bun:test';
import { calibrate } from '../../src/cli/lab-calibrate.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { runCommand } from './run-command.ts';

afterEach(removeTemporary);

test('vigil lab calibrate wants a rate that is one, and people who are enrolled', async () => {
  const state = ['--state', temporaryFolder()];
  for (const rate of ['0', '1', 'often', '1/0', '0.7', '101 %']) {
    const ran = await runCommand(calibrate, ['--rate', rate, ...state]);
    expect([rate, ran.exitCode]).toEqual([rate, 2]);
    expect(ran.err).toContain('--rate takes a share from');
  }
  for (const rate of ['1/1000', '0.001', '0.1 %']) {
    const ran = await runCommand(calibrate, ['--rate', rate, ...state]);
    expect([rate, ran.exitCode]).toEqual([rate, 3]);
    expect(ran.err).toContain('nobody is enrolled');
  }
});
