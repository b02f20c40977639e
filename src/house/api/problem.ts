import { z } from 'zod';

/** Why a request is not answered as wished: `application/problem+json` (RFC 9457). */
export const problemSchema = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  /** What is wrong, and what to do; holds no secret. */
  detail: z.string(),
});

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }

  response(): Response {
    const title = titles[this.status] ?? 'Error';
    const body = { type: 'about:blank', title, status: this.status, detail: this.message };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { ...everyAnswer, 'content-type': 'application/problem+json', ...this.headers },
    });
  }
}

/** Of every answer: not kept by anybody, and nothing for a browser to show. */
export const everyAnswer = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;
