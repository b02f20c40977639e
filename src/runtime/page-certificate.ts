import { SystemWallClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type Certificate, readCertificate } from '../credentials/certificate.ts';

/** The certificate that the configuration names for the page, as of now; undefined without one. Throws CertificateError. */
export function pageCertificate(page: VigilConfig['page']): Certificate | undefined {
  return readCertificate(page, new SystemWallClock());
}
