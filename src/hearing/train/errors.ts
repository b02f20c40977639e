/** Recordings that no network can be trained on. The message names each file or speaker and says what to do. */
export class TrainingDataError extends Error {
  override readonly name = 'TrainingDataError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
