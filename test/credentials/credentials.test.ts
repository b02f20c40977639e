import { afterEach, expect, test } from 'bun:test';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Credentials } from '../../src/credentials/credentials.ts';
import { CredentialsError } from '../../src/credentials/errors.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

const password = 'three green lamps';
const hourMs = 3_600_000;

/** Credentials whose time of day a test sets. */
function opened(directory = temporaryFolder()) {
  const time = { nowUtcMs: 1_000_000, trusted: true };
  const wallClock = {
    nowUtcMs: () => time.nowUtcMs,
    get trusted() {
      return time.trusted;
    },
  };
  return { directory, time, credentials: Credentials.open({ directory, wallClock }) };
}

test('a user signs in with their password alone, and has the rights of their role', async () => {
  using credentials = opened().credentials;
  await credentials.addUser({ name: 'ana', role: 'operator', password });
  const standing = await credentials.signIn('ana', password);
  expect(credentials.asker('ana', standing ?? '')).toEqual({
    name: 'ana',
    scopes: ['status', 'names', 'live', 'kiosk', 'recognise', 'people'],
  });
  for (const [name, wrong] of [
    ['ana', 'three green lamp'],
    ['ana', ''],
    ['ana', 'x'.repeat(10_000)],
    ['Ana', password],
    ['bob', password],
    ["' OR 1=1 --", password],
  ] as const) {
    expect(await credentials.signIn(name, wrong)).toBeUndefined();
  }
});

test('another process that removes a user or sets a password ends what was signed in, at once', async () => {
  const { directory, credentials } = opened();
  await credentials.addUser({ name: 'ana', role: 'admin', password });
  await credentials.addUser({ name: 'bob', role: 'viewer', password });
  const ana = (await credentials.signIn('ana', password)) ?? '';
  const bob = (await credentials.signIn('bob', password)) ?? '';
  using elsewhere = opened(directory).credentials;
  await elsewhere.setPassword('ana', password); // the same again ends it too
  elsewhere.removeUser('bob');
  expect(credentials.asker('ana', ana)).toBeUndefined();
  expect(credentials.asker('bob', bob)).toBeUndefined();
  expect(await credentials.signIn('bob', password)).toBeUndefined();
  await elsewhere.addUser({ name: 'bob', role: 'viewer', password });
  expect(credentials.asker('bob', bob)).toBeUndefined();
  credentials.close();
});

test('a token gives its scopes until it is revoked or its time is over, and never on an untrusted clock', () => {
  const { directory, time, credentials } = opened();
  const lasting = credentials.createToken({ name: 'panel', scopes: ['status'], expiresAtUtcMs: null });
  const ending = credentials.createToken({
    name: 'script',
    scopes: ['people', 'status', 'people'],
    expiresAtUtcMs: time.nowUtcMs + hourMs,
  });
  expect(credentials.bearer(ending.secret)).toEqual({ name: 'token script', scopes: ['people', 'status'] });
  time.trusted = false;
  expect(credentials.bearer(ending.secret)).toBeUndefined();
  expect(credentials.bearer(lasting.secret)?.scopes).toEqual(['status']);
  time.trusted = true;
  time.nowUtcMs += hourMs;
  expect(credentials.bearer(ending.secret)).toBeUndefined();
  using elsewhere = opened(directory).credentials;
  elsewhere.revokeToken('panel');
  expect(credentials.bearer(lasting.secret)).toBeUndefined();
  credentials.close();
});

test('a token that was altered in any place is none', () => {
  using credentials = opened().credentials;
  const { secret } = credentials.createToken({ name: 'panel', scopes: ['status'], expiresAtUtcMs: null });
  for (let place = 0; place < secret.length; place++) {
    const altered = `${secret.slice(0, place)}${secret[place] === 'x' ? 'y' : 'x'}${secret.slice(place + 1)}`;
    expect([place, credentials.bearer(altered)]).toEqual([place, undefined]);
  }
  for (const other of ['', 'vigil_', `${secret} `, `${secret}x`, secret.toUpperCase(), `Bearer ${secret}`]) {
    expect(credentials.bearer(other)).toBeUndefined();
  }
});

test('neither a password nor a token stands in the files, which only their owner can read', async () => {
  const { directory, credentials } = opened();
  await credentials.addUser({ name: 'ana', role: 'viewer', password });
  const { secret } = credentials.createToken({ name: 'panel', scopes: ['status'], expiresAtUtcMs: null });
  const files = readdirSync(directory).map((name) => join(directory, name));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const bytes = readFileSync(file, 'latin1');
    expect(bytes).not.toContain(password);
    expect(bytes).not.toContain(secret.split('_')[2] ?? '');
    expect(statSync(file).mode & 0o077).toBe(0);
  }
  expect(files.map((file) => readFileSync(file, 'latin1')).join('')).toContain('$argon2id$');
  credentials.close();
});

test.each([
  ['a name with blanks', { name: 'Ana Blanco', password }, 'unfit'],
  ['a name that is a path', { name: '../ana', password }, 'unfit'],
  ['a short password', { name: 'ana', password: 'lamp' }, 'unfit'],
  ['a password without end', { name: 'ana', password: 'x'.repeat(300) }, 'unfit'],
] as const)('%s is not taken', async (_, user, kind) => {
  using credentials = opened().credentials;
  const refused = await credentials.addUser({ ...user, role: 'viewer' }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CredentialsError);
  expect(refused).toMatchObject({ kind });
  expect(String(refused)).not.toContain(user.password);
  expect(credentials.users()).toEqual([]);
});

test('a name that is taken, and a token that would be over at once, are refused', async () => {
  using credentials = opened().credentials;
  await credentials.addUser({ name: 'ana', role: 'viewer', password });
  const again = await credentials.addUser({ name: 'ana', role: 'admin', password }).catch((e: unknown) => e);
  expect(again).toMatchObject({ kind: 'taken' });
  expect(credentials.users()).toMatchObject([{ name: 'ana', role: 'viewer' }]);
  expect(() => credentials.createToken({ name: 'panel', scopes: ['status'], expiresAtUtcMs: 1 })).toThrow(
    'later',
  );
});

test('a damaged file is said, with what to do', () => {
  const directory = temporaryFolder();
  writeFileSync(
    join(directory, 'credentials.db'),
    'no database at all, but long enough to be looked at\n'.repeat(40),
  );
  expect(() => opened(directory)).toThrow('Move credentials.db');
});
