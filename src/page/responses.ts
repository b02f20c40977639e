import type { Asset } from './assets.ts';
import type { Refusal } from './refusal.ts';

const everyAnswer = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** HTML that loads its own script and style, talks to its own server, and that is all. */
export function html(body: string, socketOrigin: string): Response {
  return answer(body, 'text/html; charset=utf-8', {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self' ${socketOrigin}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  });
}

export function answer(body: string, type: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { headers: { ...everyAnswer, 'content-type': type, ...headers } });
}

/** A file that never changes under its name. */
export function kept({ body, type }: Asset): Response {
  return answer(body, type, { 'cache-control': 'public, max-age=31536000, immutable' });
}

export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(JSON.stringify(body), 'application/json', headers);
}

export function elsewhere(path: string): Response {
  return new Response(null, { status: 303, headers: { ...everyAnswer, location: path } });
}

export function refused({ status, message, headers }: Refusal): Response {
  const type = 'text/plain; charset=utf-8';
  return new Response(`${message}\n`, {
    status,
    headers: { ...everyAnswer, 'content-type': type, ...headers },
  });
}
