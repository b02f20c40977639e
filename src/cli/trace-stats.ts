import { WholeTrace } from '../trace/lines.ts';
import { TraceCounter, type TraceStats } from '../trace/stats.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { sayIncomplete, tracePath } from './trace-file.ts';

export const stats: Command = {
  name: 'stats',
  summary: 'records of each kind, time in each state, grants, faults, latencies',
  positionals: '[FILE]',
  options: {
    state: { value: 'DIR', help: 'the state directory, where FILE is not given' },
    json: { help: 'one JSON object' },
  },
  notes:
    'Without FILE: what the device left in its state directory. Parts set aside (FILE.1, …) are counted as well.',
  run,
};

async function run({ options, positionals }: Invocation): Promise<ExitCode> {
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError("'stats' takes one trace file");
  const trace = new WholeTrace(
    tracePath(file, typeof options.state === 'string' ? options.state : undefined),
  );
  const counter = new TraceCounter();
  for (const { record } of trace) if (record.seq > 0) counter.see(record);
  sayIncomplete(trace);
  const counted = counter.stats();
  if (counted.records === 0) throw new UsageError('the trace has no records');
  if (options.json === true) printJson(counted);
  else for (const line of tell(counted)) printLine(line);
  return 0;
}

function tell(counted: TraceStats): string[] {
  const { records, fromMs, toMs, missing, byKind, states, granted, refused, faults, latencies } = counted;
  const gaps = missing === 0 ? '' : `, ${missing} missing between them`;
  return [
    `${records} records${gaps}, from ${seconds(fromMs)} to ${seconds(toMs)}`,
    ...table(
      'kind',
      Object.entries(byKind).flatMap(([kind, count]) => (count === 0 ? [] : [[kind, String(count)]])),
    ),
    ...table(
      'state',
      states.map(({ actor, state, ms, entered }) => [actor, state, seconds(ms), `${entered} times`]),
    ),
    ...table(
      'granted',
      granted.map(({ subjectId, count }) => [subjectId, String(count)]),
    ),
    ...table(
      'refused',
      refused.map(({ code, count }) => [code, String(count)]),
    ),
    ...table(
      'fault',
      faults.map(({ what, count }) => [what, String(count)]),
    ),
    ...table(
      'latency',
      latencies.map(({ what, count, medianMs, p95Ms, maxMs }) => [
        what,
        `${count} times`,
        `median ${milliseconds(medianMs)}`,
        `95 % ${milliseconds(p95Ms)}`,
        `max ${milliseconds(maxMs)}`,
      ]),
    ),
  ];
}

/** Rows under a heading, their columns aligned; nothing where there are none. */
function table(heading: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return ['', heading, ...lines.map((line) => `  ${line.trimEnd()}`)];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
