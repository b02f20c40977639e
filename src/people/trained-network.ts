import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { nameKey } from './names.ts';

/** The names a trained network knows, beside it in its folder. */
const trainedLabelsFile = 'voices.json';

const labelsSchema = z.looseObject({ labels: z.array(z.string()) });

/**
 * The files of the trained network in `folder`, its charts included, when one of its labels is that person: the
 * weights hold what was learnt of their voice, and cannot be made to forget it. None when it does not know them.
 * A labels file that cannot be read says nothing about who is in it, so the network counts as knowing everybody.
 */
export async function trainedFilesOf(folder: string, name: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(join(folder, trainedLabelsFile), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const labels = labelsOf(text);
  if (labels !== undefined && !labels.some((label) => nameKey(label) === nameKey(name))) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
}

function labelsOf(text: string): string[] | undefined {
  try {
    return labelsSchema.safeParse(JSON.parse(text)).data?.labels;
  } catch {
    return undefined;
  }
}
