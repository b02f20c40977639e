import { join } from 'node:path';
import type { Provenance, ReportWithPictures } from '../lab/report/document.ts';
import { linesOf } from '../lab/report/lines.ts';
import { machineHere, versionsHere } from '../lab/report/provenance.ts';
import { writeReport } from '../lab/report/write.ts';
import type { Invocation, OptionSpec } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';

/** What every experiment of `vigil lab` is asked about its report. */
export const reportOptions = {
  output: {
    value: 'DIR',
    help: 'where the report goes; lab-report/ and the experiment’s name where not given',
  },
  json: { help: 'print the report as one JSON object' },
} as const satisfies Record<string, OptionSpec>;

/** For the notes of an experiment's help. */
export const reportNotes =
  'Written to --output: report.html (one page that loads nothing), report.json, report.md, and the plots as SVG.';

/** The folder that the report of an experiment is written to. */
export function reportFolder({ options }: Invocation, experiment: string): string {
  return typeof options.output === 'string' ? options.output : join('lab-report', experiment);
}

/** When, where and by which command this run measures. */
export function thisRun(): Pick<Provenance, 'date' | 'command' | 'versions' | 'machine'> {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : JSON.stringify(word)));
  return {
    date: new Date().toISOString(),
    command: ['vigil', ...words].join(' '),
    versions: versionsHere(),
    machine: machineHere(),
  };
}

/** Shows the report and writes it. Rejects with InputError when it cannot be written; by then it was shown. */
export async function giveReport(
  { options }: Invocation,
  folder: string,
  document: ReportWithPictures,
): Promise<void> {
  if (options.json === true) printJson(document.report);
  else for (const line of linesOf(document.report)) printLine(line);
  printNote(`Written: ${await writeReport(folder, document)}`);
}
