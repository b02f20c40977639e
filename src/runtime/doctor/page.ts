import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { VigilConfig } from '../../config/schema.ts';
import { type Certificate, CertificateError } from '../../credentials/certificate.ts';
import { Credentials } from '../../credentials/credentials.ts';
import { CredentialsError } from '../../credentials/errors.ts';
import { pageCertificate } from '../page-certificate.ts';
import type { Finding } from './finding.ts';

/** A certificate that ends sooner is said. */
const soonMs = 14 * 86_400_000;

/** Whether the page can be served as it is configured, and to whom. The file of users is not made by asking. */
export function examinePage(config: VigilConfig['page'], directory: string, nowUtcMs: number): Finding {
  const base = { id: 'page', label: 'page' } as const;
  if (!config.enabled) return { ...base, state: 'ok', value: 'not served (page.enabled)' };
  let users: number;
  let certificate: Certificate | undefined;
  try {
    users = usersIn(directory);
    certificate = pageCertificate(config);
  } catch (error) {
    if (!(error instanceof CertificateError || error instanceof CredentialsError)) throw error;
    return {
      ...base,
      state: 'warning',
      value: `not served: ${error.message}`,
      next: 'the message says what to do',
    };
  }
  const where = `${certificate === undefined ? 'http' : 'https'} at ${config.address}, port ${config.port}`;
  const isHere = config.address === '127.0.0.1' || config.address === '::1';
  if (!isHere && users === 0) {
    const value = `not served: ${config.address} can be reached from elsewhere, and nobody could sign in there`;
    return { ...base, state: 'warning', value, next: 'vigil user add NAME --role admin' };
  }
  if (certificate !== undefined && certificate.validUntilUtcMs - nowUtcMs < soonMs) {
    const until = new Date(certificate.validUntilUtcMs).toISOString().slice(0, 10);
    return {
      ...base,
      state: 'warning',
      value: `${where}; its certificate ends on ${until}`,
      next: 'renew it',
    };
  }
  if (!isHere && certificate === undefined) {
    const next = 'set page.tls_cert and page.tls_key';
    return { ...base, state: 'warning', value: `${where}: passwords can be read on their way`, next };
  }
  return { ...base, state: 'ok', value: `${where}; ${users} ${users === 1 ? 'user' : 'users'}` };
}

function usersIn(directory: string): number {
  if (!existsSync(join(directory, 'credentials.db'))) return 0;
  const wallClock = { nowUtcMs: () => Date.now(), trusted: true };
  using credentials = Credentials.open({ directory, wallClock });
  return credentials.users().length;
}
