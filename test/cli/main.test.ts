import { describe, expect, test } from 'bun:test';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/commands.ts';
import { vigil } from './vigil.ts';

describe('help', () => {
  test('lists every command', async () => {
    const { exitCode, stdout, stderr } = await vigil(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
  });

  test('is what `vigil` alone, -h and help show', async () => {
    const [full, ...others] = await Promise.all(
      [['--help'], [], ['-h'], ['help']].map((args) => vigil(args)),
    );
    for (const other of others) expect(other.stdout).toBe(full?.stdout ?? '');
  });

  for (const entry of commands) {
    test(`answers for ${entry.name} and all its commands, and names every option`, async () => {
      const loaded = await entry.load();
      expect(loaded.name).toBe(entry.name);
      expect(loaded.summary).toBe(entry.summary);
      const paths = 'commands' in loaded ? loaded.commands.map((command) => [entry.name, command.name]) : [];
      const group = await vigil([entry.name, '--help']);
      expect(group.exitCode).toBe(0);
      expect(group.stdout).toContain(entry.summary);
      for (const path of 'commands' in loaded ? paths : [[entry.name]]) {
        const command = 'commands' in loaded ? loaded.commands.find(({ name }) => name === path[1]) : loaded;
        const { exitCode, stdout } = await vigil([...path, '--help']);
        expect(exitCode).toBe(0);
        expect(stdout).toContain(`Usage: vigil ${path.join(' ')}`);
        for (const option of Object.keys(command?.options ?? {})) expect(stdout).toContain(`--${option}`);
      }
    });
  }

  test('does not load what the commands need', async () => {
    const startMs = performance.now();
    await vigil(['--help']);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

test('the version is that of package.json', async () => {
  expect((await vigil(['--version'])).stdout).toStartWith(`vigil ${packageJson.version} (bun `);
});

describe('wrong use ends with exit code 2 and says what is allowed', () => {
  test('an unknown command, with the nearest one', async () => {
    const { exitCode, stdout, stderr } = await vigil(['docter']);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain("vigil: there is no command 'docter' (did you mean 'doctor'?). Commands: ");
  });

  test('an unknown command of a group', async () => {
    const { exitCode, stderr } = await vigil(['models', 'lst']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("there is no command 'models lst' (did you mean 'list'?)");
  });

  test('a group without a command shows its help', async () => {
    const { exitCode, stdout } = await vigil(['models']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('Usage: vigil models COMMAND');
  });

  test('an unknown option, with the nearest one', async () => {
    const { exitCode, stderr } = await vigil(['doctor', '--jsn']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      "vigil: 'doctor' has no option --jsn (did you mean 'json'?); its options: --config --state --bundle --json\n",
    );
  });

  test('an option without its value', async () => {
    expect((await vigil(['doctor', '--state'])).stderr).toBe('vigil: --state needs a value: --state DIR\n');
    const { exitCode, stderr } = await vigil(['doctor', '--state', '--json']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--state needs a value');
  });

  test('an argument where none is taken', async () => {
    expect((await vigil(['doctor', 'me'])).stderr).toBe(
      "vigil: 'doctor' takes no argument, and 'me' was given\n",
    );
  });
});
