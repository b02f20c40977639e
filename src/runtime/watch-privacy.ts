import { type FSWatcher, watch } from 'node:fs';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { SenseClosed, SenseOpened } from '../../machines/events.ts';
import { privacyFile, readPrivacySwitch } from './privacy-switch.ts';
import { SenseClosing } from './sense-closing.ts';

/** Where a folder cannot be watched, or a change of it was missed. */
const recheckMs = 2_000;

export interface PrivacyWatchOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly tell: (event: SenseClosed | SenseOpened) => void;
}

/**
 * Tells what is closed by the switch in the state directory, at once for what is so already, and then of every
 * change, until the signal is aborted.
 */
export function watchPrivacy(options: PrivacyWatchOptions, signal: AbortSignal): void {
  const { stateDirectory, clock, wallClock, tell } = options;
  const closing = new SenseClosing(clock, wallClock, tell);
  const look = () => {
    if (!signal.aborted) closing.follow(readPrivacySwitch(stateDirectory));
  };
  look();
  const watcher = watchFolder(stateDirectory, look);
  signal.addEventListener(
    'abort',
    () => {
      watcher?.close();
      closing.end();
    },
    { once: true },
  );
  void (async () => {
    for (;;) {
      await clock.sleep(recheckMs, signal);
      look();
    }
  })().catch(() => undefined); // aborted
}

/** Undefined where the system watches no more folders. */
function watchFolder(folder: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_, name) => {
      if (name === privacyFile) look();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
