import { afterEach, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateError, readCertificate } from '../../src/credentials/certificate.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

// Made for this test, for 100 years from 2026-11-25 on; the keys are used for nothing else.
const folder = join(import.meta.dir, 'certificates');
const valid = { tlsCert: join(folder, 'valid.cert.pem'), tlsKey: join(folder, 'valid.key.pem') };
const inTime = { nowUtcMs: () => Date.UTC(2030, 0), trusted: true };

function problem(files: Parameters<typeof readCertificate>[0], wallClock = inTime): CertificateError {
  try {
    readCertificate(files, wallClock);
  } catch (error) {
    if (error instanceof CertificateError) return error;
  }
  throw new Error('it was taken');
}

test('a certificate with its key is taken, and none where none is configured', () => {
  expect(readCertificate(valid, inTime)?.validUntilUtcMs).toBeGreaterThan(Date.UTC(2120, 0));
  expect(readCertificate({}, inTime)).toBeUndefined();
});

test('each file that cannot be used is said by name', () => {
  const nothing = join(temporaryFolder(), 'nothing.pem');
  const text = join(temporaryFolder(), 'text.pem');
  writeFileSync(text, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const { tlsCert, tlsKey } = valid;
  expect(problem({ tlsCert })).toMatchObject({ kind: 'one-is-missing' });
  expect(problem({ tlsKey })).toMatchObject({ kind: 'one-is-missing' });
  expect(problem({ tlsCert: nothing, tlsKey })).toMatchObject({ kind: 'unreadable' });
  expect(problem({ tlsCert: text, tlsKey })).toMatchObject({ kind: 'no-certificate' });
  expect(problem({ tlsCert, tlsKey: tlsCert })).toMatchObject({ kind: 'no-key' });
  const other = problem({ tlsCert, tlsKey: join(folder, 'other.key.pem') });
  expect(other).toMatchObject({ kind: 'key-does-not-fit' });
  expect(other.message).toContain('other.key.pem');
});

test('one that is over, or not valid yet, is refused, but not by a clock that was not set', () => {
  const late = { nowUtcMs: () => Date.UTC(2130, 0), trusted: true };
  const early = { nowUtcMs: () => 0, trusted: true };
  expect(problem(valid, late)).toMatchObject({ kind: 'expired' });
  expect(problem(valid, early)).toMatchObject({ kind: 'not-valid-yet' });
  expect(readCertificate(valid, { ...early, trusted: false })).toBeDefined();
});
