import { JoinCheck, type JoinLimits, type JoinProblem } from '../people/join-check.ts';
import type { NewSample, Person } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { type OptionSpec, UsageError } from './command.ts';
import { printNote } from './output.ts';

export const anywayOption = {
  anyway: { help: 'add it though it is taken for somebody else, or somebody else for it: twins' },
} as const satisfies Record<string, OptionSpec>;

export interface Joining {
  readonly store: PeopleStore;
  readonly before: Person | undefined;
  readonly samples: readonly NewSample[];
  readonly limits: JoinLimits;
  /** Embeddings that a sample has. */
  readonly perSample: number;
  /** Says it and goes on. */
  readonly anyway: boolean;
}

/** Asks of each sample whether it may join, before any is stored. Throws UsageError when one may not. */
export function refuseHarm({ store, before, samples, limits, perSample, anyway }: Joining): void {
  const [first] = samples;
  if (first === undefined) return;
  const { kind, pipelineId } = first;
  const check = new JoinCheck(store.embeddings(kind, pipelineId), limits, perSample);
  for (const { embedding } of samples) {
    const problem = check.problemOf(before?.subjectId, embedding);
    if (problem !== undefined) {
      const why = tellProblem(problem, kind, before, store);
      if (!anyway)
        throw new UsageError(`${before === undefined ? 'Nobody was enrolled' : 'Nothing was added'}: ${why}`);
      printNote(`Added anyway: ${why}`);
    }
    if (before !== undefined) check.add(before.subjectId, embedding);
  }
}

function tellProblem(
  problem: JoinProblem,
  kind: NewSample['kind'],
  before: Person | undefined,
  store: PeopleStore,
): string {
  const command = kind === 'face' ? 'vigil faces enrol' : 'vigil voices enrol';
  switch (problem.problem) {
    case 'outlier':
      return (
        `this is not the ${kind} that is known as ${before?.name} (distance ${problem.distance.toFixed(2)}). Use another ` +
        `name, or erase the old one: vigil people forget "${before?.name}"`
      );
    case 'looks-like-another': {
      const other = store.nameOf(problem.otherSubjectId);
      return (
        `this ${kind} is known as ${other} (distance ${problem.distance.toFixed(3)}). If it is, ${command} "${other}" ` +
        'adds to that. Of twins give --anyway: they will be taken for each other.'
      );
    }
    case 'harms-another': {
      const other = store.nameOf(problem.otherSubjectId);
      return (
        `with this ${kind} ${other} would not be told from ${before?.name} any more (${problem.samples} of their samples). ` +
        'Use another picture or recording, or give --anyway.'
      );
    }
  }
}
