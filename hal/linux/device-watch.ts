import { constants, existsSync, type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listCameras } from './camera-source.ts';
import { listMicrophones, type MicrophoneDevice } from './microphone-source.ts';

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
    for (const camera of listCameras()) if (await mayOpen(camera.node)) return true;
    return false;
  };
  return waitUntil('/dev/video0', anyMayBeOpened, signal);
}

/**
 * Resolves as soon as a microphone is there and may be opened: the one that `isWanted` says, by default any. Abort
 * rejects with the signal's reason.
 */
export function waitForMicrophone(
  signal: AbortSignal,
  isWanted: (microphone: MicrophoneDevice) => boolean = () => true,
): Promise<void> {
  const wantedMayBeOpened = async () => {
    for (const microphone of listMicrophones()) {
      if (isWanted(microphone) && (await mayOpen(microphone.node))) return true;
    }
    return false;
  };
  return waitUntil('/dev/snd/pcmC0D0c', wantedMayBeOpened, signal);
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

    /** Watches the folder, unless it was removed since it was seen. */
    const watchFolder = (folder: string) => {
      watcher?.close();
      watched = undefined;
      try {
        watcher = watch(folder, (type) => {
          // What came or went may be the folder itself, and a watch stays with the folder that it was set on.
          if (type === 'rename') watched = undefined;
          again();
        });
        watcher.on('error', () => {
          watched = undefined;
          again();
        });
        watched = folder;
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    };

    // The watch is set before the check, and the folder looked for again after it, so that nothing is missed that
    // appears in between.
    const look = async () => {
      while (!settled) {
        const folder = deepestFolder(path);
        if (folder !== watched) watchFolder(folder);
        if (await check()) settle(resolve);
        else if (deepestFolder(path) === watched) return;
      }
    };
    const again = () => {
      look().catch((error: unknown) => settle(() => reject(error)));
    };
    again();
  });
}

function deepestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
