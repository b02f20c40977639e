import { spyOn } from 'bun:test';
import { resolve } from 'node:path';
import { parseInvocation } from '../../src/cli/command.ts';
import { command as faces } from '../../src/cli/faces.ts';
import { explain } from '../../src/cli/failure.ts';

export const demoFolder = resolve(import.meta.dir, '../../demo');
/** The MIT package whose group photos the demo crops are cut from. */
export const groupPhotos = resolve(import.meta.dir, '../../node_modules/@vladmandic/face-api/demo');

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `vigil faces …` in this process, as the command line would; gives what it printed. */
export async function vigilFaces(...words: string[]): Promise<Ran> {
  const [name, ...args] = words;
  const command = faces.commands.find((entry) => entry.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  const printed = { out: '', err: '' };
  const stdout = spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.out += String(text);
    return true;
  });
  const stderr = spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.err += String(text);
    return true;
  });
  try {
    const exitCode = await command
      .run(parseInvocation(command, args, new AbortController().signal))
      .catch((error: unknown) => {
        const { message, exitCode } = explain(error, false);
        printed.err += `${message}\n`;
        return exitCode;
      });
    return { exitCode, ...printed };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** The objects that `--json` printed; fails when anything else stands between them. */
export function objects<T>({ out }: Ran): T[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): T => JSON.parse(line));
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
