import { isIP } from 'node:net';
import { z } from 'zod';

const file = z.string().min(1).optional();

/** The page in a browser: where it is served, and to whom. */
export const page = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the page is served: the machines as charts, live, with what they decide and why.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(4680)
    .describe('Where a browser finds it; 0 takes any port that is free.'),
  address: z
    .string()
    .refine((address) => isIP(address) !== 0)
    .default('127.0.0.1')
    .meta({
      allowed: 'an address of this machine, as "127.0.0.1", "192.168.1.20" or "0.0.0.0" for all of them',
      description:
        'The address that it is served at. Any other than `127.0.0.1` and `::1` can be reached from elsewhere: then nobody sees anything without signing in, and `vigil user add` must have made somebody who can.',
    }),
  hosts: z
    .string()
    .regex(/^ *[a-z0-9.-]+( *, *[a-z0-9.-]+)* *$/)
    .optional()
    .meta({
      allowed: 'names with commas between them, in small letters, as "door.lan, vigil.example"',
      description:
        'Names by which browsers may reach it, besides its address and `localhost`. A request under any other name is refused, since a foreign website could have made it.',
    }),
  tls_cert: file.describe(
    'A certificate, or a chain of them, in a PEM file: the page is then served by HTTPS alone. With `tls_key`.',
  ),
  tls_key: file.describe('The private key of the certificate, in a PEM file.'),
  kiosk_without_login: z
    .boolean()
    .default(false)
    .describe(
      'Whether anybody may look at the kiosk, which greets people before the camera; it shows nothing else.',
    ),
});
