import type { Clock } from '../../hal/contract/clock.ts';
import { asHalError } from '../../hal/contract/errors.ts';
import type { DigitalInput } from '../../hal/contract/gpio.ts';
import type { InputEvent } from '../../machines/door.ts';
import type { InputName } from '../../machines/events.ts';
import { faultFrom } from '../../machines/fault.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { SteadyLevel } from './steady-level.ts';

/** An input that failed is opened again after this time, for as long as it takes. */
const reopenMs = 2_000;

export interface InputWatch {
  readonly name: InputName;
  readonly input: DigitalInput;
  /** A level counts when it has lasted so long. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly trace: TraceRecorder;
  readonly send: (event: InputEvent) => void;
}

/**
 * Tells the level of an input when it is opened and what becomes of it, and records every change of the wire, until the
 * signal is aborted; then closes it. An input that fails is told once and opened again. Never rejects.
 */
export async function watchInput(watch: InputWatch, signal: AbortSignal): Promise<void> {
  const { name, input, settleMs, clock, trace, send } = watch;
  const steady = new SteadyLevel(clock, settleMs, (level) => {
    if (level.told === 'flapped') send({ type: 'INPUT.FLAPPED', input: name });
    else send({ type: level.told === 'read' ? 'INPUT.READ' : 'INPUT.CHANGED', input: name, on: level.on });
  });
  let failed = false;
  while (!signal.aborted) {
    try {
      const on = await input.read();
      if (signal.aborted) break;
      trace.halIn(name, 'level', { data: { on } });
      steady.read(on);
      failed = false;
      for await (const edge of input.edges(signal)) {
        trace.halIn(name, 'edge', { data: { on: edge.on } });
        steady.edge(edge.on);
      }
    } catch (error) {
      if (signal.aborted) break;
      steady.stop();
      if (!failed) {
        const fault = asHalError(error, name);
        trace.halIn(name, 'failed', { error: fault.kind });
        send({ type: 'INPUT.FAILED', input: name, fault: faultFrom(fault, 'input') });
      }
      failed = true;
      await clock.sleep(reopenMs, signal).catch(() => undefined);
    }
  }
  steady.stop();
  await input.close();
}
