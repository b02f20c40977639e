import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { machines } from '../../machines/index.ts';
import { type ChartState, chartOf, statesOf } from '../charts/chart.ts';
import { CoverageCounter, coverageLines } from '../charts/coverage.ts';
import { mermaidOf } from '../charts/mermaid.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { openTrace, sayIncomplete } from './trace-file.ts';

const byName: ReadonlyMap<string, AnyStateMachine> = new Map(Object.entries(machines));
const formats = ['mermaid', 'json', 'svg'];

export const command: Command = {
  name: 'machines',
  summary: 'the state machines, as Mermaid, JSON or SVG',
  positionals: '[NAME] [TRACE…]',
  options: {
    coverage: {
      help: 'which states and transitions the TRACEs reached: numbers and what is missing, or marked in the chart',
    },
    format: { value: 'FORMAT', help: 'mermaid, json or svg; default: a list, or mermaid with a NAME' },
    output: { value: 'FILE', help: 'write to a file instead of standard output' },
    json: { help: 'the same as --format json, one machine a line' },
  },
  notes: [
    `Machines: ${[...byName.keys()].join(', ')}.`,
    'TRACE is a trace file, or a folder that holds some, as `vigil scenario run --output` leaves it.',
    'In a chart ✓ marks what was reached; ✗, a dotted line and slanted letters what was not.',
  ].join('\n'),
  run,
};

async function run({ options, positionals }: Invocation): Promise<ExitCode> {
  const [name, paths] = options.coverage === true ? nameAndTraces(positionals) : [positionals[0], []];
  if (options.coverage !== true && positionals.length > 1) {
    throw new UsageError('name one machine, or none for all');
  }
  const asked = options.json === true ? 'json' : options.format;
  if (asked !== undefined && (typeof asked !== 'string' || !formats.includes(asked))) {
    throw new UsageError(`--format ${asked}: allowed are ${formats.join(', ')}`);
  }
  const charts = chartsFor(name);
  if (asked === 'svg' && charts.length > 1) throw new UsageError('an SVG shows one machine: name it');
  if (options.coverage === true) return await showCoverage(charts, paths, asked, options.output);
  if (asked === undefined && positionals.length === 0 && options.output === undefined) {
    for (const chart of charts) {
      const states = [...statesOf(chart)].length - 1;
      printLine(`${chart.name.padEnd(10)} ${String(states).padStart(3)} states  ${chart.description ?? ''}`);
    }
    return 0;
  }
  if (asked === 'json' && options.output === undefined) {
    for (const chart of charts) printJson(chart);
    return 0;
  }
  await show(await textFor(charts, asked ?? 'mermaid'), options.output);
  return 0;
}

async function showCoverage(
  charts: readonly ChartState[],
  paths: readonly string[],
  asked: string | undefined,
  output: Invocation['options'][string],
): Promise<ExitCode> {
  const counter = new CoverageCounter(charts);
  for (const path of paths) {
    const trace = openTrace(path);
    for (const { record } of trace) counter.see(record);
    sayIncomplete(trace);
  }
  if (asked === 'mermaid' || asked === 'svg') {
    const marked = charts.flatMap(({ name }) => counter.marked(name) ?? []);
    await show(await textFor(marked, asked), output);
    return 0;
  }
  const coverage = counter.coverage();
  const lines = asked === 'json' ? coverage.map((each) => JSON.stringify(each)) : coverageLines(coverage);
  await show(`${lines.join('\n')}\n`, output);
  return 0;
}

/** What is no name of a machine is a trace or a folder of traces. */
function nameAndTraces(positionals: readonly string[]): [string | undefined, string[]] {
  const [first] = positionals;
  const name = first !== undefined && byName.has(first) ? first : undefined;
  const given = name === undefined ? positionals : positionals.slice(1);
  if (given.length === 0) {
    throw new UsageError('name the traces whose coverage is asked for: vigil machines --coverage TRACE…');
  }
  return [name, given.flatMap(tracesAt)];
}

function tracesAt(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ndjson'))
    .sort();
  if (found.length === 0) throw new UsageError(`${path}: no traces (*.ndjson) are in it`);
  return found.map((file) => join(path, file));
}

async function show(text: string, output: Invocation['options'][string]): Promise<void> {
  if (typeof output === 'string') await write(output, text);
  else printLine(text.trimEnd());
}

function chartsFor(name: string | undefined): ChartState[] {
  if (name === undefined) return [...byName.values()].map(chartOf);
  const machine = byName.get(name);
  if (machine === undefined) {
    throw new UsageError(`no machine '${name}'. There are ${[...byName.keys()].join(', ')}`);
  }
  return [chartOf(machine)];
}

async function textFor(charts: readonly ChartState[], format: string): Promise<string> {
  if (format === 'json') return charts.map((chart) => `${JSON.stringify(chart)}\n`).join('');
  if (format === 'mermaid') return charts.map(mermaidOf).join('\n');
  // The layout engine is large and only this needs it.
  const [{ layoutChart }, { svgOf }] = await Promise.all([
    import('../charts/layout.ts'),
    import('../charts/svg.ts'),
  ]);
  const drawings = await Promise.all(charts.map(async (chart) => svgOf(chart, await layoutChart(chart))));
  return drawings.join('\n');
}

async function write(path: string, text: string): Promise<void> {
  try {
    await Bun.write(path, text);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
