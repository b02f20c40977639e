import { accessSync, constants, statSync } from 'node:fs';
import type { CameraSettings } from '../contract/camera.ts';
import type { Clock } from '../contract/clock.ts';
import { HalError, type HalErrorKind } from '../contract/errors.ts';
import { type CameraSource, cameraSourceName, listCameras } from './camera-source.ts';
import { Child } from './child.ts';

/** What a person does about a missing ffmpeg. */
export const ffmpegInstallHint =
  process.platform === 'darwin'
    ? 'Install it with: brew install ffmpeg'
    : 'Install it with: sudo apt-get install ffmpeg';

/** The sources that ffmpeg reads. */
export type FfmpegSource = Extract<
  CameraSource,
  { kind: 'v4l2' | 'avfoundation' | 'rtsp' | 'http' | 'video-file' }
>;

/** How a picture of another shape is brought to the size asked for. */
export type Scaling = 'pad' | 'crop' | 'stretch';

/** `live`: a file plays at its own speed and frames are dropped when nobody takes them. */
export type Pace = 'live' | 'every-frame';

/** Options that changed their name between releases of ffmpeg; 3.4 and later are supported. */
export interface FfmpegDialect {
  /** Socket time limit of RTSP, in microseconds. */
  readonly rtspTimeout: '-timeout' | '-stimeout';
  readonly frameSync: '-fps_mode' | '-vsync';
}

/**
 * Reads the dialect from `ffmpeg -version`. The release name is free text for distributors; the version of
 * libavformat is not: RTSP's `-stimeout` became `-timeout` in 59 (ffmpeg 5.0; before, `-timeout` made it listen),
 * `-vsync` became `-fps_mode` in 59.27 (ffmpeg 5.1).
 */
export function ffmpegDialect(versionText: string): FfmpegDialect {
  const match = /libavformat\s+(\d+)\.\s*(\d+)/.exec(versionText);
  if (match === null) {
    throw new HalError('unsupported', 'ffmpeg', 'does not say which version of libavformat it has');
  }
  const major = Number(match[1]);
  const minor = Number(match[2]);
  return {
    rtspTimeout: major >= 59 ? '-timeout' : '-stimeout',
    frameSync: major > 59 || (major === 59 && minor >= 27) ? '-fps_mode' : '-vsync',
  };
}

let installedDialect: Promise<FfmpegDialect> | undefined;

/** The dialect of the installed ffmpeg, asked for once. Rejects with HalError `not-found` when there is none. */
export function installedFfmpegDialect(clock: Clock): Promise<FfmpegDialect> {
  installedDialect ??= (async () => {
    const child = new Child({
      command: ['ffmpeg', '-hide_banner', '-version'],
      clock,
      installHint: ffmpegInstallHint,
    });
    const text = await new Response(child.stdout).text();
    await child.ended;
    return ffmpegDialect(text);
  })();
  installedDialect.catch(() => {
    installedDialect = undefined; // it may be installed later
  });
  return installedDialect;
}

export interface FfmpegRequest {
  readonly source: FfmpegSource;
  readonly settings: CameraSettings;
  readonly scaling: Scaling;
  readonly pace: Pace;
  /** The format asked of a V4L2 camera: `mjpeg`, `yuyv422`; without it ffmpeg takes the first that fits. */
  readonly inputFormat?: string;
}

/** A network camera's socket that gives nothing for this long is closed by ffmpeg itself. */
const socketTimeoutUs = '5000000';

/** Enough to recognise a live stream; ffmpeg's own defaults wait 5 s. */
const quickProbe = ['-probesize', '500000', '-analyzeduration', '500000'];

/**
 * The command line that writes raw RGB frames of the size asked for to stdout: of a live source at most `fps` a
 * second, of a file that is read whole exactly `fps` for each second of it, so that frame k is at k / fps.
 */
export function ffmpegArguments(request: FfmpegRequest, dialect: FfmpegDialect): string[] {
  const { settings, pace, source } = request;
  const everyFrame = source.kind === 'video-file' && pace === 'every-frame';
  const filters = [everyFrame ? `fps=${settings.fps}` : thinning(settings.fps), ...scalingFilters(request)];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin'],
    ...inputArguments(request, dialect),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(','), dialect.frameSync, 'passthrough'],
    // One thread: the raw encoder would else keep as many frames back as there are cores.
    ...['-threads', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-flush_packets', '1', 'pipe:1'],
  ];
}

/**
 * Lets the first frame of each period of 1 / fps pass. A live source is thinned to the rate by dropping, never
 * filled up by repeating: a repeated frame would hide a camera that has stopped. (ffmpeg's own `-r` with variable
 * rate drops too, but holds each frame back until the next one has come.)
 */
function thinning(fps: number): string {
  return `select='isnan(prev_selected_t)+gt(floor(t*${fps}),floor(prev_selected_t*${fps}))'`;
}

function inputArguments(request: FfmpegRequest, dialect: FfmpegDialect): string[] {
  const { source, settings, pace } = request;
  const size = `${settings.widthPx}x${settings.heightPx}`;
  switch (source.kind) {
    case 'v4l2':
      return [
        ...['-fflags', 'nobuffer', '-flags', 'low_delay', '-f', 'v4l2', '-thread_queue_size', '4'],
        ...(request.inputFormat === undefined ? [] : ['-input_format', request.inputFormat]),
        ...['-video_size', size, '-framerate', String(settings.fps), '-i', source.device],
      ];
    case 'avfoundation': // untested: macOS
      return ['-f', 'avfoundation', '-framerate', '30', '-video_size', size, '-i', `${source.device}:none`];
    case 'rtsp':
      return [
        ...['-rtsp_transport', 'tcp', dialect.rtspTimeout, socketTimeoutUs, ...quickProbe],
        ...['-fflags', 'nobuffer+discardcorrupt', '-flags', 'low_delay'],
        ...['-use_wallclock_as_timestamps', '1', '-i', source.url],
      ];
    case 'http':
      return [
        ...['-rw_timeout', socketTimeoutUs, ...quickProbe, '-fflags', 'nobuffer', '-flags', 'low_delay'],
        ...['-use_wallclock_as_timestamps', '1', '-i', source.url],
      ];
    case 'video-file':
      // file: keeps a name with a colon, or one that begins with a dash, from being read as something else.
      return [...(pace === 'live' ? ['-re'] : []), '-i', `file:${source.path}`];
  }
}

function scalingFilters({ settings, scaling }: FfmpegRequest): string[] {
  const { widthPx: width, heightPx: height } = settings;
  switch (scaling) {
    case 'stretch':
      return [`scale=${width}:${height}`];
    case 'crop':
      return [`scale=${width}:${height}:force_original_aspect_ratio=increase`, `crop=${width}:${height}`];
    case 'pad':
      return [
        `scale=${width}:${height}:force_original_aspect_ratio=decrease`,
        `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
      ];
  }
}

/**
 * What can be said about a source before ffmpeg is started: a missing or forbidden device or file, with what to
 * do about it. Throws HalError.
 */
export function checkSource(source: FfmpegSource): void {
  if (source.kind === 'v4l2') {
    const { device } = source;
    const present = listCameras().map((camera) => camera.device);
    const advice = present.length === 0 ? 'No camera is plugged in.' : `Cameras here: ${present.join(', ')}`;
    const found = statSync(device, { throwIfNoEntry: false });
    if (found === undefined) throw new HalError('not-found', device, `there is no such camera. ${advice}`);
    if (!found.isCharacterDevice()) {
      throw new HalError('invalid-argument', device, `is no video device. ${advice}`);
    }
    if (!mayAccess(device, constants.R_OK | constants.W_OK)) {
      throw new HalError(
        'permission',
        device,
        'may not be opened by this user. Run: sudo usermod -aG video $USER, then log in again',
      );
    }
  }
  if (source.kind === 'video-file') {
    const { path } = source;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new HalError('not-found', path, 'there is no such file');
    if (!found.isFile()) throw new HalError('invalid-argument', path, 'is no file');
    if (found.size === 0) throw new HalError('invalid-argument', path, 'is empty (0 bytes)');
    if (!mayAccess(path, constants.R_OK))
      throw new HalError('permission', path, 'may not be read by this user');
  }
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** First match wins. The texts are strerror's and ffmpeg's own, the same in all supported versions. */
const failures: readonly [pattern: RegExp, kind: HalErrorKind, advice: string][] = [
  [
    /401 unauthorized|403 forbidden|authorization failed/i,
    'permission',
    'The camera refuses the user or password.',
  ],
  [/404 not found|server returned 4\d\d/i, 'not-found', 'The camera is there, but not this path of the URL.'],
  [
    /connection refused|no route to host|network is unreachable|host is down/i,
    'not-found',
    'Nothing answers there.',
  ],
  [
    /failed to resolve|name or service not known|temporary failure in name/i,
    'not-found',
    'The host name is unknown.',
  ],
  [/connection timed out|operation timed out|timed out/i, 'timeout', 'The camera does not answer.'],
  [
    /device or resource busy/i,
    'busy',
    'Another program uses the camera; `fuser -v` with the device names it.',
  ],
  [/permission denied|operation not permitted/i, 'permission', 'It may not be opened by this user.'],
  [
    /no such device|input\/output error|connection reset|broken pipe/i,
    'disconnected',
    'The camera went away.',
  ],
  [/no such file or directory/i, 'not-found', 'It is not there.'],
  [
    /not a video capture device|inappropriate ioctl|cannot find a proper format|not supported by|protocol not found/i,
    'unsupported',
    'The source cannot give what was asked for.',
  ],
];

/**
 * The error for an ffmpeg that ended on its own. Its exit code says nothing (it is 0 when a camera is unplugged),
 * so the kind is read from stderr; `sawFrames` tells an end from a failure to begin.
 */
export function ffmpegFailure(source: FfmpegSource, stderr: string, sawFrames: boolean): HalError {
  const device = cameraSourceName(source);
  const said = lastLines(stderr, device);
  const live = source.kind !== 'video-file';
  if (live && sawFrames) {
    return new HalError('disconnected', device, `the stream ended${said === '' ? '' : `: ${said}`}`);
  }
  for (const [pattern, kind, advice] of failures) {
    if (pattern.test(stderr)) return new HalError(kind, device, `${said}. ${advice}`);
  }
  if (!live) {
    const what = said === '' ? 'ffmpeg found no frame in it' : `ffmpeg cannot read it: ${said}`;
    return new HalError('invalid-argument', device, what);
  }
  if (/invalid data found/i.test(stderr)) {
    return new HalError('unsupported', device, `${said}. It sends no video that ffmpeg knows.`);
  }
  return new HalError('disconnected', device, said === '' ? 'ffmpeg ended without a frame' : said);
}

function lastLines(stderr: string, device: string): string {
  const lines = stderr
    .split('\n')
    .map((line) =>
      line
        .replace(/^\[[^\]]* @ 0x[0-9a-f]+\] /, '')
        .replace(`${device}: `, '')
        .trim(),
    )
    .filter((line) => line !== '');
  return lines.slice(-2).join('; ').slice(-400);
}

/** What a video file holds. */
export interface VideoProbe {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
}

/**
 * Size and rate of a video file's first video stream, so that a caller can ask for exactly these and get every
 * frame once. The size is that of the upright picture. Rejects with HalError as opening the file would.
 */
export async function probeVideo(path: string, clock: Clock, signal: AbortSignal): Promise<VideoProbe> {
  signal.throwIfAborted();
  const source: FfmpegSource = { kind: 'video-file', path };
  checkSource(source);
  const child = new Child({
    command: ['ffmpeg', '-hide_banner', '-nostdin', '-i', `file:${path}`],
    clock,
    installHint: ffmpegInstallHint,
  });
  const stop = () => void child.stop();
  signal.addEventListener('abort', stop, { once: true });
  await clock.track(child.ended);
  await child.stdout.cancel();
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return parseProbe(await child.stderr(), source);
}

/** Reads what `ffmpeg -i FILE` says about the first video stream. */
export function parseProbe(text: string, source: FfmpegSource): VideoProbe {
  const stream = /Stream #.*Video:.*?\b(\d{2,5})x(\d{2,5})\b.*?([\d.]+) (?:fps|tbr)([\s\S]*)/.exec(text);
  if (stream === null) throw ffmpegFailure(source, text, false);
  const [, width, height, fps, rest] = stream;
  const ownSideData = (rest ?? '').split(/Stream #/)[0] ?? '';
  const turned = /(?:rotation of|rotate\s*:)\s*-?(?:90|270)\b/.test(ownSideData);
  const widthPx = Number(turned ? height : width);
  const heightPx = Number(turned ? width : height);
  return { widthPx, heightPx, fps: Number(fps) };
}
