import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../runtime/input-error.ts';
import { labReportSchema, picturesOf, plotsOf, type ReportWithPictures } from './document.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { plotSvg } from './plot/plot.ts';

/**
 * Makes the folder and tries to write in it, so that nobody measures for an hour and then cannot keep the result.
 * Rejects with InputError that says what to do.
 */
export async function prepareReportFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, `.vigil-${randomUUID()}`);
    await writeDurably(probe, 'x').finally(() => rm(probe, { force: true }));
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Writes report.html, report.json, report.md, an SVG a plot, and the pictures. Each file is whole or is not there:
 * all are written beside their places first, so that a full disk leaves an earlier report as it was. Plots and pictures
 * of an earlier report that this one has not are deleted: one that is to be given away must not lie beside faces. Gives
 * the path of the page. Rejects with InputError.
 */
export async function writeReport(folder: string, document: ReportWithPictures): Promise<string> {
  const { report, pictures } = document;
  const files = new Map<string, string | Uint8Array>([
    ...pictures,
    ...plotsOf(report).map((plot): [string, string] => [`${plot.id}.svg`, plotSvg(plot)]),
    ['report.json', `${JSON.stringify(report, undefined, 2)}\n`],
    ['report.md', markdownOf(report)],
    ['report.html', htmlOf(document)],
  ]);
  const suffix = randomUUID();
  const beside = (name: string) => join(folder, `.${name}.${suffix}`);
  try {
    await mkdir(folder, { recursive: true });
    const earlier = await filesOfEarlierReport(folder);
    for (const [name, content] of files) await writeDurably(beside(name), content);
    for (const name of files.keys()) await rename(beside(name), join(folder, name));
    for (const name of earlier.filter((each) => !files.has(each)))
      await rm(join(folder, name), { force: true });
  } catch (error) {
    await Promise.allSettled([...files.keys()].map((name) => rm(beside(name), { force: true })));
    throw unwritable(folder, error);
  }
  return join(folder, 'report.html');
}

/** Plots and pictures that the report in the folder names; none where there is none that can be read. */
async function filesOfEarlierReport(folder: string): Promise<string[]> {
  try {
    const report = labReportSchema.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
    return [...plotsOf(report).map(({ id }) => `${id}.svg`), ...picturesOf(report)];
  } catch {
    return [];
  }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room',
  EFBIG: 'a file of it is larger than you may write',
  EDQUOT: 'your share of the disk is used up; make room',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a disk that can only be read',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of that name',
};

function unwritable(folder: string, error: unknown): InputError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new InputError(
    `The report cannot be written to ${folder}: ${why}, or give another folder with --output`,
    {
      cause: error,
    },
  );
}
