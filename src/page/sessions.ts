import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A browser stays signed in for a working day. */
const sessionMs = 12 * 3_600_000;
/** Browsers that are signed in at once; the oldest goes. */
const mostSessions = 64;
/** Wrong keys in a row that cost nothing: a person may paste the wrong line. */
const freeMistakes = 3;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** What came of a key that was shown. `retryAfterMs` is how long nobody may try. */
export type SignIn =
  | { readonly accepted: true; readonly session: string }
  | { readonly accepted: false; readonly retryAfterMs: number };

/** 128 random bits, for a key that is printed for one person, or a session. */
export function newSecret(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Who may see names. The key is made anew at every start and shown to whoever started the device; a browser that
 * shows it gets a session. Only a hash of either is kept. Wrong keys make everybody wait, twice as long each time.
 */
export class Sessions {
  readonly #keyHash: Buffer;
  readonly #nowMs: () => number;
  /** Hash of the session → when it ends. */
  readonly #sessions = new Map<string, number>();
  #mistakes = 0;
  #closedUntilMs = 0;

  constructor(key: string, nowMs: () => number) {
    this.#keyHash = hashOf(key);
    this.#nowMs = nowMs;
  }

  signIn(key: string): SignIn {
    const nowMs = this.#nowMs();
    if (nowMs < this.#closedUntilMs) return { accepted: false, retryAfterMs: this.#closedUntilMs - nowMs };
    if (!timingSafeEqual(hashOf(key), this.#keyHash)) {
      const further = ++this.#mistakes - freeMistakes;
      const retryAfterMs = further <= 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (further - 1));
      this.#closedUntilMs = nowMs + retryAfterMs;
      return { accepted: false, retryAfterMs };
    }
    this.#mistakes = 0;
    const session = newSecret();
    this.#sessions.set(hashOf(session).toString('hex'), nowMs + sessionMs);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
    return { accepted: true, session };
  }

  isSignedIn(session: string | undefined): boolean {
    if (session === undefined) return false;
    const hash = hashOf(session).toString('hex');
    const endsAtMs = this.#sessions.get(hash);
    if (endsAtMs === undefined) return false;
    if (this.#nowMs() < endsAtMs) return true;
    this.#sessions.delete(hash);
    return false;
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
