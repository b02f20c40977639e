import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { HalError } from '../contract/errors.ts';
import type { ActuatorLine } from '../contract/keeper.ts';
import type { LeaseLimits } from './leases.ts';
import { actuatorLineFields } from './protocol.ts';
import {
  flag,
  listOf,
  natural,
  numberFrom,
  object,
  oneOf,
  oneOfBy,
  type Shape,
  type Shaped,
  textOf,
} from './shape.ts';

const path = textOf(4096);

const outputs = {
  file: object({ kind: oneOf('file'), path }, { edgesPath: path }),
  gpio: object({
    kind: oneOf('gpio'),
    /** The chip's label. */
    chip: textOf(32),
    offset: natural,
    activeLow: flag,
  }),
  /** Wired nowhere: simulated, beside lines that are real. */
  none: object({ kind: oneOf('none') }),
};

/** What drives a line. */
export type LineOutput = Shaped<(typeof outputs)[keyof typeof outputs]>;

const { required, optional } = actuatorLineFields;
const output: Shape<LineOutput> = oneOfBy<'kind', LineOutput>('kind', outputs);

const linesFile = object(
  { lines: listOf(object({ ...required, output }, optional), 1) },
  {
    /** How long the keeper bears a client's silence; 1.5 s without it. */
    silenceMs: numberFrom(50, 60_000),
    rearmMs: numberFrom(0),
    deadTimeMs: numberFrom(0),
  },
);

/** What a keeper is started with, as JSON. Relative paths start at the folder of the file. */
export type LinesFile = Shaped<typeof linesFile>;

export interface KeeperLines {
  readonly silenceMs: number;
  readonly limits: Partial<LeaseLimits>;
  readonly lines: readonly { readonly line: ActuatorLine; readonly output: LineOutput }[];
}

/** Reads the file that says which lines a keeper holds. Throws HalError `not-found` or `invalid-argument`. */
export function readLinesFile(path: string): KeeperLines {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new HalError('not-found', path, 'the file of lines cannot be read', { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new HalError('invalid-argument', path, `is no JSON: ${said}`, { cause: error });
  }
  let file: LinesFile;
  try {
    file = linesFile(value, '');
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new HalError('invalid-argument', path, said, { cause: error });
  }
  const folder = dirname(resolve(path));
  const { silenceMs = 1500, lines, ...limits } = file;
  return {
    silenceMs,
    limits,
    lines: lines.map(({ output, ...line }) => ({ line, output: placed(output, folder) })),
  };
}

/** Relative paths start at the folder of the file. */
function placed(output: LineOutput, folder: string): LineOutput {
  if (output.kind !== 'file') return output;
  const { path, edgesPath } = output;
  return {
    kind: 'file',
    path: resolve(folder, path),
    ...(edgesPath === undefined ? {} : { edgesPath: resolve(folder, edgesPath) }),
  };
}
