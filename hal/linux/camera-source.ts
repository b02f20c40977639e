import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { HalError } from '../contract/errors.ts';
import { withoutPasswords } from './redact.ts';

/** Where frames come from, read from what a person wrote. */
export type CameraSource =
  /** The first camera that is present. */
  | { readonly kind: 'auto' }
  /** A V4L2 device node or a link to one; the by-id links keep their name when a camera is plugged in again. */
  | { readonly kind: 'v4l2'; readonly device: string }
  /** A webcam on macOS, by index or name. */
  | { readonly kind: 'avfoundation'; readonly device: string }
  | { readonly kind: 'rtsp'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'video-file'; readonly path: string }
  | { readonly kind: 'picture'; readonly path: string }
  | { readonly kind: 'picture-folder'; readonly path: string };

const forms =
  'auto, /dev/video0, /dev/v4l/by-id/…, rtsp://…, http://…, avfoundation:0 (macOS), a video file, a picture or a folder';

/** Extensions, in lower case, of the formats that `decodePicture` reads. */
export const pictureExtensions: ReadonlySet<string> = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
]);

/**
 * Reads a camera source as a person writes it. A device or URL is not touched; a path must exist, and decides by
 * what is there: a folder, a device node, a file with a picture's extension, any other file as a video.
 * Throws HalError `invalid-argument` for what has no meaning and `not-found` for a path that is not there.
 */
export function parseCameraSource(text: string): CameraSource {
  if (text === 'auto') return { kind: 'auto' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!URL.canParse(text) || new URL(text).host === '') throw invalid(text, 'is no valid URL');
    if (scheme === 'rtsp' || scheme === 'rtsps') return { kind: 'rtsp', url: text };
    if (scheme === 'http' || scheme === 'https') return { kind: 'http', url: text };
    throw invalid(text, `has the scheme ${scheme}://, which is not supported`);
  }
  const webcam = /^avfoundation:(.+)$/.exec(text)?.[1];
  if (webcam !== undefined) return { kind: 'avfoundation', device: webcam };
  if (text.startsWith('/dev/')) return { kind: 'v4l2', device: text };
  if (text === '' || text.includes('\0')) throw invalid(text, 'is no path');

  const found = statOf(text);
  if (found.isDirectory()) return { kind: 'picture-folder', path: text };
  if (found.isCharacterDevice()) return { kind: 'v4l2', device: text };
  if (!found.isFile()) throw invalid(text, 'is neither a file nor a folder');
  return pictureExtensions.has(extname(text).toLowerCase())
    ? { kind: 'picture', path: text }
    : { kind: 'video-file', path: text };
}

/** A source as it may be shown and logged: without user and password. */
export function cameraSourceName(source: CameraSource): string {
  switch (source.kind) {
    case 'auto':
      return 'auto';
    case 'v4l2':
      return source.device;
    case 'avfoundation':
      return `avfoundation:${source.device}`;
    case 'rtsp':
    case 'http':
      return withoutPasswords(source.url);
    default:
      return source.path;
  }
}

/** A camera that is plugged in. */
export interface CameraDevice {
  /** What to put into the configuration: the by-id link where there is one, else the node. */
  readonly device: string;
  /** /dev/videoN, which may change when the camera is plugged in again. */
  readonly node: string;
  /** What the camera calls itself: `HD Pro Webcam C920`. */
  readonly name: string;
}

/** Video nodes of codecs and image processors, which some boards have and which are no cameras. */
const noCamera = /codec|decoder|encoder|\bisp\b|-isp|stateless|m2m|jpeg/i;

/**
 * The V4L2 cameras that are present, those with a by-id link first, then by node number. A camera's second node,
 * which gives metadata, is left out. `systemRoot` is where /sys and /dev are looked for.
 */
export function listCameras(systemRoot = '/'): CameraDevice[] {
  const sys = join(systemRoot, 'sys/class/video4linux');
  const dev = join(systemRoot, 'dev');
  const links = byIdLinks(join(dev, 'v4l/by-id'));
  const cameras: (CameraDevice & { readonly stable: boolean })[] = [];
  for (const entry of namesIn(sys).sort(byNumber)) {
    if (!/^video\d+$/.test(entry) || firstLine(join(sys, entry, 'index')) > '0') continue;
    const name = firstLine(join(sys, entry, 'name')) || entry;
    if (noCamera.test(name)) continue;
    const link = links.get(entry);
    const node = join(dev, entry);
    cameras.push({ device: link ?? node, node, name, stable: link !== undefined });
  }
  return cameras
    .toSorted((a, b) => Number(b.stable) - Number(a.stable))
    .map(({ device, node, name }) => ({ device, node, name }));
}

/**
 * What `auto` stands for here and now: the first camera that is present, on macOS the first webcam. Throws
 * HalError `not-found` when none is plugged in.
 */
export function firstCamera(): CameraSource {
  if (process.platform === 'darwin') return { kind: 'avfoundation', device: '0' };
  const camera = listCameras()[0];
  if (camera === undefined) {
    throw new HalError(
      'not-found',
      'camera auto',
      `no camera is plugged in. Plug one in, or name a source: ${forms}`,
    );
  }
  return { kind: 'v4l2', device: camera.device };
}

/** By-id links of first nodes: node name (`video0`) to link. */
function byIdLinks(folder: string): Map<string, string> {
  const links = new Map<string, string>();
  for (const entry of namesIn(folder).sort()) {
    if (!entry.endsWith('-video-index0')) continue;
    try {
      links.set(basename(realpathSync(join(folder, entry))), join(folder, entry));
    } catch {
      // The camera was unplugged while we looked.
    }
  }
  return links;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such folder: no cameras
  }
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function byNumber(a: string, b: string): number {
  return Number(a.replace(/\D/g, '')) - Number(b.replace(/\D/g, ''));
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES') throw new HalError('permission', path, 'may not be read by this user');
    if (code === 'ELOOP')
      throw new HalError('invalid-argument', path, 'is a symbolic link that leads to itself');
    throw new HalError(
      'not-found',
      path,
      `there is no such file, folder or device. A camera is one of: ${forms}`,
    );
  }
}

function invalid(text: string, what: string): HalError {
  return new HalError(
    'invalid-argument',
    `camera ${withoutPasswords(text) || "''"}`,
    `${what}. A camera is one of: ${forms}`,
  );
}
