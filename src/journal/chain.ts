/**
 * The chain of the journal: the link of an entry is SHA-256 over the link before it and the digest of the entry, so
 * that an entry that was altered, removed, inserted or moved makes every later link wrong.
 *
 * What is personal goes in as a salted digest alone. When the personal part and its salt are erased the digest stays,
 * tells nothing (the salt is 128 random bits), and the chain can still be verified.
 */

/** The link before the first entry. */
export const firstLink: Uint8Array = new Uint8Array(32);

/** Digest of a personal part: 32 bytes. */
export function personalDigest(salt: Uint8Array, personal: string): Uint8Array {
  return new Bun.CryptoHasher('sha256').update(salt).update(personal).digest();
}

/** What of an entry is hashed: every field but the personal one, of which the digest. */
export interface Hashed {
  readonly seq: number;
  readonly utcMs: number;
  readonly kind: string;
  /** JSON as it is stored. */
  readonly facts: string;
  readonly personalDigest: Uint8Array | null;
}

/** Digest of an entry: 32 bytes. JSON has no raw line end, so the fields cannot run into each other. */
export function entryDigest({ seq, utcMs, kind, facts, personalDigest: personal }: Hashed): Uint8Array {
  const personalHex = personal === null ? '' : personal.toHex();
  return new Bun.CryptoHasher('sha256')
    .update(`${seq}\n${utcMs}\n${kind}\n${facts}\n${personalHex}`)
    .digest();
}

/** The link of an entry, from the link before it. */
export function linkAfter(link: Uint8Array, digest: Uint8Array): Uint8Array {
  return new Bun.CryptoHasher('sha256').update(link).update(digest).digest();
}

/** One entry of a chain, to be kept elsewhere: with it, a tail that was cut off shows. */
export interface Anchor {
  readonly seq: number;
  readonly link: Uint8Array;
}

/** `1234:9f86d0…`: the number of the entry and its link in hexadecimal. */
export function anchorText({ seq, link }: Anchor): string {
  return `${seq}:${link.toHex()}`;
}

/** The anchor in a text; undefined when it is none. */
export function readAnchor(text: string): Anchor | undefined {
  const [, seq, link] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (seq === undefined || link === undefined) return undefined;
  return { seq: Number(seq), link: Uint8Array.fromHex(link) };
}
