import type { Fault } from './events.ts';

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

/**
 * What a machine keeps of an error that a driver or a model threw: `kind` and `retryable` where the error has
 * them, else `io` and true. Anything may be thrown, so everything is looked at before it is believed.
 */
export function faultFrom(error: unknown, part: Fault['part']): Fault {
  if (typeof error !== 'object' || error === null) {
    return { part, kind: 'io', message: String(error), retryable: true };
  }
  const kind = text('kind' in error ? error.kind : undefined, 'io');
  const message = text('message' in error ? error.message : undefined, 'failed without a message');
  const retryable = !('retryable' in error) || error.retryable !== false;
  return { part, kind, message, retryable };
}

/** Something did not answer within its named delay. */
export function limitFault(part: Fault['part'], what: string): Fault {
  return { part, kind: 'limit', message: `${what} did not answer in time`, retryable: true };
}
