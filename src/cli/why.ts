import { existsSync } from 'node:fs';
import { stateDirectory } from '../people/state-directory.ts';
import type { ReadTrace } from '../trace/read.ts';
import { readTrace } from '../trace/read-file.ts';
import { lastTracePath } from '../trace/sinks.ts';
import { explain, tellWhy } from '../trace/why.ts';
import { type Command, type ExitCode, type Invocation, MissingError, UsageError } from './command.ts';
import { momentOf, timeText } from './moment.ts';
import { printJson, printLine, printNote } from './output.ts';

export const command: Command = {
  name: 'why',
  summary: 'why the lamp is what it is: last evidence, guards that blocked, numbers',
  options: {
    at: {
      value: 'TIME',
      help: 'the moment asked about: 12.5s, 800ms, 14:03:22 or an ISO time; default: the end',
    },
    trace: { value: 'FILE', help: 'a trace file; default: what the device left in its state directory' },
    state: { value: 'DIR', help: 'the state directory' },
    json: { help: 'one JSON object' },
  },
  notes: [
    'A running device writes its last records on SIGUSR1, after a fault, and when it stops.',
    'Times of day are UTC. People appear by their ids; `vigil people list` names them.',
  ].join('\n'),
  run,
};

async function run({ options }: Invocation): Promise<ExitCode> {
  const trace = await readTraceFor(textOption(options.trace), textOption(options.state));
  if (trace.incomplete !== null) printNote(trace.incomplete.message);
  const first = trace.records[0];
  const last = trace.records.at(-1);
  if (first === undefined || last === undefined) throw new UsageError('the trace has no records');
  const at = textOption(options.at);
  const atMs = at === undefined ? last.tMs : momentOf('--at', at, trace.utcOffsetMs, last.tMs);
  if (atMs < first.tMs || atMs > last.tMs) {
    const [from, to] = [first.tMs, last.tMs].map((tMs) => timeText(tMs, trace.utcOffsetMs));
    throw new UsageError(`--at ${at}: the trace reaches from ${from} to ${to}`);
  }
  const explanation = explain(trace.records, atMs);
  if (options.json === true) printJson(explanation);
  else {
    for (const line of tellWhy(explanation, (tMs) => timeText(tMs, trace.utcOffsetMs))) printLine(line);
  }
  return 0;
}

async function readTraceFor(file: string | undefined, state: string | undefined): Promise<ReadTrace> {
  const path = file ?? lastTracePath(stateDirectory(state));
  if (!existsSync(path)) {
    throw new MissingError(
      file === undefined
        ? `no trace at ${path}. A device writes it when it stops, after a fault, or when its process gets SIGUSR1; or name a file written by 'vigil run --trace FILE' with --trace FILE`
        : `no trace at ${path}`,
    );
  }
  return readTrace(path);
}

function textOption(option: Invocation['options'][string]): string | undefined {
  return typeof option === 'string' ? option : undefined;
}
