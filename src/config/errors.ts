/** Where in a file a key or value begins; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a configuration file or flag. */
export interface ConfigProblem {
  /** `vision.threshold`, or undefined when the file as a whole cannot be read. */
  readonly key: string | undefined;
  readonly position: Position | undefined;
  /** What is wrong, with the value, and what is allowed. */
  readonly message: string;
}

/** A configuration that is not valid. The message names file, line, column, key, value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => lineFor(file, problem)).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

function lineFor(file: string, { key, position, message }: ConfigProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return key === undefined ? `${place}: ${message}` : `${place}: ${key}: ${message}`;
}
