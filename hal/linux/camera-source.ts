import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { HalError } from '../contract/errors.ts';
import { withoutPasswords } from './redact.ts';

/** Where frames come from, read from what a person wrote. */
export type CameraSource =
  /** The best camera that is present. */
  | { readonly kind: 'auto' }
  /** A V4L2 device node or a link to one; the by-id links keep their name when a camera is plugged in again. */
  | { readonly kind: 'v4l2'; readonly device: string }
  /** A webcam on macOS, by index or name. */
  | { readonly kind: 'avfoundation'; readonly device: string }
  /** A camera on the CSI connector of a Jetson board, through GStreamer. */
  | { readonly kind: 'csi'; readonly sensor: number }
  /** Whatever GStreamer has a source for: `v4l2src device=/dev/video0`, `libcamerasrc`. */
  | { readonly kind: 'gstreamer'; readonly elements: string }
  /** What OpenCV opens, through the native co-processor: a number, a device node, an address. */
  | { readonly kind: 'opencv'; readonly source: string }
  | { readonly kind: 'rtsp'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'video-file'; readonly path: string }
  | { readonly kind: 'picture'; readonly path: string }
  | { readonly kind: 'picture-folder'; readonly path: string };

const forms =
  'auto, /dev/video0, /dev/v4l/by-id/…, csi:0, gstreamer:…, opencv:…, rtsp://…, http://…, avfoundation:0 (macOS), a video file, a picture or a folder';

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
  const sensor = /^csi:(\d)$/.exec(text)?.[1];
  if (sensor !== undefined) return { kind: 'csi', sensor: Number(sensor) };
  const elements = /^gstreamer:(.*\S.*)$/.exec(text)?.[1];
  if (elements !== undefined) return { kind: 'gstreamer', elements: elements.trim() };
  const openCv = /^opencv:(\d+|\/dev\/.+|[a-z]+:\/\/.+)$/i.exec(text)?.[1];
  if (openCv !== undefined) return { kind: 'opencv', source: openCv };
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
    case 'csi':
      return `csi:${source.sensor}`;
    case 'gstreamer':
      return `gstreamer:${withoutPasswords(source.elements)}`;
    case 'opencv':
      return `opencv:${withoutPasswords(source.source)}`;
    case 'rtsp':
    case 'http':
      return withoutPasswords(source.url);
    default:
      return source.path;
  }
}

/** How a camera is connected. */
export type CameraConnection = 'usb' | 'csi' | 'other' | 'virtual';

/** A camera that is plugged in. */
export interface CameraDevice {
  /** What to put into the configuration: `csi:0`, the by-id link where there is one, else the node. */
  readonly device: string;
  /** /dev/videoN, which may change when the camera is plugged in again. */
  readonly node: string;
  /** What the camera calls itself: `HD Pro Webcam C920`. */
  readonly name: string;
  readonly connection: CameraConnection;
}

/** Video nodes of codecs and image processors, which some boards have and which are no cameras. */
const noCamera = /codec|decoder|encoder|\bisp\b|-isp|stateless|m2m|jpeg/i;

/** The node of a CSI sensor on a Jetson, which gives raw sensor data: the picture comes through GStreamer. */
const jetsonSensor = /^vi-output/i;

/** The best first: a webcam needs nothing beside it, a sensor needs the board's own software, a loopback a feeder. */
const connectionsInOrder: readonly CameraConnection[] = ['usb', 'csi', 'other', 'virtual'];

/**
 * The cameras that are present, the best first (USB before CSI before others before virtual ones), then by node
 * number. A camera's second node, which gives metadata, is left out. `systemRoot` is where /sys and /dev are looked
 * for.
 */
export function listCameras(systemRoot = '/'): CameraDevice[] {
  const sys = join(systemRoot, 'sys/class/video4linux');
  const dev = join(systemRoot, 'dev');
  const links = byIdLinks(join(dev, 'v4l/by-id'));
  const cameras: CameraDevice[] = [];
  let sensors = 0;
  for (const entry of namesIn(sys).sort(byNumber)) {
    if (!/^video\d+$/.test(entry) || firstLine(join(sys, entry, 'index')) > '0') continue;
    const name = firstLine(join(sys, entry, 'name')) || entry;
    if (noCamera.test(name)) continue;
    const node = join(dev, entry);
    const link = links.get(entry);
    if (jetsonSensor.test(name)) cameras.push({ device: `csi:${sensors++}`, node, name, connection: 'csi' });
    else if (link !== undefined) cameras.push({ device: link, node, name, connection: 'usb' });
    else cameras.push({ device: node, node, name, connection: connectionOf(join(sys, entry)) });
  }
  const order = ({ connection }: CameraDevice) => connectionsInOrder.indexOf(connection);
  return cameras.toSorted((a, b) => order(a) - order(b));
}

/** From where the kernel keeps the device: /sys/devices/pci…/usb1/…, /sys/devices/virtual/…. */
function connectionOf(sysEntry: string): CameraConnection {
  let place = '';
  try {
    place = realpathSync(sysEntry);
  } catch {
    // It was unplugged while we looked.
  }
  if (/\/usb\d+\//.test(place)) return 'usb';
  return place.includes('/devices/virtual/') ? 'virtual' : 'other';
}

const connectionWords: Record<CameraConnection, string> = {
  usb: 'a USB camera',
  csi: 'a camera on the CSI connector',
  other: 'a camera of this machine',
  virtual: 'a virtual camera',
};

/**
 * What `auto` stands for here and now, and why: the best camera that is present, on macOS the first webcam. Throws
 * HalError `not-found` when none is plugged in.
 */
export function bestCamera(systemRoot = '/'): {
  source: Exclude<CameraSource, { kind: 'auto' }>;
  why: string;
} {
  if (process.platform === 'darwin') {
    return { source: { kind: 'avfoundation', device: '0' }, why: 'the first webcam' };
  }
  const [camera, ...others] = listCameras(systemRoot);
  if (camera === undefined) {
    throw new HalError(
      'not-found',
      'camera auto',
      `no camera is plugged in. Plug one in, or name a source: ${forms}`,
    );
  }
  const { connection, name, device } = camera;
  const alike = others.filter((other) => other.connection === connection).length;
  const why =
    others.length === 0
      ? 'the only camera here'
      : `${connectionWords[connection]}${alike > 0 ? `, the first of ${alike + 1}` : ''}, before ${others.map((other) => other.device).join(', ')}`;
  return {
    source:
      connection === 'csi'
        ? { kind: 'csi', sensor: Number(device.slice('csi:'.length)) }
        : { kind: 'v4l2', device },
    why: `${name}: ${why}`,
  };
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
