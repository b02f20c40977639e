import { dlopen } from 'bun:ffi';

/**
 * Gives memory that was freed back to the system. Building a session holds the weights of its network several times
 * over for a moment, and the C library keeps what is freed: 50 MB for the shipped networks. Does nothing where
 * the C library is not glibc, or where Bun's FFI is missing.
 */
export function returnFreedMemory(): void {
  if (process.platform !== 'linux') return;
  try {
    const libc = dlopen('libc.so.6', { malloc_trim: { args: ['u64'], returns: 'i32' } });
    libc.symbols.malloc_trim(0n);
    libc.close();
  } catch {
    // No glibc here: nothing is lost but the memory.
  }
}
