import { mostNamesAtOnce } from '../protocol.ts';
import type { Answer } from '../requests.ts';
import { post } from './post.ts';

/** Asked for together: a look has several people in it. */
const askAfterMs = 50;

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

  /** Whether whoever looks at this page may see names. */
  allow(allowed: boolean): void {
    const isNew = allowed && !this.#allowed;
    this.#allowed = allowed;
    if (isNew) this.#onChange();
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
