import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WallClock } from '../../hal/contract/clock.ts';

/** What is wrong with a certificate or its key. */
export type CertificateErrorKind =
  | 'one-is-missing'
  | 'unreadable'
  | 'no-certificate'
  | 'no-key'
  | 'key-does-not-fit'
  | 'expired'
  | 'not-valid-yet';

/** The message names the file and what to do; nothing of the key is in it. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly kind: CertificateErrorKind;

  constructor(kind: CertificateErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A certificate with its key, both in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly validUntilUtcMs: number;
}

/**
 * Reads certificate and key; undefined where neither is configured. Throws CertificateError for files that cannot be used.
 * Whether it is valid today is not asked while the time of day is not to be trusted.
 */
export function readCertificate(
  { tlsCert, tlsKey }: { readonly tlsCert?: string | undefined; readonly tlsKey?: string | undefined },
  wallClock: WallClock,
): Certificate | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CertificateError(
      'one-is-missing',
      `page.tls_cert and page.tls_key belong together: ${tlsCert === undefined ? 'tls_cert' : 'tls_key'} is not set`,
    );
  }
  const cert = readText(tlsCert);
  const key = readText(tlsKey);
  const certificate = parsed(
    () => new X509Certificate(cert),
    'no-certificate',
    `${tlsCert}: this is no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----`,
  );
  const privateKey = parsed(
    () => createPrivateKey(key),
    'no-key',
    `${tlsKey}: this is no private key in PEM without a passphrase; it begins with -----BEGIN PRIVATE KEY-----`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError('key-does-not-fit', `${tlsKey}: this is not the key of ${tlsCert}`);
  }
  const validUntilUtcMs = certificate.validToDate.getTime();
  if (wallClock.trusted) {
    const nowUtcMs = wallClock.nowUtcMs();
    if (nowUtcMs >= validUntilUtcMs) {
      throw new CertificateError(
        'expired',
        `${tlsCert}: this certificate expired on ${day(validUntilUtcMs)}: renew it, and start the device again`,
      );
    }
    const validFromUtcMs = certificate.validFromDate.getTime();
    if (nowUtcMs < validFromUtcMs) {
      throw new CertificateError(
        'not-valid-yet',
        `${tlsCert}: this certificate is not valid before ${day(validFromUtcMs)}: is the clock of this machine right?`,
      );
    }
  }
  return { cert, key, validUntilUtcMs };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CertificateError(
      'unreadable',
      `${path}: this file cannot be read (${code}): it must be there, and the device’s user must be allowed to read it`,
    );
  }
}

/** What OpenSSL says of a bad file helps nobody. */
function parsed<T>(parse: () => T, kind: CertificateErrorKind, message: string): T {
  try {
    return parse();
  } catch {
    throw new CertificateError(kind, message);
  }
}

function day(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}
