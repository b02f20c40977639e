import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { type FaceInput, type InputPicture, realPath } from '../runtime/face-input.ts';
import { type Annotation, annotate, canDrawLabels } from '../vision/annotate.ts';
import { UsageError } from './command.ts';
import { printNote } from './output.ts';

/**
 * Writes annotated pictures into a folder: `sub/photo.png` becomes `sub/photo.png.detect.jpg`, a frame of `door.mp4`
 * `door-000123.detect.jpg`, one of a camera has the time of the start in its name. An earlier run's picture of the
 * same name is replaced, a picture that is looked at never.
 */
export class AnnotatedPictures {
  readonly #folder: string;
  readonly #command: string;
  readonly #input: FaceInput;
  readonly #inputFiles: ReadonlySet<string>;
  /** For a camera, whose frames would have the names of an earlier run's. */
  readonly #started: string;

  private constructor(folder: string, command: string, input: FaceInput) {
    this.#folder = folder;
    this.#command = command;
    this.#input = input;
    this.#inputFiles = new Set(input.kind === 'pictures' ? input.paths.map(realPath) : []);
    this.#started = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  }

  /** Makes the folder. Throws UsageError when that is not possible, or it is the folder that is looked at. */
  static async open(folder: string, command: string, input: FaceInput): Promise<AnnotatedPictures> {
    if (
      input.kind === 'pictures' &&
      input.folder !== undefined &&
      realPath(input.folder) === realPath(folder)
    ) {
      throw new UsageError(`--save must name another folder than --input: ${folder}`);
    }
    makeFolder(folder);
    if (!(await canDrawLabels())) {
      printNote(
        'No font is installed, so the pictures have no labels: sudo apt-get install fonts-dejavu-core',
      );
    }
    return new AnnotatedPictures(folder, command, input);
  }

  /** Draws and writes one; gives its path. Rejects with UsageError when it cannot be written. */
  async save(picture: InputPicture, faces: readonly Annotation[]): Promise<string> {
    const path = join(this.#folder, `${this.#name(picture)}.${this.#command}.jpg`);
    if (this.#inputFiles.has(realPath(path))) {
      throw new UsageError(
        `${path} is one of the pictures that are looked at; name another folder with --save`,
      );
    }
    const { pixels: rgb, widthPx, heightPx } = picture;
    const jpeg = await annotate({ rgb, widthPx, heightPx }, faces, {
      mirrored: this.#input.kind === 'camera',
    });
    makeFolder(dirname(path));
    try {
      // Whole or not at all; a link of that name is replaced, not followed.
      writeFileSync(`${path}.part`, jpeg);
      renameSync(`${path}.part`, path);
    } catch (error) {
      throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : error}`);
    }
    return path;
  }

  #name({ input, frame }: InputPicture): string {
    const number = String(frame).padStart(6, '0');
    switch (this.#input.kind) {
      case 'pictures':
        return this.#input.folder === undefined ? basename(input) : relative(this.#input.folder, input);
      case 'video':
        return `${basename(input, extname(input))}-${number}`;
      case 'camera':
        return `camera-${this.#started}-${number}`;
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `${folder}: the folder cannot be made: ${error instanceof Error ? error.message : error}`,
    );
  }
}
