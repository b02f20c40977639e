import type { AnyStateMachine } from 'xstate';
import { machines } from '../../machines/index.ts';
import { type ChartState, chartOf, statesOf } from '../charts/chart.ts';
import { mermaidOf } from '../charts/mermaid.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';

const byName: ReadonlyMap<string, AnyStateMachine> = new Map(Object.entries(machines));
const formats = ['mermaid', 'json', 'svg'];

export const command: Command = {
  name: 'machines',
  summary: 'the state machines, as Mermaid, JSON or SVG',
  positionals: '[NAME]',
  options: {
    format: { value: 'FORMAT', help: 'mermaid, json or svg; default: a list, or mermaid with a NAME' },
    output: { value: 'FILE', help: 'write to a file instead of standard output' },
    json: { help: 'the same as --format json, one machine a line' },
  },
  notes: `Machines: ${[...byName.keys()].join(', ')}.`,
  run,
};

async function run({ options, positionals }: Invocation): Promise<ExitCode> {
  if (positionals.length > 1) throw new UsageError('name one machine, or none for all');
  const asked = options.json === true ? 'json' : options.format;
  if (asked !== undefined && (typeof asked !== 'string' || !formats.includes(asked))) {
    throw new UsageError(`--format ${asked}: allowed are ${formats.join(', ')}`);
  }
  const charts = chartsFor(positionals[0]);
  if (asked === undefined && positionals.length === 0 && options.output === undefined) {
    for (const chart of charts) {
      const states = [...statesOf(chart)].length - 1;
      printLine(`${chart.name.padEnd(10)} ${String(states).padStart(3)} states  ${chart.description ?? ''}`);
    }
    return 0;
  }
  if (asked === 'svg' && charts.length > 1) throw new UsageError('an SVG shows one machine: name it');
  if (asked === 'json' && options.output === undefined) {
    for (const chart of charts) printJson(chart);
    return 0;
  }
  const text = await textFor(charts, asked ?? 'mermaid');
  if (typeof options.output === 'string') await write(options.output, text);
  else printLine(text.trimEnd());
  return 0;
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
