import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { command as token } from '../../src/cli/token.ts';
import { command as user } from '../../src/cli/user.ts';
import { Credentials } from '../../src/credentials/credentials.ts';
import { Journal } from '../../src/journal/journal.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { runCommand } from './run-command.ts';

afterEach(removeTemporary);

const main = join(import.meta.dir, '../../src/cli/main.ts');
const wallClock = { nowUtcMs: () => Date.now(), trusted: true };

/** `vigil user …` as a process, with a password on its standard input. */
async function vigilUser(words: readonly string[], input: string) {
  const child = Bun.spawn([process.execPath, '--no-install', main, 'user', ...words], {
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { out, err, exitCode: await child.exited };
}

test('a user is added, listed and removed, and the journal says who did so', async () => {
  const state = temporaryFolder();
  const added = await vigilUser(
    ['add', 'ana', '--role', 'operator', '--password-stdin', '--state', state],
    'three green lamps\n',
  );
  expect(added).toMatchObject({ exitCode: 0, out: 'ana may sign in on the page, as operator.\n' });
  const listed = await runCommand(user, ['list', '--json', '--state', state]);
  expect(JSON.parse(listed.out)).toMatchObject({ name: 'ana', role: 'operator' });
  {
    using credentials = Credentials.open({ directory: state, wallClock });
    expect(await credentials.signIn('ana', 'three green lamps')).toBeDefined();
  }
  const removed = await runCommand(user, ['remove', 'ana', '--state', state]);
  expect(removed.exitCode).toBe(0);
  using journal = Journal.open({ directory: state });
  const audits = journal.list({ kinds: ['audit'], limit: 10 }).map(({ facts }) => facts?.action);
  expect(audits).toEqual(['removed the user ana', 'added the user ana as operator']);
});

test('a token is printed once, works as long as it is not revoked, and is not in the list', async () => {
  const state = temporaryFolder();
  const made = await runCommand(token, [
    ...['create', 'panel', '--scope', 'status', '--scope', 'names', '--days', '7', '--state', state],
  ]);
  expect(made.exitCode).toBe(0);
  const secret = made.out.trim();
  using credentials = Credentials.open({ directory: state, wallClock });
  expect(credentials.bearer(secret)).toEqual({ name: 'token panel', scopes: ['status', 'names'] });
  const listed = await runCommand(token, ['list', '--state', state]);
  expect(listed.out).toContain('panel');
  expect(listed.out).not.toContain(secret.slice(-20));
  expect((await runCommand(token, ['revoke', 'panel', '--state', state])).exitCode).toBe(0);
  expect(credentials.bearer(secret)).toBeUndefined();
});

test.each([
  ['user', ['add'], 'vigil user add NAME'],
  ['user', ['add', 'ana', '--role', 'king'], 'viewer, operator, admin'],
  ['user', ['add', 'Ana Blanco'], 'small letter'],
  ['user', ['remove', 'ana'], 'vigil user list'],
  ['user', ['password', 'ana'], 'vigil user list'],
  ['token', ['create', 'panel'], 'status, names, live'],
  ['token', ['create', 'panel', '--scope', 'all'], "not 'all'"],
  ['token', ['create', 'panel', '--scope', 'status', '--days', '0'], 'from 1 to'],
  ['token', ['revoke', 'panel'], 'vigil token list'],
] as const)('wrong use says what is allowed: %s %p', async (name, words, said) => {
  const ran = await runCommand(name === 'user' ? user : token, [...words, '--state', temporaryFolder()]);
  expect(ran).toMatchObject({ exitCode: 2, out: '' });
  expect(ran.err).toContain(said);
});
