import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { z } from 'zod';

/**
 * A file that is sealed piece by piece, so that it never has to be in memory: AES-256-GCM over segments, each with a
 * nonce of a random prefix, its number, and whether it is the last, so that segments cannot be moved, left out or cut
 * off (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance", 2015). The key is derived from a passphrase with scrypt (RFC 7914). The heading is
 * readable, and authenticated with every segment.
 */
const magic = 'vigil-backup';
const segmentBytes = 65_536;
const tagBytes = 16;
const prefixBytes = 7;
const saltBytes = 16;
/** How hard it is to try passphrases, by RFC 7914. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}
/** 128 MiB and about half a second on a PC: what OWASP recommends as the least for scrypt. */
export const usualCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };
const scryptMemoryBytes = 512 * 1024 * 1024;

const headingSchema = z.strictObject({
  format: z.literal(magic),
  version: z.int(),
  madeAt: z.iso.datetime(),
  scrypt: z.strictObject({
    salt: z.base64(),
    // Limits, so that a foreign heading cannot make us compute for hours.
    N: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(4),
  }),
  noncePrefix: z.base64(),
});
type Heading = z.output<typeof headingSchema>;

/** What is written; another number is another layout. */
const backupVersion = 1;

/** Why a backup cannot be read. The message says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Seals what comes, in pieces of any size; yields the file, in pieces. */
export async function* sealStream(
  pieces: AsyncIterable<Uint8Array>,
  passphrase: Uint8Array,
  madeAt: string,
  cost: ScryptCost,
): AsyncGenerator<Uint8Array, void, void> {
  const heading: Heading = {
    format: magic,
    version: backupVersion,
    madeAt,
    scrypt: { salt: randomBytes(saltBytes).toString('base64'), ...cost },
    noncePrefix: randomBytes(prefixBytes).toString('base64'),
  };
  const line = Buffer.from(`${JSON.stringify(heading)}\n`);
  yield line;
  const key = keyOf(heading, passphrase);
  let number = 0;
  for await (const { segment, isLast } of segmentsOf(pieces, segmentBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(heading, number++, isLast));
    cipher.setAAD(line);
    yield Buffer.concat([cipher.update(segment), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what `sealStream` made. Throws BackupError for another file, a wrong passphrase, and a damaged or cut off file. */
export async function* openStream(
  pieces: AsyncIterable<Uint8Array>,
  passphrase: Uint8Array,
): AsyncGenerator<Uint8Array, void, void> {
  const { line, rest } = await headingLine(pieces);
  const heading = readHeading(line);
  const key = keyOf(heading, passphrase);
  let number = 0;
  for await (const { segment, isLast } of segmentsOf(rest, segmentBytes + tagBytes)) {
    const body = segment.subarray(0, Math.max(0, segment.length - tagBytes));
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(heading, number, isLast));
    decipher.setAAD(line);
    try {
      decipher.setAuthTag(segment.subarray(body.length));
      const plain = Buffer.concat([decipher.update(body), decipher.final()]);
      number++;
      yield plain;
    } catch (error) {
      const why =
        number === 0
          ? 'the key is not that of this backup, or the file is damaged'
          : 'the file is damaged or cut off';
      throw new BackupError(`It cannot be opened: ${why}.`, { cause: error });
    }
  }
}

function readHeading(line: Uint8Array): Heading {
  const parsed = headingSchema.safeParse(parseJson(Buffer.from(line).toString()));
  if (!parsed.success) throw new BackupError('This is no backup of vigil.');
  if (parsed.data.version !== backupVersion) {
    throw new BackupError(
      `It was made by another version of vigil (layout ${parsed.data.version}, this one reads ${backupVersion}). ` +
        'Update vigil.',
    );
  }
  return parsed.data;
}

function keyOf({ scrypt: { salt, N, r, p } }: Heading, passphrase: Uint8Array): Uint8Array {
  return scryptSync(passphrase, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: scryptMemoryBytes });
}

function nonceOf({ noncePrefix }: Heading, number: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.set(Buffer.from(noncePrefix, 'base64').subarray(0, prefixBytes));
  nonce.writeUInt32BE(number, prefixBytes);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Pieces of the given size; the last may be shorter, or empty when there is nothing. */
async function* segmentsOf(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly segment: Uint8Array; readonly isLast: boolean }, void, void> {
  let waiting = Buffer.alloc(0);
  for await (const piece of pieces) {
    waiting = Buffer.concat([waiting, piece]);
    // One is kept back: whether it is the last is known when the next comes.
    while (waiting.length > size) {
      yield { segment: waiting.subarray(0, size), isLast: false };
      waiting = waiting.subarray(size);
    }
  }
  yield { segment: waiting, isLast: true };
}

/** A heading that is longer is none. */
const longestHeading = 4_096;

async function headingLine(
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly line: Uint8Array; readonly rest: AsyncIterable<Uint8Array> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let begun = Buffer.alloc(0);
  let end = -1;
  while (end === -1 && begun.length <= longestHeading) {
    const next = await iterator.next();
    if (next.done === true) break;
    begun = Buffer.concat([begun, next.value]);
    end = begun.indexOf(0x0a);
  }
  if (end === -1) throw new BackupError('This is no backup of vigil.');
  const first = begun.subarray(end + 1);
  return {
    line: begun.subarray(0, end + 1),
    rest: (async function* () {
      yield first;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    })(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
