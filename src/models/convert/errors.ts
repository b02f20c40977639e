/** A published model that cannot be converted: what was wrong with which file, weight or node. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}
