import { expect } from 'bun:test';
import type { Store } from '../../../hal/contract/store.ts';
import { contractSuite, expectHalError, needed, type Rig } from './suite.ts';

export interface StoreRig extends Rig {
  /** Open and empty. */
  readonly store: Store;
  /** No room is left. */
  fill?(): Promise<void> | void;
  /** Nothing may be written any more. */
  makeReadOnly?(): Promise<void> | void;
}

const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** What every store does. */
export function storeContract(implementation: string, make: () => Promise<StoreRig>): void {
  contractSuite<StoreRig>('store', implementation, make, {
    'gives back what was written, and undefined for what never was': async ({ store, time }) => {
      expect(await time.settle(store.read('a/b.json'))).toBeUndefined();
      await time.settle(store.write('a/b.json', bytes('one')));
      await time.settle(store.write('a/ü ñ.json', new Uint8Array(0)));
      expect(text(await time.settle(store.read('a/b.json')))).toBe('one');
      expect(text(await time.settle(store.read('a/ü ñ.json')))).toBe('');
    },

    'writes whole: a shorter value leaves nothing of a longer one': async ({ store, time }) => {
      await time.settle(store.write('key', bytes('a long value')));
      await time.settle(store.write('key', bytes('short')));
      expect(text(await time.settle(store.read('key')))).toBe('short');
    },

    'appends, also to what is not there yet': async ({ store, time }) => {
      await time.settle(store.append('log', bytes('one ')));
      await time.settle(store.append('log', bytes('two')));
      expect(text(await time.settle(store.read('log')))).toBe('one two');
    },

    'removes, also what is not there': async ({ store, time }) => {
      await time.settle(store.write('key', bytes('value')));
      await time.settle(store.remove('key'));
      await time.settle(store.remove('key'));
      expect(await time.settle(store.read('key'))).toBeUndefined();
    },

    'is not changed by what the caller does with the bytes afterwards': async ({ store, time }) => {
      const written = bytes('value');
      const writing = store.write('key', written);
      written.fill(0);
      await time.settle(writing);
      const first = await time.settle(store.read('key'));
      first?.fill(0);
      expect(text(await time.settle(store.read('key')))).toBe('value');
    },

    'refuses keys that leave it': async ({ store, time }) => {
      for (const key of ['', '/etc/passwd', '../up', 'a/../../up', 'a//b', '.', 'a/', 'nul\0byte']) {
        await expectHalError(time, store.write(key, bytes('x')), 'invalid-argument');
        await expectHalError(time, store.read(key), 'invalid-argument');
      }
    },

    'close may be called twice; afterwards every call rejects with closed': async ({ store, time }) => {
      await time.settle(store.close());
      await time.settle(store.close());
      await expectHalError(time, store.read('key'), 'closed');
      await expectHalError(time, store.write('key', bytes('x')), 'closed');
      await expectHalError(time, store.append('key', bytes('x')), 'closed');
      await expectHalError(time, store.remove('key'), 'closed');
    },

    'says io when it is full, and keeps what it had': async (rig) => {
      const { store, time } = rig;
      await time.settle(store.write('key', bytes('before')));
      await needed(rig.fill, 'fill').call(rig);
      await expectHalError(time, store.write('key', bytes('after')), 'io');
      await expectHalError(time, store.append('key', bytes('after')), 'io');
      expect(text(await time.settle(store.read('key')))).toBe('before');
    },

    'says permission when it is read-only, and keeps what it had': async (rig) => {
      const { store, time } = rig;
      await time.settle(store.write('key', bytes('before')));
      await needed(rig.makeReadOnly, 'makeReadOnly').call(rig);
      await expectHalError(time, store.write('key', bytes('after')), 'permission');
      await expectHalError(time, store.remove('key'), 'permission');
      expect(text(await time.settle(store.read('key')))).toBe('before');
    },
  });
}
