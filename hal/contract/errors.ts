/** What went wrong with a device. Generic code branches on this; the message is for people. */
export const halErrorKinds = [
  'not-found',
  'busy',
  'disconnected',
  'timeout',
  'closed',
  'invalid-argument',
  'unsupported',
  'permission',
  'io',
] as const;

export type HalErrorKind = (typeof halErrorKinds)[number];

/** Whether trying the same call again later can help, when the thrower does not know better. */
const retryableByKind: Record<HalErrorKind, boolean> = {
  'not-found': true,
  busy: true,
  disconnected: true,
  timeout: true,
  closed: false,
  'invalid-argument': false,
  unsupported: false,
  permission: false,
  io: true,
};

/**
 * The one error a driver throws. An abort is not a HalError: it rejects with the signal's reason.
 *
 * The message names the device, says what happened, and what a person can do about it.
 */
export class HalError extends Error {
  override readonly name = 'HalError';
  readonly kind: HalErrorKind;
  readonly device: string;
  readonly retryable: boolean;

  constructor(
    kind: HalErrorKind,
    device: string,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(`${device}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.device = device;
    this.retryable = options.retryable ?? retryableByKind[kind];
  }
}

/** The error as HalError: itself, or wrapped as `io` when a library threw something of its own. */
export function asHalError(error: unknown, device: string): HalError {
  if (error instanceof HalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HalError('io', device, message, { cause: error });
}
