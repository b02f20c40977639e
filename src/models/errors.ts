/** What is wrong with a model. Generic code branches on this; the message is for people. */
export type ModelErrorKind =
  /** The file is not there. */
  | 'missing'
  /** The file is shorter than the manifest says. */
  | 'truncated'
  /** The file's bytes are not those the manifest names. */
  | 'altered'
  /** It was made for another version of Vigil. */
  | 'outdated'
  /** The file cannot be read, or onnxruntime cannot make a network of it. */
  | 'unreadable'
  /** The network's inputs or outputs are not what the manifest says. */
  | 'wrong-shape'
  /** The network threw while running, or gave numbers that are not finite. */
  | 'failed';

/** The one error of loading and running a model. The message names the model and says what to do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly kind: ModelErrorKind;
  readonly modelId: string;
  /** A bad file stays bad until somebody replaces it; a run that failed may go well the next time. */
  readonly retryable: boolean;

  constructor(kind: ModelErrorKind, modelId: string, message: string, cause?: unknown) {
    super(`model ${modelId}: ${message}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.modelId = modelId;
    this.retryable = kind === 'failed';
  }
}

/** A manifest that is not valid. The message names the file, the place in it and what is allowed there. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
