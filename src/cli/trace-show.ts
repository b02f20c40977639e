import { didYouMean } from '../config/nearest.ts';
import { WholeTrace } from '../trace/lines.ts';
import { type TraceKind, type TraceRecord, traceKinds } from '../trace/record.ts';
import { concerns, tellRecord } from '../trace/tell-record.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { momentOf, timeText } from './moment.ts';
import { printed, printLine } from './output.ts';
import { sayIncomplete, spanOf, tracePath } from './trace-file.ts';

export const show: Command = {
  name: 'show',
  summary: 'the records of a trace, one a line, all or some',
  positionals: '[FILE]',
  options: {
    kind: { value: 'KIND', multiple: true, help: `only these kinds: ${traceKinds.join(', ')}` },
    actor: {
      value: 'NAME',
      multiple: true,
      help: 'only what is about this actor and those below it, or this device or model: device/vision, output',
    },
    from: { value: 'TIME', help: 'from this moment on: 12.5s, 800ms, 14:03:22 or an ISO time' },
    to: { value: 'TIME', help: 'until this moment' },
    state: { value: 'DIR', help: 'the state directory, where FILE is not given' },
    json: { help: 'the records as they stand in the file' },
  },
  notes:
    'Without FILE: what the device left in its state directory. Parts set aside (FILE.1, …) are read as well. Times of day are UTC.',
  run,
};

async function run({ options, positionals, signal }: Invocation): Promise<ExitCode> {
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError("'show' takes one trace file");
  const state = typeof options.state === 'string' ? options.state : undefined;
  const trace = new WholeTrace(tracePath(file, state));
  const kinds = listOption(options.kind).map(kindOf);
  const names = listOption(options.actor);
  const { last, utcOffsetMs } = spanOf(trace);
  const moment = (option: 'from' | 'to', otherwise: number): number => {
    const text = options[option];
    return typeof text === 'string' ? momentOf(`--${option}`, text, utcOffsetMs, last.tMs) : otherwise;
  };
  const fromMs = moment('from', Number.NEGATIVE_INFINITY);
  const toMs = moment('to', Number.POSITIVE_INFINITY);
  const isWanted = (record: TraceRecord): boolean =>
    record.seq > 0 &&
    record.tMs >= fromMs &&
    record.tMs <= toMs &&
    (kinds.length === 0 || kinds.includes(record.kind)) &&
    (names.length === 0 || names.some((name) => concerns(record, name)));
  for (const { record, text } of trace) {
    if (signal.aborted) break;
    if (!isWanted(record)) continue;
    printLine(options.json === true ? text : `${timeText(record.tMs, utcOffsetMs)} ${tellRecord(record)}`);
    await printed(signal);
  }
  sayIncomplete(trace);
  return 0;
}

function kindOf(text: string): TraceKind {
  const kind = traceKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  const allowed = traceKinds.join(', ');
  throw new UsageError(`--kind ${text}: no such kind${didYouMean(text, traceKinds)}; allowed are ${allowed}`);
}

function listOption(option: Invocation['options'][string]): readonly string[] {
  return Array.isArray(option) ? option : [];
}
