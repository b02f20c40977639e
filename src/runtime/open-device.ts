import { asHalError } from '../../hal/contract/errors.ts';
import type { TraceRecorder } from '../trace/recorder.ts';

/** Opens a device and records it. What is opened after it was given up is closed again. */
export type OpenDevice = <D extends { close(): Promise<unknown> }>(
  name: string,
  open: () => Promise<D>,
  signal: AbortSignal,
  data?: Readonly<Record<string, number>>,
) => Promise<D>;

export function recordedOpening(trace: TraceRecorder): OpenDevice {
  return async (name, open, signal, data = {}) => {
    signal.throwIfAborted();
    trace.halOut(name, 'open', { data });
    try {
      const device = await open();
      if (signal.aborted) {
        await device.close();
        throw signal.reason;
      }
      trace.halIn(name, 'opened');
      return device;
    } catch (error) {
      trace.halIn(name, 'open-failed', signal.aborted ? {} : { error: asHalError(error, name).kind });
      throw error;
    }
  };
}
