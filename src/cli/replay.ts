import { readConfig } from '../config/read.ts';
import { differingKeys, type readBoot } from '../runtime/boot-record.ts';
import type { Answer } from '../runtime/replay/answers.ts';
import { bootOf, replay } from '../runtime/replay/replay.ts';
import {
  type ChangedDecision,
  type DecisionChanges,
  type WhatIf,
  whatIf,
} from '../runtime/replay/what-if.ts';
import { tellDifference } from '../trace/difference.ts';
import type { WholeTrace } from '../trace/lines.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { changeOf, withNames } from './replay-with.ts';
import { openTrace, sayIncomplete } from './trace-file.ts';

export const command: Command = {
  name: 'replay',
  summary: 'run a recording again: the same to the byte, or with other limits',
  positionals: 'TRACE',
  options: {
    with: {
      value: 'NAME=VALUE',
      multiple: true,
      help: `decide anew from the recorded distances with another value: ${withNames.join(', ')}`,
    },
    config: { value: 'FILE', help: 'refuse a recording of another configuration than this one' },
    json: { help: 'one JSON object' },
  },
  notes: [
    'A trace that `vigil run --trace FILE` wrote holds all that the machines were told. They run anew on it, and every',
    'record that they make must be the recorded one. Exit code 1, with the first record that is not, when one differs.',
    'It needs the trace from its boot on (parts set aside are found as FILE.1, …) and the program that recorded it.',
    '',
    'With --with: the first decision that changes, both sides with their numbers, and how many do. Exit code 0.',
    'Frames and sound are not recorded, so another model cannot be asked: distances to the nearest people are.',
  ].join('\n'),
  run,
};

async function run({ options, positionals, signal }: Invocation): Promise<ExitCode> {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError("'replay' takes one trace file");
  const settings = Array.isArray(options.with) ? options.with : [];
  const change = changeOf(settings);
  const trace = openTrace(path);
  if (typeof options.config === 'string') await refuseOtherConfig(trace, path, options.config);
  return settings.length === 0
    ? await again(trace, options.json === true, signal)
    : await otherwise(trace, await whatIf(trace, change, signal), options.json === true);
}

async function again(trace: WholeTrace, json: boolean, signal: AbortSignal): Promise<ExitCode> {
  const { records, divergence } = await replay(trace, signal);
  sayIncomplete(trace);
  if (json) printJson({ records, same: divergence === null, divergence });
  else if (divergence === null) printLine(`${records} records, the same to the byte`);
  else {
    const { file, line, why } = divergence;
    const place = file === null ? '' : ` at ${file}:${line}`;
    printLine(`the same for ${records} records, then not${place}${why === null ? '' : ` (${why})`}:`);
    for (const text of tellDifference(divergence, { left: 'recorded', right: 'replayed' })) printLine(text);
  }
  return divergence === null ? 0 : 1;
}

async function otherwise(trace: WholeTrace, story: WhatIf, json: boolean): Promise<ExitCode> {
  sayIncomplete(trace);
  if (json) printJson(story);
  else for (const line of tell(story)) printLine(line);
  return 0;
}

function tell({ faces, voices, answers }: WhatIf): string[] {
  const lines = [
    `${changedOf(faces)} decisions about a face, and ${changedOf(voices)} about a voice, are other ones.`,
  ];
  const [first] = [faces.first, voices.first].filter((one) => one !== null).sort((a, b) => a.tMs - b.tMs);
  if (first !== undefined) lines.push(...tellChanged(first));
  const { recordedGrants, grants } = answers;
  lines.push(`Grants: ${recordedGrants} recorded, ${grants} now.`);
  if (answers.first === null) lines.push('Access answers every attempt as it did.');
  else {
    const { recorded, now } = answers.first;
    lines.push(
      `The first answer of access that changes, at ${seconds((recorded ?? now)?.atMs ?? 0)}, to ${whom((recorded ?? now)?.trackId ?? null)}:`,
      `  recorded  ${answerText(recorded)}`,
      `  now       ${answerText(now)}`,
    );
  }
  return lines;
}

function changedOf({ changed, total }: DecisionChanges): string {
  return `${changed} of ${total}`;
}

function tellChanged({ tMs, seq, trackId, recorded, now }: ChangedDecision): string[] {
  return [
    `The first, at ${seconds(tMs)}, record ${seq}, of ${whom(trackId)}:`,
    ...[
      { side: 'recorded', ...recorded },
      { side: 'now', ...now },
    ].map(({ side, decision, reason }) => `  ${side.padEnd(8)}  ${decision}: ${reason}`),
  ];
}

function answerText(answer: Answer | null): string {
  if (answer === null) return 'nobody asked';
  return answer.subjectId === null ? `refused: ${answer.code}` : `granted ${answer.subjectId}`;
}

function whom(trackId: number | null): string {
  return trackId === null ? 'a voice' : `track ${trackId}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

async function refuseOtherConfig(trace: WholeTrace, path: string, file: string): Promise<void> {
  let recorded: ReturnType<typeof readBoot> | undefined;
  for (const entry of trace) {
    if (entry.record.seq === 0) continue;
    recorded = bootOf(entry);
    break;
  }
  if (recorded === undefined) return;
  const { config } = await readConfig({ file });
  const keys = differingKeys(recorded.config, config).map(
    ({ key, value, other }) => `${key} is ${value ?? 'not set'} there, ${other ?? 'not set'} here`,
  );
  if (keys.length > 0) {
    throw new UsageError(`${path} is a recording of another configuration than ${file}: ${keys.join('; ')}`);
  }
}
