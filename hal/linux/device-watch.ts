import { constants, existsSync, type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listCameras } from './camera-source.ts';

/**
 * Resolves as soon as `path` (a device node, or a link to one such as /dev/v4l/by-id/…) is there and may be opened:
 * at once, or when the kernel tells of it, without polling. Abort rejects with the signal's reason.
 *
 * The node of a camera that is plugged in belongs to root for a moment, until udev gives it to its group; that
 * moment is waited for as well.
 */
export function waitForDevice(path: string, signal: AbortSignal): Promise<void> {
  return waitUntil(path, () => mayOpen(path), signal);
}

/** Resolves as soon as any camera is there and may be opened. Abort rejects with the signal's reason. */
export function waitForCamera(signal: AbortSignal): Promise<void> {
  const anyMayBeOpened = async () => {
    for (const camera of listCameras()) if (await mayOpen(camera.device)) return true;
    return false;
  };
  return waitUntil('/dev/video0', anyMayBeOpened, signal);
}

async function mayOpen(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Tries `check` now and after every change in the deepest folder above `path` that exists. */
function waitUntil(path: string, check: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let watcher: FSWatcher | undefined;
    let watched: string | undefined;
    let settled = false;

    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      watcher?.close();
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });

    // The watch is set before the check, so that nothing that appears in between is missed.
    const look = async () => {
      if (settled) return;
      const folder = deepestFolder(path);
      if (folder !== watched) {
        watcher?.close();
        watched = folder;
        watcher = watch(folder, () => void look());
        watcher.on('error', () => {
          watched = undefined; // the folder was removed: watch the one above
          void look();
        });
      }
      if (await check()) settle(resolve);
      else if (deepestFolder(path) !== watched) await look();
    };
    look().catch((error: unknown) => settle(() => reject(error)));
  });
}

function deepestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
