import type { Store } from '../../hal/contract/store.ts';
import type { BootCounter } from './ports.ts';

const key = 'boots';

/** Counts bad boots in a row in a store; a store that cannot be read or written counts as no bad boot. */
export class StoredBootCounter implements BootCounter {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async begin(): Promise<number> {
    try {
      const bytes = await this.#store.read(key);
      const before = bytes === undefined ? 0 : Number.parseInt(new TextDecoder().decode(bytes), 10);
      const badBoots = Number.isSafeInteger(before) && before >= 0 ? before : 0;
      await this.#write(badBoots + 1);
      return badBoots;
    } catch {
      return 0;
    }
  }

  good(): Promise<void> {
    return this.#write(0);
  }

  #write(count: number): Promise<void> {
    return this.#store.write(key, new TextEncoder().encode(`${count}\n`));
  }
}
