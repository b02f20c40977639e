/**
 * Runs the benches in processes of their own and keeps their results, with date and machine:
 *
 *     bun bench/run.ts [--no-peer] [NAME…]
 *
 * Writes bench/results/YYYY-MM-DD.json (benches that did not run keep their result of that day) and
 * bench/results/README.md. Exits 1 when a limit was missed or a bench failed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { describeMachine, machineSchema } from './support/machine.ts';
import { figureLine, keepsLimit, passed, progress, type Report, reportSchema } from './support/report.ts';

/** Those with limits first; all can run alone. */
const benches = [
  'frame-rate',
  'overhead',
  'memory',
  'main-loop-gap',
  'lamp-latency',
  'output-latency',
  'idle',
  'start',
  'page',
  'page-clients',
  'simulated-hour',
  'features',
  'hearing',
  'training',
  'matching',
  'decision',
  'challenge',
  'warp',
  'lfw',
] as const;

const resultSchema = z.strictObject({
  date: z.string(),
  results: z.array(reportSchema.extend({ machine: machineSchema })),
});
type Result = z.infer<typeof resultSchema>['results'][number];

const words = process.argv.slice(2);
const flags = words.filter((word) => word.startsWith('-'));
const names = words.filter((word) => !word.startsWith('-'));
const unknown = [
  ...flags.filter((flag) => flag !== '--no-peer'),
  ...names.filter((name) => !benches.some((bench) => bench === name)),
];
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are --no-peer and ${benches.join(', ')}`);
  process.exit(2);
}

const folder = join(import.meta.dir, 'results');
const date = new Date().toISOString().slice(0, 10);
const file = join(folder, `${date}.json`);
const results = new Map(existsSync(file) ? readResults(file).map((result) => [result.bench, result]) : []);
const failed: string[] = [];
for (const bench of benches.filter((name) => names.length === 0 || names.includes(name))) {
  progress(`== ${bench}`);
  const machine = describeMachine();
  const report = await runBench(bench);
  if (report === undefined || !passed(report)) failed.push(bench);
  if (report === undefined) continue;
  for (const figure of report.figures) progress(figureLine(figure));
  results.set(bench, { ...report, machine });
}
const ordered = benches.flatMap((bench) => results.get(bench) ?? []);
mkdirSync(folder, { recursive: true });
writeFileSync(file, `${JSON.stringify({ date, results: ordered }, undefined, 2)}\n`);
writeFileSync(join(folder, 'README.md'), document(date, ordered));
if (failed.length > 0) console.error(`missed a limit or failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

/** Undefined where the bench gave no report; it has said why. */
async function runBench(bench: string): Promise<Report | undefined> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, `${bench}.ts`), '--json', ...flags], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const text = await new Response(child.stdout).text();
  await child.exited;
  return text.trim() === '' ? undefined : reportSchema.parse(JSON.parse(text));
}

function readResults(path: string): Result[] {
  return resultSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).results;
}

function document(day: string, all: readonly Result[]): string {
  const lines = [`# Results of ${day}`, '', 'Written by `bun bench/run.ts`; see ../README.md.', ''];
  for (const { bench, peer, skipped, figures, machine } of all) {
    const { cpu, cores, memoryMiB, system, bun, commit, load } = machine;
    lines.push(`## ${bench}`, '');
    if (skipped !== undefined) lines.push(`Skipped: ${skipped}.`, '');
    if (peer !== undefined) lines.push(`Peer: ${peer}.`, '');
    if (figures.length > 0) lines.push('| figure | value | limit | |', '|---|---:|---|---|');
    for (const figure of figures) {
      const { what, value, unit, limit } = figure;
      const bound = limit === undefined ? '' : 'most' in limit ? `≤ ${limit.most}` : `≥ ${limit.least}`;
      const verdict = limit === undefined ? '' : keepsLimit(figure) ? 'ok' : '**missed**';
      lines.push(`| ${what} | ${value} ${unit} | ${bound} | ${verdict} |`);
    }
    const ram = `${Math.round(memoryMiB / 1024)} GiB`;
    lines.push(
      '',
      `${cpu}, ${cores} cores, ${ram}, ${system}, Bun ${bun}, commit ${commit}, load ${load}`,
      '',
    );
  }
  return lines.join('\n');
}
