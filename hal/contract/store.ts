import type { Device } from './device.ts';

/** Durable small blobs on a disk that can be full, slow or read-only. Keys are relative POSIX paths. */
export interface Store extends Device {
  read(key: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all, also over a power cut. Rejects with HalError `io` (disk full) or `permission`. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  append(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}
