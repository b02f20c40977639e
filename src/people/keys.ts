import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeDurably } from './durable-file.ts';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';
import { nameKey } from './names.ts';

const keyBytes = 32;
/** NIST SP 800-38D: 96-bit nonce, 128-bit tag. */
const nonceBytes = 12;
const tagBytes = 16;

const keyFileSchema = z.strictObject({
  version: z.literal(1),
  storeKey: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === keyBytes, '32 bytes are needed'),
});

/**
 * The keys of the store of people. One store key stands in a file that only its owner may read; from it come
 * (HKDF-SHA-256) the key that wraps each person's own key, and the key of the tags by which rows are found without
 * their content being readable. What a person's key has sealed is gone with that key, wherever copies of it lie.
 *
 * This protects a database that is copied or backed up without the key file. It does not protect against someone
 * who can read both as the owner or as root.
 */
export class StoreKeys {
  readonly #wrappingKey: Uint8Array;
  readonly #taggingKey: Uint8Array;
  /** Seals what belongs to no person alone: paths of files, plans. */
  readonly sealingKey: Uint8Array;

  private constructor(storeKey: Uint8Array) {
    this.#wrappingKey = deriveKey(storeKey, 'vigil people: wrap person keys');
    this.#taggingKey = deriveKey(storeKey, 'vigil people: tag rows');
    this.sealingKey = deriveKey(storeKey, 'vigil people: seal what is of nobody alone');
  }

  /** Reads the key file; undefined when there is none. Throws `key-missing` when it is not a key file. */
  static read(path: string): StoreKeys | undefined {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
      narrow(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw asPeopleStoreError(error, path);
    }
    const parsed = keyFileSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new PeopleStoreError(
        'key-missing',
        `${path}: this is not a key file of vigil (damaged or cut off). Put it back from a backup. Without it the ` +
          'stored people cannot be read: move people.db and keys aside and enrol anew.',
      );
    }
    return new StoreKeys(Buffer.from(parsed.data.storeKey, 'base64'));
  }

  /** Writes a new key file, whole or not at all, and durably before anything is sealed with it. */
  static create(path: string): StoreKeys {
    const storeKey = randomBytes(keyBytes);
    try {
      writeDurably(
        path,
        Buffer.from(`${JSON.stringify({ version: 1, storeKey: storeKey.toString('base64') })}\n`),
      );
    } catch (error) {
      throw asPeopleStoreError(error, path);
    }
    return new StoreKeys(storeKey);
  }

  /** A fresh key for a person, and the same wrapped for the database. */
  newPersonKey(subjectId: string): { key: Uint8Array; wrapped: Uint8Array } {
    const key = randomBytes(keyBytes);
    return { key, wrapped: seal(this.#wrappingKey, key, `person key ${subjectId}`) };
  }

  unwrapPersonKey(subjectId: string, wrapped: Uint8Array): Uint8Array {
    return unseal(this.#wrappingKey, wrapped, `person key ${subjectId}`);
  }

  // Tags are keyed fingerprints (HMAC-SHA-256): they find equal values again and tell nothing to who has no store key.

  /** Equal for the spellings of one name. */
  nameTag(name: string): Uint8Array {
    return this.#tag('name', nameKey(name));
  }

  contentTag(contentSha256: string): Uint8Array {
    return this.#tag('content', contentSha256);
  }

  /** Of another kind than `contentTag`, so that nothing a sample left can be found by it. */
  forgottenTag(contentSha256: string): Uint8Array {
    return this.#tag('forgotten', contentSha256);
  }

  datasetTag(root: string): Uint8Array {
    return this.#tag('dataset', root);
  }

  pathTag(root: string, path: string): Uint8Array {
    return this.#tag('path', `${root}\0${path}`);
  }

  /** Stored with the database, to know that database and key file belong together. */
  checkTag(): Uint8Array {
    return this.#tag('key-check', '');
  }

  #tag(purpose: string, value: string): Uint8Array {
    return createHmac('sha256', this.#taggingKey).update(`${purpose}\0${value}`).digest();
  }
}

/**
 * Seals bytes with AES-256-GCM: nonce, authentication tag, ciphertext. `context` says where they belong; sealed
 * bytes that are moved to another row or column do not open.
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...body]);
}

/** Opens what `seal` made. Throws PeopleStoreError `corrupt` when key, context or bytes differ. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch (error) {
    throw new PeopleStoreError(
      'corrupt',
      `The store of people is damaged or was altered: ${context} does not open. Put people.db and keys back from ` +
        'one backup, or move both aside and enrol anew (dataset/ is imported by itself).',
      { cause: error },
    );
  }
}

/** A key file that came back from a backup with wider rights is narrowed again; one that is handed over cannot be. */
function narrow(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EPERM' && code !== 'EROFS') throw error;
  }
}

function deriveKey(storeKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', storeKey, new Uint8Array(0), purpose, keyBytes));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
