import type { Failed, Kind, Ready } from '../protocol.ts';

/** What a device says and is told through; its work is done in `hold`. */
export interface Link {
  /** Loads an addon that stands beside this program. */
  addon(name: string): unknown;
  ready(facts?: Omit<Ready, 'version'>): void;
  /** Sends data if the firmware has room for it; false when it has not, and nothing was sent. */
  offer(bytes: Uint8Array): boolean;
  /** Sends data whether or not there is room: sound, which is small. */
  send(bytes: Uint8Array): void;
  tell(kind: Kind, payload?: Uint8Array): void;
  /** Ends this process. */
  fail(failed: Failed): never;
}

/** A device that is held. */
export interface Held {
  told?(kind: number, payload: Uint8Array): void;
  /** Makes it safe; this process ends afterwards. */
  letGo(): void;
}
