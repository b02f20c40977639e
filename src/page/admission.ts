import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Credentials } from '../credentials/credentials.ts';
import { type Asker, roles, type Scope } from '../credentials/scopes.ts';
import { GuessLimit } from './guess-limit.ts';

/** A browser stays signed in for a working day. */
const sessionMs = 12 * 3_600_000;
/** Browsers that are signed in at once; the oldest goes. */
const mostSessions = 64;
/** Passwords that are compared at once: each takes 19 MB and some 20 ms of a core of a PC. */
const mostComparisons = 2;
const busyMs = 1_000;

/** What came of a key or a password that was shown. `retryAfterMs` is how long nobody may try; 0: it was wrong. */
export type SignIn =
  | { readonly accepted: true; readonly session: string }
  | { readonly accepted: false; readonly retryAfterMs: number };

/** Whoever looks at the page through one browser. */
export interface Visitor {
  readonly signedIn: boolean;
  readonly asker: Asker;
}

/** Whose a session is: of whoever started the device, or of a user. */
type Owner =
  | { readonly kind: 'key' }
  | { readonly kind: 'user'; readonly name: string; readonly standing: string };

export interface AdmissionOptions {
  /** Made anew at every start, for whoever started the device; null where none is taken. */
  readonly key: string | null;
  /** Null where nobody can have a password. */
  readonly credentials: Pick<Credentials, 'signIn' | 'asker'> | null;
  /** What may be done without signing in. */
  readonly anybody: readonly Scope[];
  /** Time that is never set. */
  readonly nowMs: () => number;
}

/** 128 random bits, for a key that is printed for one person, or a session. */
export function newSecret(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Who may do what through the page. Of the key and the sessions only hashes are kept. Rights are looked up anew each time:
 * whoever is removed, or has another password, has none any more.
 */
export class Admission {
  readonly #keyHash: Buffer | null;
  readonly #credentials: AdmissionOptions['credentials'];
  readonly #nowMs: () => number;
  readonly #anybody: Visitor;
  readonly #limit: GuessLimit;
  /** Hash of the session → whose it is, and when it ends. */
  readonly #sessions = new Map<string, { readonly owner: Owner; readonly endsAtMs: number }>();
  #comparing = 0;

  constructor({ key, credentials, anybody, nowMs }: AdmissionOptions) {
    this.#keyHash = key === null ? null : hashOf(key);
    this.#credentials = credentials;
    this.#nowMs = nowMs;
    this.#anybody = { signedIn: false, asker: { name: 'anybody', scopes: anybody } };
    this.#limit = new GuessLimit(nowMs);
  }

  /** Signs in whoever started the device; `address` is where they are. */
  signInByKey(key: string, address: string): SignIn {
    const retryAfterMs = this.#limit.begin(address);
    if (retryAfterMs > 0) return { accepted: false, retryAfterMs };
    if (this.#keyHash === null || !timingSafeEqual(hashOf(key), this.#keyHash)) {
      return { accepted: false, retryAfterMs: 0 };
    }
    return this.#accept({ kind: 'key' }, address);
  }

  async signInByPassword(name: string, password: string, address: string): Promise<SignIn> {
    if (this.#comparing >= mostComparisons) return { accepted: false, retryAfterMs: busyMs };
    const retryAfterMs = this.#limit.begin(address);
    if (retryAfterMs > 0) return { accepted: false, retryAfterMs };
    this.#comparing++;
    try {
      const standing = await this.#credentials?.signIn(name, password);
      if (standing === undefined) return { accepted: false, retryAfterMs: 0 };
      return this.#accept({ kind: 'user', name, standing }, address);
    } finally {
      this.#comparing--;
    }
  }

  signOut(session: string | undefined): void {
    if (session !== undefined) this.#sessions.delete(idOf(session));
  }

  /** Who a browser with this session is now. */
  visitor(session: string | undefined): Visitor {
    if (session === undefined) return this.#anybody;
    const id = idOf(session);
    const known = this.#sessions.get(id);
    if (known === undefined) return this.#anybody;
    const asker = this.#nowMs() < known.endsAtMs ? this.#askerOf(known.owner) : undefined;
    if (asker !== undefined) return { signedIn: true, asker };
    this.#sessions.delete(id);
    return this.#anybody;
  }

  #askerOf(owner: Owner): Asker | undefined {
    if (owner.kind === 'key') return { name: 'whoever started the device', scopes: roles.admin };
    return this.#credentials?.asker(owner.name, owner.standing);
  }

  #accept(owner: Owner, address: string): SignIn {
    this.#limit.succeeded(address);
    const session = newSecret();
    this.#sessions.set(idOf(session), { owner, endsAtMs: this.#nowMs() + sessionMs });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
    return { accepted: true, session };
  }
}

function idOf(session: string): string {
  return hashOf(session).toString('hex');
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
