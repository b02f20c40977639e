/** What was given to look at cannot be looked at; the message names it and says what is allowed. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
