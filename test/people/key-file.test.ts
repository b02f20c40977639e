import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { keyFile } from '../../src/people/state-directory.ts';
import { consent, faceSample } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

const { CREDENTIALS_DIRECTORY, VIGIL_KEYS } = process.env;
afterEach(() => {
  removeTemporary();
  for (const [name, value] of Object.entries({ CREDENTIALS_DIRECTORY, VIGIL_KEYS })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test('the key lies in the state directory, in the credential that systemd hands over, or where it is named', () => {
  const credentials = temporaryFolder();
  expect(keyFile('/state', {})).toBe('/state/keys');
  // Handed over for something else.
  expect(keyFile('/state', { CREDENTIALS_DIRECTORY: credentials })).toBe('/state/keys');
  mkdirSync(join(credentials, 'vigil-keys'));
  expect(keyFile('/state', { CREDENTIALS_DIRECTORY: credentials })).toBe(join(credentials, 'vigil-keys'));
  const both = { CREDENTIALS_DIRECTORY: credentials, VIGIL_KEYS: '/safe/keys' };
  expect(keyFile('/state', both)).toBe('/safe/keys');
});

test('a key that was taken out of the state directory opens the store only where it is handed over', () => {
  const [directory, credentials] = [temporaryFolder(), temporaryFolder()];
  const store = openStore(directory);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.close();
  renameSync(join(directory, 'keys'), join(credentials, 'vigil-keys'));
  expect(() => openStore(directory)).toThrow('is missing');
  expect(existsSync(join(directory, 'keys'))).toBe(false);
  process.env.CREDENTIALS_DIRECTORY = credentials;
  expect(openStore(directory).people()).toMatchObject([{ name: 'Ana' }]);
});
