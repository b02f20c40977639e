import { readFile } from 'node:fs/promises';
import { normalize } from 'node:path';
import { z } from 'zod';
import type { Box } from '../../../hal/contract/face-models.ts';
import { InputError } from '../../runtime/input-error.ts';

/** What is known of pictures, by their paths in the folder that is looked at. */
export type Labels =
  | { readonly kind: 'counts'; readonly byFile: ReadonlyMap<string, number> }
  /** In pixels of the upright picture; empty for a picture without a face. */
  | { readonly kind: 'boxes'; readonly byFile: ReadonlyMap<string, readonly Box[]> };

const countHead = 'file,count';
const boxHead = 'file,x,y,width,height';

/** For help and errors. */
export const labelForms = `'${countHead}', a row a picture, or '${boxHead}', a row a face`;

const countRow = z.tuple([
  z.coerce
    .number()
    .refine(Number.isInteger, 'the count must be a whole number')
    .min(0, 'the count is below 0'),
]);
const finite = z.coerce.number('x, y, width and height must be numbers');
const side = finite.positive('width and height must be above 0');
const boxRow = z.tuple([finite, finite, side, side]);

/**
 * Reads a CSV whose first line says what it holds: `file,count`, or `file,x,y,width,height` with a row for each face
 * and `photo.jpg,,,,` for a picture without one. Rejects with InputError that names the line.
 */
export async function readLabels(path: string): Promise<Labels> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InputError(`--labels ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  return parseLabels(text, path);
}

/** The same from a text; `path` is for the errors. */
export function parseLabels(text: string, path: string): Labels {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const refuse = (line: number, why: string) => new InputError(`${path}, line ${line}: ${why}`);
  const columns = head.toLowerCase().replaceAll(/[\s"]/g, '');
  if (columns !== countHead && columns !== boxHead) {
    throw refuse(1, `the first line must be ${labelForms}; it is '${head.slice(0, 60)}'`);
  }
  const counts = new Map<string, number>();
  const boxes = new Map<string, Box[]>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const row = splitRow(line, columns === countHead ? 1 : 4);
    if (row === undefined) throw refuse(index + 2, `it must be ${columns}; it is '${line.slice(0, 60)}'`);
    const { file, values } = row;
    if (columns === countHead) {
      if (counts.has(file)) throw refuse(index + 2, `${file} has a count already`);
      const [count] = checked(countRow, values, (why) => refuse(index + 2, why));
      counts.set(file, count);
      continue;
    }
    const own = boxes.get(file) ?? [];
    boxes.set(file, own);
    if (values.every((value) => value === '')) continue;
    const [x, y, width, height] = checked(boxRow, values, (why) => refuse(index + 2, why));
    own.push({ x, y, width, height });
  }
  const labels: Labels =
    columns === countHead ? { kind: 'counts', byFile: counts } : { kind: 'boxes', byFile: boxes };
  if (labels.byFile.size === 0) throw new InputError(`${path}: there is no label in it, only its first line`);
  return labels;
}

/** The last values belong to the columns, everything before them to the file's name, which may have commas. */
function splitRow(line: string, count: number): { file: string; values: string[] } | undefined {
  const parts = line.split(',');
  if (parts.length < count + 1) return undefined;
  const values = parts.slice(-count).map((value) => value.trim());
  const file = parts
    .slice(0, -count)
    .join(',')
    .trim()
    .replace(/^"(.*)"$/, '$1');
  return file === '' ? undefined : { file: fileKey(file), values };
}

function checked<T>(schema: z.ZodType<T>, values: readonly string[], refuse: (why: string) => Error): T {
  // An empty cell would be read as 0.
  const parsed = schema.safeParse(values.map((value) => (value === '' ? Number.NaN : value)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(
    issue === undefined || issue.code === 'invalid_type'
      ? `'${values}' is not a row of numbers`
      : issue.message,
  );
}

/** One spelling of a path in the folder. */
export function fileKey(path: string): string {
  return normalize(path.replaceAll('\\', '/'));
}
