import { differingKeys, isBoot, readBoot } from '../runtime/boot-record.ts';
import { compareTraces, tellDifference } from '../trace/difference.ts';
import type { WholeTrace } from '../trace/lines.ts';
import { type Command, type ExitCode, type Invocation, UsageError } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { openTrace, sayIncomplete } from './trace-file.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'the first record in which two traces differ, with the ten before it',
  positionals: 'FILE FILE',
  options: { json: { help: 'one JSON object' } },
  notes:
    'What the two were made by (program, configuration) is compared apart. Exit code 1 when the traces differ.',
  run,
};

async function run({ options, positionals }: Invocation): Promise<ExitCode> {
  const [leftFile, rightFile, ...more] = positionals;
  if (leftFile === undefined || rightFile === undefined || more.length > 0) {
    throw new UsageError("'diff' takes two trace files");
  }
  const [left, right] = [openTrace(leftFile), openTrace(rightFile)];
  const boots = differentBoots(left, right);
  const { records, difference } = compareTraces(left, right, isBoot);
  sayIncomplete(left);
  sayIncomplete(right);
  if (options.json === true) printJson({ records, boots, difference });
  else {
    for (const line of boots) printNote(line);
    if (difference === null) printLine(`the same: ${records} records`);
    else {
      printLine(`the same for ${records} records, then not:`);
      const names = { left: leftFile, right: rightFile };
      for (const line of tellDifference(difference, names)) printLine(line);
    }
  }
  return difference === null ? 0 : 1;
}

/** In what two boots differ, in words. */
function differentBoots(left: WholeTrace, right: WholeTrace): string[] {
  const [one, other] = [left, right].map((trace) => {
    for (const { record } of trace) if (record.seq > 0) return isBoot(record) ? readBoot(record) : undefined;
    return undefined;
  });
  if (one === undefined || other === undefined) return [];
  const program = one.build.sha256 === other.build.sha256 ? [] : ['made by different programs'];
  const seed = one.seed === other.seed ? [] : [`seed: ${one.seed} | ${other.seed}`];
  const keys = differingKeys(one.config, other.config).map(
    ({ key, value, other }) => `${key}: ${value ?? 'not set'} | ${other ?? 'not set'}`,
  );
  return [...program, ...seed, ...keys];
}
