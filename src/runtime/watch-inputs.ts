import type { Clock } from '../../hal/contract/clock.ts';
import { asHalError } from '../../hal/contract/errors.ts';
import type { DigitalInput } from '../../hal/contract/gpio.ts';
import type { TraceRecorder } from '../trace/recorder.ts';

/** An input that failed is opened again after this time, for as long as it takes. */
const reopenMs = 2_000;

/**
 * Records the level of an input when it is opened and each change of it, until the signal is aborted; then closes it.
 * An input that fails is recorded once and opened again. Never rejects.
 */
export async function watchInput(
  input: DigitalInput,
  clock: Clock,
  trace: TraceRecorder,
  signal: AbortSignal,
): Promise<void> {
  let failed = false;
  while (!signal.aborted) {
    try {
      const on = await input.read();
      trace.halIn(input.name, 'level', { data: { on } });
      failed = false;
      for await (const edge of input.edges(signal))
        trace.halIn(input.name, 'edge', { data: { on: edge.on } });
    } catch (error) {
      if (signal.aborted) break;
      if (!failed) trace.halIn(input.name, 'failed', { error: asHalError(error, input.name).kind });
      failed = true;
      await clock.sleep(reopenMs, signal).catch(() => undefined);
    }
  }
  await input.close();
}
