import { createRequire } from 'node:module';
import { z } from 'zod';
import type { Picture } from './picture-detector.ts';

/** What OpenCV's C++ side keeps until it is told not to. */
interface Kept {
  delete(): void;
}

interface Mat extends Kept {
  readonly data: Uint8Array;
  readonly data32F: Float32Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface RectVector extends Kept {
  size(): number;
  get(index: number): Size & { readonly x: number; readonly y: number };
}

interface CascadeClassifier extends Kept {
  load(path: string): boolean;
  detectMultiScale(
    grey: Mat,
    found: RectVector,
    scaleFactor: number,
    minNeighbours: number,
    flags: number,
    minSize: Size,
    maxSize: Size,
  ): void;
}

export interface Net extends Kept {
  setInput(blob: Mat): void;
  forward(): Mat;
}

/** The part of OpenCV's JavaScript build that the lab calls; names and arguments are OpenCV's. */
export interface OpenCv {
  readonly CV_8UC3: number;
  readonly COLOR_RGB2GRAY: number;
  readonly COLOR_RGB2BGR: number;
  readonly Mat: {
    new (): Mat;
    new (rows: number, columns: number, type: number): Mat;
  };
  readonly RectVector: new () => RectVector;
  readonly Size: new (width: number, height: number) => Size;
  readonly Scalar: new (...values: number[]) => object;
  readonly CascadeClassifier: new () => CascadeClassifier;
  cvtColor(from: Mat, to: Mat, code: number): void;
  readNet(graph: string, config: string): Net;
  blobFromImage(image: Mat, scale: number, size: Size, mean: object, swapRB: boolean, crop: boolean): Mat;
  /** A file for OpenCV alone: it does not see those of the disk. */
  FS_createDataFile(
    folder: string,
    name: string,
    bytes: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ): void;
}

const functions = [
  'Mat',
  'RectVector',
  'Size',
  'Scalar',
  'CascadeClassifier',
  'cvtColor',
  'readNet',
  'blobFromImage',
  'FS_createDataFile',
] as const;

const openCvSchema = z.custom<OpenCv>(
  (module) => hasFunctions(module, functions),
  'the package of OpenCV lacks functions that it should have',
);

/** The package's object before its WebAssembly is compiled. */
const startingSchema = z.custom<{ onRuntimeInitialized: () => void; onAbort: (reason: unknown) => void }>(
  (module) => typeof module === 'object' && module !== null,
);

let loaded: Promise<OpenCv> | undefined;

/**
 * OpenCV as WebAssembly, the same on every processor: half a second and 100 MB, so it is loaded when a detector needs
 * it and not before. Rejects with Error where it does not start.
 */
export function loadOpenCv(): Promise<OpenCv> {
  loaded ??= start();
  return loaded;
}

async function start(): Promise<OpenCv> {
  // Not imported: the package's object has a `then` that calls back with itself, which an import would await for ever.
  const require = createRequire(import.meta.url);
  const module: unknown = require('@techstark/opencv-js');
  if (!hasFunctions(module, functions)) {
    const starting = startingSchema.parse(module);
    await new Promise<void>((resolve, reject) => {
      starting.onRuntimeInitialized = resolve;
      starting.onAbort = (reason) => reject(new Error(`OpenCV did not start: ${reason}`));
    });
  }
  const openCv = openCvSchema.parse(module);
  Reflect.deleteProperty(openCv, 'then');
  return openCv;
}

function hasFunctions(module: unknown, names: readonly string[]): boolean {
  return (
    typeof module === 'object' &&
    module !== null &&
    names.every((name) => typeof Reflect.get(module, name) === 'function')
  );
}

/** What was made in OpenCV's memory, which is given back at the end of the block. */
export class OpenCvMemory implements Disposable {
  readonly #kept: Kept[] = [];

  keep<T extends Kept>(object: T): T {
    this.#kept.push(object);
    return object;
  }

  [Symbol.dispose](): void {
    for (const object of this.#kept.reverse()) object.delete();
  }
}

let files = 0;

/**
 * Gives bytes to OpenCV as a file, which is all that its readers take; the path as they know it. `name` tells them by
 * its ending what is in it.
 */
export function openCvFile(openCv: OpenCv, name: string, bytes: Uint8Array): string {
  const unique = `${++files}-${name}`;
  openCv.FS_createDataFile('/', unique, bytes, true, false, false);
  return `/${unique}`;
}

/** The picture as a matrix of another colour space: `COLOR_RGB2GRAY` or `COLOR_RGB2BGR`. */
export function convertedMat(
  openCv: OpenCv,
  memory: OpenCvMemory,
  { pixels, widthPx, heightPx }: Picture,
  code: number,
): Mat {
  const rgb = memory.keep(new openCv.Mat(heightPx, widthPx, openCv.CV_8UC3));
  rgb.data.set(pixels);
  const converted = memory.keep(new openCv.Mat());
  openCv.cvtColor(rgb, converted, code);
  return converted;
}
