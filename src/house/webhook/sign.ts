import { createHmac } from 'node:crypto';

/** Written before a secret that is base64 of its bytes. */
const encodedPrefix = 'whsec_';
const leastSecretBytes = 16;

/** The bytes of a secret: what is after `whsec_`, from base64, or the text itself. Throws RangeError for a short one. */
export function secretBytes(secret: string): Uint8Array {
  const bytes = secret.startsWith(encodedPrefix)
    ? Buffer.from(secret.slice(encodedPrefix.length), 'base64')
    : Buffer.from(secret);
  if (bytes.length < leastSecretBytes) {
    throw new RangeError(`the secret of the webhook is shorter than ${leastSecretBytes} bytes`);
  }
  return bytes;
}

/**
 * The headers that sign a message, as the Standard Webhooks specification has them
 * (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA-256 over id, seconds since 1970 and body, joined
 * by full stops; whoever receives it refuses an old one.
 */
export function signatureHeaders(
  secret: Uint8Array,
  { id, sentAtUtcMs, body }: { readonly id: string; readonly sentAtUtcMs: number; readonly body: string },
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const seconds = String(Math.floor(sentAtUtcMs / 1_000));
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
