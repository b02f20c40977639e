import { z } from 'zod';

const figureSchema = z.strictObject({
  what: z.string(),
  value: z.number(),
  unit: z.string(),
  /** What the value must keep; without it the figure only tells. */
  limit: z.union([z.strictObject({ most: z.number() }), z.strictObject({ least: z.number() })]).optional(),
});

export const reportSchema = z.strictObject({
  bench: z.string(),
  /** What the figures were compared with, and its version. */
  peer: z.string().optional(),
  /** Why nothing was measured. */
  skipped: z.string().optional(),
  figures: z.array(figureSchema),
});

export type Figure = z.infer<typeof figureSchema>;
export type Report = z.infer<typeof reportSchema>;

export function keepsLimit({ value, limit }: Figure): boolean {
  if (limit === undefined) return true;
  return 'most' in limit ? value <= limit.most : value >= limit.least;
}

/** True when every figure keeps its limit. */
export function passed({ figures }: Report): boolean {
  return figures.every(keepsLimit);
}

/** One figure with its limit, as a line. */
export function figureLine(figure: Figure): string {
  const { what, value, unit, limit } = figure;
  const bound =
    limit === undefined ? '' : 'most' in limit ? `at most ${limit.most}` : `at least ${limit.least}`;
  const verdict = limit === undefined ? '' : keepsLimit(figure) ? 'ok' : 'MISSED';
  return `${what.padEnd(52)} ${String(value).padStart(9)} ${unit.padEnd(8)} ${bound.padEnd(14)} ${verdict}`.trimEnd();
}

/** To so many significant digits: what a measurement is worth. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}

/**
 * The end of a bench: prints its report (with `--json` as one line of JSON, for run.ts) and leaves the process, with
 * exit code 1 when a limit was missed.
 */
export function finish(report: Report): never {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(report));
  } else {
    if (report.skipped !== undefined) console.log(`${report.bench} skipped: ${report.skipped}`);
    if (report.peer !== undefined) console.log(`peer: ${report.peer}`);
    for (const figure of report.figures) console.log(figureLine(figure));
  }
  process.exit(passed(report) ? 0 : 1);
}

/** Tells how far a bench is, without getting between its results. */
export function progress(text: string): void {
  console.error(text);
}
