import { z } from 'zod';
import { HalError, halErrorKinds } from '../../hal/contract/errors.ts';
import { ManifestError, ModelError, messageOf } from './errors.ts';

/** An error between threads. */
export const workerErrorSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('ModelError'),
    kind: z.enum(['missing', 'truncated', 'altered', 'outdated', 'unreadable', 'wrong-shape', 'failed']),
    modelId: z.string(),
    message: z.string(),
  }),
  z.strictObject({
    name: z.literal('HalError'),
    kind: z.enum(halErrorKinds),
    device: z.string(),
    message: z.string(),
    retryable: z.boolean(),
  }),
  z.strictObject({ name: z.literal('ManifestError'), message: z.string() }),
  z.strictObject({ name: z.literal('Error'), message: z.string() }),
]);

export type WorkerError = z.infer<typeof workerErrorSchema>;

/** An error as it crosses to another thread, where classes do not. */
export function packError(error: unknown): WorkerError {
  if (error instanceof ModelError) {
    return {
      name: 'ModelError',
      kind: error.kind,
      modelId: error.modelId,
      message: withoutPrefix(error.message, `model ${error.modelId}: `),
    };
  }
  if (error instanceof HalError) {
    const { kind, device, retryable } = error;
    return {
      name: 'HalError',
      kind,
      device,
      retryable,
      message: withoutPrefix(error.message, `${device}: `),
    };
  }
  if (error instanceof ManifestError) return { name: 'ManifestError', message: error.message };
  return { name: 'Error', message: messageOf(error) };
}

/** The same error on the other side; what is of no known class becomes HalError `io` of `device`. */
export function unpackError(error: WorkerError, device: string): Error {
  switch (error.name) {
    case 'ModelError':
      return new ModelError(error.kind, error.modelId, error.message);
    case 'HalError':
      return new HalError(error.kind, error.device, error.message, { retryable: error.retryable });
    case 'ManifestError':
      return new ManifestError(error.message);
    case 'Error':
      return new HalError('io', device, error.message);
  }
}

/** The constructors put the prefix in front again. */
function withoutPrefix(message: string, prefix: string): string {
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
