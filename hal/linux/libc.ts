import { dlopen, type FFIFunction, read } from 'bun:ffi';
import { HalError } from '../contract/errors.ts';

/**
 * Functions of the C library, and `result`, which turns what one of them gave into itself or minus errno: it must be
 * called at once, since whatever the runtime does next may set errno again. Throws HalError `unsupported` where
 * there is no glibc, and where Bun runs without its JIT, which its foreign function interface needs.
 */
export function openLibc<const F extends Record<string, FFIFunction>>(device: string, functions: F) {
  try {
    const { symbols } = dlopen('libc.so.6', functions);
    const own = dlopen('libc.so.6', { __errno_location: { args: [], returns: 'ptr' } }).symbols;
    const result = (value: number): number => {
      if (value >= 0) return value;
      const location = own.__errno_location();
      return location === null ? value : -read.i32(location);
    };
    return { symbols, result };
  } catch (error) {
    const why =
      error instanceof Error && /JIT/.test(error.message)
        ? 'bun:ffi requires the JIT: start without BUN_JSC_useJIT=0, and in a unit without MemoryDenyWriteExecute='
        : 'the C library cannot be called (glibc is needed)';
    throw new HalError('unsupported', device, why, { cause: error });
  }
}
