import { InputError } from '../runtime/input-error.ts';
import type { Place } from './step.ts';

export interface FileProblem {
  readonly place: Place;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** A scenario or rig file that is not valid. The message has a line for each problem, with file, line and column. */
export class ScenarioFileError extends InputError {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(({ place, message }) => `${tellPlace(place)}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

export function tellPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
