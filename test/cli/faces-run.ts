import { resolve } from 'node:path';
import { command as faces } from '../../src/cli/faces.ts';
import { type Ran, runCommand } from './run-command.ts';

export { objects, type Ran } from './run-command.ts';

export const demoFolder = resolve(import.meta.dir, '../../demo');
/** The MIT package whose group photos the demo crops are cut from. */
export const groupPhotos = resolve(import.meta.dir, '../../node_modules/@vladmandic/face-api/demo');

/** Runs `vigil faces …` in this process, as the command line would; gives what it printed. */
export function vigilFaces(...words: string[]): Promise<Ran> {
  return runCommand(faces, words);
}

export interface SeenObject {
  readonly input: string;
  readonly error?: string;
  readonly frame: number;
  readonly timestampMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly originalWidthPx?: number;
  readonly faces: readonly {
    readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
    readonly score: number;
    readonly landmarks: readonly (readonly [number, number])[];
    readonly quality: Readonly<Record<string, number>>;
    readonly decision: string;
    readonly track?: number | null;
    readonly name?: string | null;
    readonly distance?: number | null;
    readonly secondName?: string | null;
    readonly secondDistance?: number | null;
    readonly reason?: string | null;
    readonly embedding?: readonly number[];
    readonly model?: string;
  }[];
}
