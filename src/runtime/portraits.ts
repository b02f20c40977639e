import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type DecodedPicture, decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import type { Provenance } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';

const mostHeightPx = 480;
const quality = 85;
const limits = { ...defaultDecodeLimits, maxWidthPx: 2 * mostHeightPx, maxHeightPx: mostHeightPx };

/** The picture as a JPEG that a page can show. */
export async function portraitJpeg(
  picture: Pick<DecodedPicture, 'widthPx' | 'heightPx'> & { readonly rgb: Uint8Array },
): Promise<Uint8Array> {
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 as const };
  return await sharp(picture.rgb, { raw })
    .resize({ height: mostHeightPx, withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
}

/**
 * The first picture that a person was enrolled with and whose file is still there, unchanged, as a JPEG; null where
 * there is none. Rejects with `signal.reason` on abort.
 */
export async function storedPortrait(
  store: PeopleStore,
  subjectId: string,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  for (const { kind, provenance } of store.samples(subjectId)) {
    const path = kind === 'face' ? fileOf(provenance) : undefined;
    if (path === undefined || !(await holds(path, provenance.contentSha256))) continue;
    signal.throwIfAborted();
    const decoded = await decodePicture(path, limits, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (decoded !== undefined) return await portraitJpeg({ ...decoded, rgb: decoded.pixels });
  }
  return null;
}

function fileOf(provenance: Provenance): string | undefined {
  if (provenance.source === 'dataset') return join(provenance.root, provenance.path);
  return provenance.source === 'file' ? provenance.path : undefined;
}

/** Another picture may lie there by now, of somebody else. */
async function holds(path: string, contentSha256: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && new Bun.CryptoHasher('sha256').update(bytes).digest('hex') === contentSha256;
}
