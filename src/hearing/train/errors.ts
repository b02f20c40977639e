/** No network can be trained: the message names each file, folder or speaker at fault and says what to do. */
export class TrainingInputError extends Error {
  override readonly name = 'TrainingInputError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
