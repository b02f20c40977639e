import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { cameraSourceName, parseCameraSource } from '../../hal/linux/camera-source.ts';
import { probeVideo } from '../../hal/linux/ffmpeg.ts';
import { FfmpegCamera } from '../../hal/linux/ffmpeg-camera.ts';
import {
  type DecodedPicture,
  decodePicture,
  defaultDecodeLimits,
  listPictures,
} from '../../hal/linux/picture.ts';
import type { VigilConfig } from '../config/schema.ts';
import { InputError } from './input-error.ts';
import { cameraFor } from './live-camera.ts';

/** What `--input` means here and now. */
export type FaceInput =
  | {
      readonly kind: 'pictures';
      /** The folder that was named; undefined for a single picture. */
      readonly folder: string | undefined;
      readonly paths: readonly string[];
      /** What should have been a picture and cannot be one. */
      readonly problems: readonly PictureProblem[];
    }
  | {
      readonly kind: 'video';
      readonly path: string;
      readonly widthPx: number;
      readonly heightPx: number;
      readonly fps: number;
    }
  /** Looked through until somebody ends it. */
  | { readonly kind: 'camera'; readonly source: string; readonly name: string };

/** A picture that cannot be looked at, and why, in words. */
export interface PictureProblem {
  readonly kind: 'problem';
  readonly path: string;
  readonly message: string;
}

/** A picture, or a frame of a video or a camera. */
export interface InputPicture {
  readonly kind: 'picture';
  /** The file's path as it was given, or the camera's name. */
  readonly input: string;
  /** Counts from 0; always 0 for a picture. */
  readonly frame: number;
  /** Place in the video, or since the camera's first frame; 0 for a picture. */
  readonly timestampMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Before a very large picture was shrunk, upright. */
  readonly originalWidthPx: number;
  readonly originalHeightPx: number;
  /** RGB, row by row. A frame's are valid until the next one is asked for. */
  readonly pixels: Uint8Array;
  /** The frame in the ring, with its own place in time; undefined for a picture. */
  readonly ref: FrameRef | undefined;
}

/**
 * Reads what a person gave as input: `camera` is the configured source, everything else what that configuration
 * could say. Rejects with InputError for a file or folder that cannot be looked at, with HalError for a device or
 * program that is missing.
 */
export async function faceInput(
  text: string,
  config: VigilConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<FaceInput> {
  const named = text === 'camera' ? config.camera.source : text;
  const source = asInput(() => parseCameraSource(named));
  switch (source.kind) {
    case 'picture':
      return onePicture(source.path);
    case 'picture-folder':
      return await folderOfPictures(source.path, signal);
    case 'video-file':
      return (await isPicture(source.path, signal))
        ? onePicture(source.path)
        : video(source.path, clock, signal);
    default:
      return { kind: 'camera', source: named, name: cameraSourceName(source) };
  }
}

function onePicture(path: string): FaceInput {
  return { kind: 'pictures', folder: undefined, paths: [path], problems: [] };
}

async function folderOfPictures(folder: string, signal: AbortSignal): Promise<FaceInput> {
  const { pictures, problems } = await listPictures(folder, signal).catch((error) => {
    throw error instanceof HalError ? new InputError(error.message, { cause: error }) : error;
  });
  if (pictures.length === 0 && problems.length === 0) {
    throw new InputError(`${folder}: there is no picture in this folder (JPEG, PNG, WebP, GIF, TIFF, AVIF)`);
  }
  return {
    kind: 'pictures',
    folder,
    paths: pictures,
    problems: problems.map(({ path, error }) => ({ kind: 'problem', path, message: error.message })),
  };
}

/** A picture whose name does not say so. */
async function isPicture(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await decodePicture(
      path,
      { maxPixels: defaultDecodeLimits.maxPixels, maxWidthPx: 8, maxHeightPx: 8 },
      signal,
    );
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HalError && error.kind === 'invalid-argument') return false;
    throw error instanceof HalError ? new InputError(error.message, { cause: error }) : error;
  }
}

/** A video's frames keep their size up to this, per side. */
const maxVideoSidePx = 4096;

async function video(path: string, clock: Clock, signal: AbortSignal): Promise<FaceInput> {
  if (statSync(path).size === 0) throw new InputError(`${path}: is empty (0 bytes)`);
  const probe = await probeVideo(path, clock, signal).catch((error) => {
    // `not-found` is ffmpeg itself: the file was there a moment ago.
    const bad = error instanceof HalError && error.kind !== 'not-found';
    throw bad ? new InputError(`${error.message}. It is no picture and no video`, { cause: error }) : error;
  });
  const scale = Math.min(1, maxVideoSidePx / Math.max(probe.widthPx, probe.heightPx));
  return {
    kind: 'video',
    path,
    widthPx: Math.round(probe.widthPx * scale),
    heightPx: Math.round(probe.heightPx * scale),
    fps: probe.fps,
  };
}

function asInput<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof HalError ? new InputError(error.message, { cause: error }) : error;
  }
}

/** The same input without the pictures in `folder`, a part of it where annotated ones of an earlier run may lie. */
export function withoutFolder(input: FaceInput, folder: string): FaceInput {
  if (input.kind !== 'pictures' || input.folder === undefined) return input;
  const prefix = realPath(folder) + sep;
  if (!prefix.startsWith(realPath(input.folder) + sep)) return input;
  const outside = (path: string) => !realPath(path).startsWith(prefix);
  return { ...input, paths: input.paths.filter(outside) };
}

/** The path with links resolved, also of a file that is not there yet. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), absolute.slice(parent.length));
  }
}

/** A ring whose slots hold the input's frames; the smallest there is for pictures, which do not go through it. */
export function ringFor(input: FaceInput, config: VigilConfig): FrameRing {
  if (input.kind === 'pictures') return FrameRing.create({ widthPx: 1, heightPx: 1, slots: 1 });
  const { widthPx, heightPx } = input.kind === 'video' ? input : config.camera;
  return FrameRing.create({ widthPx, heightPx });
}

/**
 * The pictures of an input, one after the other: of a folder all, those that cannot be read as problems; of a video
 * every frame; of a camera the newest one each time. Rejects with HalError when a camera or a video fails on its
 * way.
 */
export function inputPictures(
  input: FaceInput,
  { ring, clock, config }: { readonly ring: FrameRing; readonly clock: Clock; readonly config: VigilConfig },
  signal: AbortSignal,
): AsyncGenerator<InputPicture | PictureProblem, void, void> {
  switch (input.kind) {
    case 'pictures':
      return pictures(input, signal);
    case 'video': {
      const camera = new FfmpegCamera({
        source: { kind: 'video-file', path: input.path },
        ring,
        clock,
        pace: 'every-frame',
        scaling: 'stretch',
      });
      return frames(camera, input.path, input, ring, input.fps, signal);
    }
    case 'camera': {
      const camera = cameraFor(input.source, { ring, clock, config });
      return frames(camera, input.name, config.camera, ring, undefined, signal);
    }
  }
}

async function* pictures(
  { paths, problems }: Extract<FaceInput, { kind: 'pictures' }>,
  signal: AbortSignal,
): AsyncGenerator<InputPicture | PictureProblem, void, void> {
  yield* problems;
  // While one picture is looked at in the models' Worker the next is decoded.
  let next = decoded(paths[0], signal);
  for (let index = 0; index < paths.length; index++) {
    const result = await next;
    next = decoded(paths[index + 1], signal);
    signal.throwIfAborted();
    if (result !== undefined) yield result;
  }
}

/** Never rejects: an aborted one is undefined, since nobody may be waiting for it any more. */
async function decoded(
  path: string | undefined,
  signal: AbortSignal,
): Promise<InputPicture | PictureProblem | undefined> {
  if (path === undefined) return undefined;
  try {
    const picture: DecodedPicture = await decodePicture(path, defaultDecodeLimits, signal);
    return { kind: 'picture', input: path, frame: 0, timestampMs: 0, ref: undefined, ...picture };
  } catch (error) {
    if (signal.aborted) return undefined;
    return { kind: 'problem', path, message: error instanceof Error ? error.message : String(error) };
  }
}

async function* frames(
  camera: ReturnType<typeof cameraFor>,
  input: string,
  { widthPx, heightPx, fps }: { readonly widthPx: number; readonly heightPx: number; readonly fps: number },
  ring: FrameRing,
  /** Of a video, whose time is not that of the clock. */
  videoFps: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<InputPicture, void, void> {
  await using session = await camera.open({ widthPx, heightPx, fps }, signal);
  let frame = 0;
  let firstAtMs: number | undefined;
  for await (const given of session.frames(signal)) {
    const receivedAtMs = videoFps === undefined ? given.receivedAtMs : (frame * 1000) / videoFps;
    firstAtMs ??= receivedAtMs;
    yield {
      kind: 'picture',
      input,
      frame,
      timestampMs: Math.round(receivedAtMs - firstAtMs),
      widthPx: given.widthPx,
      heightPx: given.heightPx,
      originalWidthPx: given.widthPx,
      originalHeightPx: given.heightPx,
      pixels: ring.pixels(given),
      ref: { ...given, receivedAtMs },
    };
    frame++;
  }
}
