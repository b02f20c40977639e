import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { untilAborted } from '../contract/abort.ts';
import { HalError } from '../contract/errors.ts';
import { pictureExtensions } from './camera-source.ts';
import { checkPlainFile, fileError } from './file-error.ts';

// libvips keeps decoded files by name and would give the old picture for a file that was written again.
sharp.cache(false);

/** What sharp calls the formats we read. SVG and PDF, which it also reads, are programs rather than pictures. */
const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

/** Formats of cameras and phones that cannot be read here, so that they are refused by name and not ignored. */
const unreadableExtensions: ReadonlySet<string> = new Set([
  '.bmp',
  '.heic',
  '.heif',
  '.jp2',
  '.cr2',
  '.nef',
  '.dng',
]);

export interface DecodeLimits {
  /** A picture with more pixels than this is refused before any of them is decoded. */
  readonly maxPixels: number;
  /** A larger picture is shrunk, while it is decoded, to fit into this; a smaller one keeps its size. */
  readonly maxWidthPx: number;
  readonly maxHeightPx: number;
}

/** 100 megapixels: more than any camera of today, 300 MB if it were decoded whole. */
export const defaultDecodeLimits: DecodeLimits = {
  maxPixels: 100_000_000,
  maxWidthPx: 4096,
  maxHeightPx: 4096,
};

/** A decoded picture: upright, 8 bit, RGB, row by row. */
export interface DecodedPicture {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Before it was shrunk, upright. */
  readonly originalWidthPx: number;
  readonly originalHeightPx: number;
}

/**
 * Decodes a picture file. The EXIF orientation is applied; colour profiles are ignored, as OpenCV and Pillow do;
 * transparency becomes white; grey, CMYK and 16-bit pictures become 8-bit sRGB; of an animation the first frame
 * is taken.
 *
 * Rejects with HalError: `not-found`, `permission`, `invalid-argument` (a folder, empty, truncated, no picture, too
 * many pixels), `unsupported` (another format). Abort rejects with the signal's reason at once.
 */
export async function decodePicture(
  path: string,
  limits: DecodeLimits,
  signal: AbortSignal,
): Promise<DecodedPicture> {
  signal.throwIfAborted();
  return untilAborted(decode(path, limits), signal);
}

/** `decodePicture` for a file's bytes. */
export async function decodePictureBytes(bytes: Uint8Array, limits: DecodeLimits): Promise<DecodedPicture> {
  return await decodeWith(bytes, 'this picture', limits);
}

async function decode(path: string, limits: DecodeLimits): Promise<DecodedPicture> {
  await checkPlainFile(path, 'a picture');
  return await decodeWith(path, path, limits);
}

async function decodeWith(
  source: string | Uint8Array,
  path: string,
  limits: DecodeLimits,
): Promise<DecodedPicture> {
  // The pixel limit is ours: sharp's own has another message, and it is checked only when pixels are read.
  const picture = sharp(source, { failOn: 'error', ignoreIcc: true, limitInputPixels: false });
  try {
    const { width, height, format, orientation = 1 } = await picture.metadata();
    if (!formats.has(format)) {
      throw new HalError('unsupported', path, `is ${format.toUpperCase()}; convert it to JPEG or PNG`);
    }
    if (width * height > limits.maxPixels) {
      throw new HalError(
        'invalid-argument',
        path,
        `has ${width}x${height} pixels; at most ${limits.maxPixels} are decoded. Shrink it first`,
      );
    }
    const { data, info } = await picture
      .autoOrient()
      .resize({
        width: limits.maxWidthPx,
        height: limits.maxHeightPx,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) {
      throw new HalError('unsupported', path, `has ${info.channels} colour channels; convert it to RGB`);
    }
    const turned = orientation >= 5;
    return {
      pixels: data,
      widthPx: info.width,
      heightPx: info.height,
      originalWidthPx: turned ? height : width,
      originalHeightPx: turned ? width : height,
    };
  } catch (error) {
    if (error instanceof HalError) throw error;
    throw decodeError(path, error);
  }
}

function decodeError(path: string, error: unknown): HalError {
  const said = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (/unsupported image format/i.test(said)) {
    return new HalError(
      'invalid-argument',
      path,
      'is no picture that can be read (JPEG, PNG, WebP, GIF, TIFF, AVIF)',
      options,
    );
  }
  if (/premature end|truncat|not enough data|end of file|read error|unexpected end/i.test(said)) {
    return new HalError('invalid-argument', path, `is cut off: ${firstLine(said)}`, options);
  }
  return new HalError('invalid-argument', path, `cannot be decoded: ${firstLine(said)}`, options);
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? '';
}

export interface PictureProblem {
  readonly path: string;
  readonly error: HalError;
}

export interface PictureList {
  /** In the same order on every machine: by name, a folder's pictures where its name stands. */
  readonly pictures: readonly string[];
  readonly problems: readonly PictureProblem[];
}

/**
 * The pictures of a folder and of the folders in it, by extension. Hidden files and folders are left out, and so is
 * what is no picture at all; a folder reached twice (symbolic links) is listed once. What should be a picture and
 * cannot be (a broken link, an unreadable folder, a format that is not read) is a problem, and stops nothing.
 * Rejects with HalError when `folder` itself cannot be listed.
 */
export async function listPictures(folder: string, signal: AbortSignal): Promise<PictureList> {
  const pictures: string[] = [];
  const problems: PictureProblem[] = [];
  const seen = new Set<string>();

  async function visit(directory: string): Promise<void> {
    signal.throwIfAborted();
    const real = await realpath(directory);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of (await readdir(directory)).sort(byCodeUnit)) {
      if (entry.startsWith('.')) continue;
      const path = join(directory, entry);
      const extension = extname(entry).toLowerCase();
      try {
        const found = await stat(path);
        if (found.isDirectory()) await visit(path);
        else if (unreadableExtensions.has(extension)) {
          problems.push({
            path,
            error: new HalError(
              'unsupported',
              path,
              `is ${extension.slice(1).toUpperCase()}; convert it to JPEG or PNG`,
            ),
          });
        } else if (found.isFile() && pictureExtensions.has(extension)) pictures.push(path);
      } catch (error) {
        signal.throwIfAborted();
        problems.push({ path, error: fileError(path, error) });
      }
    }
  }

  try {
    await visit(folder);
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(folder, error);
  }
  return { pictures, problems };
}

/** The same order whatever the language of the system is. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
