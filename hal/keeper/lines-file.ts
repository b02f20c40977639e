import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { HalError } from '../contract/errors.ts';
import type { ActuatorLine } from '../contract/keeper.ts';
import type { LeaseLimits } from './leases.ts';
import { actuatorLineSchema } from './protocol.ts';

const atLeastZeroMs = z.number().nonnegative().finite();

const linesFileSchema = z.strictObject({
  /** How long the keeper bears a client's silence. */
  silenceMs: z.number().min(50).max(60_000).default(1500),
  rearmMs: atLeastZeroMs.exactOptional(),
  deadTimeMs: atLeastZeroMs.exactOptional(),
  lines: z
    .array(
      z.strictObject({
        ...actuatorLineSchema.shape,
        /** What drives the line. */
        output: z.discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('file'),
            path: z.string().min(1),
            edgesPath: z.string().min(1).exactOptional(),
          }),
          z.strictObject({
            kind: z.literal('gpio'),
            /** The chip's label. */
            chip: z.string().min(1),
            offset: z.int().nonnegative(),
            activeLow: z.boolean(),
          }),
        ]),
      }),
    )
    .min(1),
});

/** What a keeper is started with, as JSON: the input form of `linesFileSchema`. */
export type LinesFile = z.input<typeof linesFileSchema>;

/** What drives a line; paths are absolute. */
export type LineOutput = z.output<typeof linesFileSchema>['lines'][number]['output'];

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
  const result = linesFileSchema.safeParse(value);
  if (!result.success) throw new HalError('invalid-argument', path, z.prettifyError(result.error));

  const folder = dirname(resolve(path));
  const { silenceMs, lines, ...limits } = result.data;
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
