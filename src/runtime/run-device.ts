import type { Fault, SenseClosed, SenseOpened } from '../../machines/events.ts';
import type { VigilConfig } from '../config/schema.ts';
import { lastTracePath, TraceFile, writeRing } from '../trace/sinks.ts';
import { keepJournal } from './keep-journal.ts';
import type { LiveDevice } from './live-device.ts';
import { watchPrivacy } from './watch-privacy.ts';

export interface RunDeviceOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** Told to end: outputs off, everything closed. */
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
  /** Somebody sits before it, who need not wait for what no waiting cures. */
  readonly attended: boolean;
}

/**
 * Runs a device until it is told to end, its video ends, or, at a terminal, something is wrong that no waiting
 * cures. Gives the exit code: 0 after an orderly stop, 3 when a model is missing or bad, 1 when the device died.
 */
export async function runDevice(device: LiveDevice, options: RunDeviceOptions): Promise<0 | 1 | 3> {
  const { actor, trace, clock, wallClock } = device;
  const { config, stateDirectory, signal, onNote, attended } = options;
  const traceFile =
    config.trace.file === undefined
      ? undefined
      : await TraceFile.open({
          path: config.trace.file,
          recorder: trace,
          wallClock,
          onStopped: (error) => onNote(error.message),
        });
  const journal = config.journal.enabled
    ? keepJournal({ config: config.journal, directory: stateDirectory, trace, clock, wallClock, onNote })
    : undefined;
  let keeping = Promise.resolve();
  const keepRing = () => {
    keeping = keeping
      .then(() => writeRing(trace, wallClock, lastTracePath(stateDirectory)))
      .catch((error: unknown) => {
        onNote(`the trace could not be kept: ${error instanceof Error ? error.message : error}`);
      });
    return keeping;
  };
  let exitCode: 0 | 1 | 3 = 0;
  const told = new Map<string, string>();
  let lastFault: Fault | null = null;
  const stop = () => actor.send({ type: 'STOP.REQUESTED' });
  const onUserSignal = () => void keepRing();
  process.on('SIGUSR1', onUserSignal);
  signal.addEventListener('abort', stop, { once: true });
  const stopped = new Promise<void>((resolve) => {
    actor.subscribe({
      next: (snapshot) => {
        const { fault, impairments } = snapshot.context;
        for (const [part, reason] of Object.entries(impairments)) {
          if (told.get(part) !== reason) onNote(`${part}: ${reason}`);
          told.set(part, reason);
        }
        if (fault !== null && fault !== lastFault) {
          onNote(fault.message);
          void keepRing();
        }
        lastFault = fault;
        if (!snapshot.matches('safe') || fault === null || !attended) return;
        // Faults that pass are waited for.
        if (fault.retryable && fault.kind !== 'boot-loop') return;
        exitCode = 3;
        stop();
      },
      complete: resolve,
      error: () => {}, // `died` tells it, when the outputs are safe
    });
    device.died.then((error) => {
      onNote(`the device died of a bug: ${error.message}`);
      exitCode = 1;
      resolve();
    });
  });
  const unwatch = whenEnded(device, stop);
  const running = new AbortController();
  try {
    actor.start();
    // Before anything is opened: starting has only begun.
    const tell = (event: SenseClosed | SenseOpened) => {
      if (actor.getSnapshot().status === 'active') actor.send(event);
    };
    watchPrivacy({ stateDirectory, clock, wallClock, tell }, running.signal);
    if (signal.aborted) stop();
    await stopped;
    return exitCode;
  } finally {
    unwatch();
    running.abort();
    process.off('SIGUSR1', onUserSignal);
    signal.removeEventListener('abort', stop);
    await keepRing();
    await traceFile?.close();
    await journal?.[Symbol.asyncDispose]();
  }
}

/** A video or folder that is at its end ends the run, after the lamp has had its time. */
function whenEnded({ trace }: LiveDevice, stop: () => void): () => void {
  return trace.observe((record) => {
    if (record.kind === 'snapshot' && record.actor === 'device/vision' && record.tags.includes('ended')) {
      setTimeout(stop, lampTimeMs);
    }
  });
}

/** A grant of the last frame still holds the lamp for its time. */
const lampTimeMs = 3_000;
