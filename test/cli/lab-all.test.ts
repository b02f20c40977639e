import { expect, test } from 'bun:test';
import type { Command, ExitCode, Invocation } from '../../src/cli/command.ts';
import { command as lab } from '../../src/cli/lab.ts';
import { all } from '../../src/cli/lab-all.ts';
import { InputError } from '../../src/runtime/input-error.ts';
import { runCommand } from './run-command.ts';

/** An experiment that takes pictures and does as told; what it was called with is kept. */
function experiment(name: string, needs: readonly string[], end: () => ExitCode = () => 0) {
  const called: Invocation['options'][] = [];
  const command: Command = {
    name,
    summary: '',
    options: {
      ...Object.fromEntries(needs.map((need) => [need, { value: 'DIR', help: '' }])),
      seed: { value: 'N', help: '', default: '1' },
      'no-cache': { help: '' },
      people: { value: 'N', help: '', default: '50' },
      output: { value: 'DIR', help: '' },
      json: { help: '' },
    },
    async run({ options }) {
      called.push(options);
      return end();
    },
  };
  return { called, experiment: { command, needs } };
}

test('runs every experiment that has its data, into a folder of its own, and names what the others need', async () => {
  const masks = experiment('masks', ['dataset']);
  const verify = experiment('verify', ['pairs', 'images']);
  const speed = experiment('speed', []);
  const command = all([masks.experiment, verify.experiment, speed.experiment]);
  const { exitCode, err } = await runCommand(command, [
    ...['--dataset=-my pictures', '--pairs', 'p.csv', '--seed', '7', '--no-cache', '--output', 'out'],
  ]);
  expect(exitCode).toBe(0);
  expect(masks.called).toEqual([
    {
      dataset: '-my pictures',
      seed: '7',
      'no-cache': true,
      people: '50',
      output: 'out/masks',
      json: undefined,
    },
  ]);
  expect(verify.called).toEqual([]);
  expect(err).toContain('verify: left out, it needs --images\n');
  expect(speed.called).toMatchObject([{ output: 'out/speed', seed: '7' }]);
});

test('one that fails is said and does not keep the others from running; the exit code is its own', async () => {
  const bad = experiment('bad', ['dataset'], () => {
    throw new InputError('there is no picture of anybody');
  });
  const good = experiment('good', ['dataset']);
  const { exitCode, err } = await runCommand(all([bad.experiment, good.experiment]), ['--dataset', 'd']);
  expect(exitCode).toBe(2);
  expect(err).toContain('bad: there is no picture of anybody\n');
  expect(good.called).toHaveLength(1);
});

test('an interruption ends all of it', async () => {
  const controller = new AbortController();
  const first = experiment('first', [], () => {
    controller.abort(new Error('interrupted'));
    throw controller.signal.reason;
  });
  const second = experiment('second', []);
  const { err } = await runCommand(all([first.experiment, second.experiment]), [], controller.signal);
  expect(err).toContain('interrupted');
  expect(second.called).toEqual([]);
});

test('no experiment of the lab is missing from it', () => {
  const { notes } = lab.commands.find(({ name }) => name === 'all')!;
  // Calibration is of a device's own people, and no experiment.
  const apart = ['all', 'cache', 'calibrate'];
  const named = lab.commands.map(({ name }) => name).filter((name) => !apart.includes(name));
  for (const name of named) expect(notes).toMatch(new RegExp(`^  ${name} `, 'm'));
});
