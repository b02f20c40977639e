import { readFile } from 'node:fs/promises';

/** Whoever receives an event has so long to say that they did. */
const answerLimitMs = 10_000;

/** What came of a message: its HTTP status, and how long the receiver asks to be left alone. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfterMs: number | null;
}

/** Sends a message once. Rejects with an Error whose message has no secrets. */
export type Post = (
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<PostAnswer>;

/** Posts to an address over HTTP. Redirects are not followed, and of an answer nothing but its head is read. */
export function postTo(url: string, caFile: string | undefined, limitMs = answerLimitMs): Post {
  return async (body, headers, signal) => {
    const limit = AbortSignal.timeout(limitMs);
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'vigil', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
      ...(caFile === undefined ? {} : { tls: { ca: await readFile(caFile, 'utf8') } }),
    }).catch((error: unknown) => {
      if (limit.aborted) throw new Error(`it did not answer within ${limitMs} ms`);
      throw error;
    });
    // It may have no end.
    await response.body?.cancel();
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { status: response.status, retryAfterMs: seconds >= 0 ? seconds * 1_000 : null };
  };
}
