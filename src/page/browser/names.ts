import { mostNamesAtOnce, type SessionAnswer } from '../protocol.ts';
import type { Answer } from '../requests.ts';

/** Asked for together: a look has several people in it. */
const askAfterMs = 50;

/** What came of the key in the address, if there was one. */
export type SignedIn = 'accepted' | 'refused' | 'wait' | 'no-key';

/** Names of people, for those who may see them; everybody else sees ids. Kept in this page only. */
export class Names {
  readonly #names = new Map<string, string>();
  /** Asked for already, with or without an answer. */
  readonly #asked = new Set<string>();
  readonly #onChange: () => void;
  #allowed = false;
  #wanted: string[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Whether this page may know who people are, and see them. */
  get allowed(): boolean {
    return this.#allowed;
  }

  /** Shows the key of the address (`#key=…`) once and takes it out of the address, so that nobody reads it there. */
  async signIn(): Promise<SignedIn> {
    const key = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
    if (key === undefined) {
      this.#allow(await sessionOf(fetch('/session')));
      return 'no-key';
    }
    history.replaceState(null, '', location.pathname);
    const response = await post('/session', { key });
    this.#allow(await sessionOf(Promise.resolve(response.ok ? response : fetch('/session'))));
    if (response.ok) return 'accepted';
    return response.status === 429 ? 'wait' : 'refused';
  }

  /** The name where it is known and allowed, else the id. */
  readonly of = (subjectId: string): string => {
    const name = this.#names.get(subjectId);
    if (name !== undefined) return name;
    if (this.#allowed && !this.#asked.has(subjectId)) this.#ask(subjectId);
    return subjectId;
  };

  /** Another device began, or people changed: names are asked for anew. */
  forget(): void {
    this.#names.clear();
    this.#asked.clear();
  }

  #allow({ namesAllowed }: SessionAnswer): void {
    this.#allowed = namesAllowed;
    if (namesAllowed) this.#onChange();
  }

  #ask(subjectId: string): void {
    this.#asked.add(subjectId);
    this.#wanted.push(subjectId);
    if (this.#wanted.length === 1) setTimeout(() => void this.#fetch(), askAfterMs);
  }

  async #fetch(): Promise<void> {
    const subjectIds = this.#wanted.splice(0, mostNamesAtOnce);
    const response = await post('/ask/names', { subjectIds });
    if (!response.ok) {
      this.#allowed = false; // the device was started anew
      return;
    }
    const { names }: Answer<'names'> = await response.json();
    for (const [id, name] of Object.entries(names)) this.#names.set(id, name);
    this.#onChange();
  }
}

async function sessionOf(answer: Promise<Response>): Promise<SessionAnswer> {
  return await (await answer).json();
}

function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
}
