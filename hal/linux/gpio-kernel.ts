import { closeSync, openSync, readdirSync } from 'node:fs';
import { HalError } from '../contract/errors.ts';
import { openLibc } from './libc.ts';

/**
 * The calls that a GPIO driver makes, as the kernel gives them: a result from 0 up, or minus errno. Everything above
 * this table is the same on a board and in a test.
 */
export interface GpioKernel {
  /** The chips' devices, `/dev/gpiochip0` and so on. */
  chipPaths(): string[];
  open(path: string): number;
  ioctl(fd: number, request: number, bytes: Uint8Array): number;
  /** From now on a read of the descriptor does not wait: it says EAGAIN. `read` and `events` need that. */
  neverBlock(fd: number): number;
  /** What waits in the descriptor of an input. */
  read(fd: number, bytes: Uint8Array): number;
  /** The bytes of an input's events as they come. */
  events(fd: number): EventBytes;
  close(fd: number): void;
}

/** Bytes that are waited for. */
export interface EventBytes {
  /** The next bytes, cut anywhere; undefined at the end and after `cancel`. Rejects when the chip has gone. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the wait, and leaves the descriptor open. */
  cancel(): Promise<void>;
}

const getFlags = 3;
const setFlags = 4;
const nonBlocking = 0x800;

let loaded: GpioKernel | undefined;

/**
 * The kernel of this machine. Throws HalError `unsupported` off Linux and where Bun runs without its JIT, which its
 * foreign function interface needs.
 */
export function linuxGpio(): GpioKernel {
  loaded ??= load();
  return loaded;
}

function load(): GpioKernel {
  if (process.platform !== 'linux') {
    throw new HalError('unsupported', 'gpio', 'this system has no GPIO character devices: Linux has');
  }
  const { symbols, result } = openLibc('gpio', {
    // Variadic in C; with integers and pointers alone, 64-bit Linux passes them as it does fixed arguments.
    ioctl: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
    fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    read: { args: ['i32', 'ptr', 'u64'], returns: 'i32' },
  });
  const { ioctl, fcntl, read } = symbols;
  return {
    chipPaths: () =>
      readdirSync('/dev')
        .filter((name) => /^gpiochip\d+$/.test(name))
        .sort((one, other) => chipNumber(one) - chipNumber(other))
        .map((name) => `/dev/${name}`),
    open: (path) => {
      try {
        return openSync(path, 'r+');
      } catch (error) {
        if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') return error.errno;
        throw error;
      }
    },
    ioctl: (fd, request, bytes) => result(ioctl(fd, request, bytes)),
    neverBlock: (fd) => {
      const flags = result(fcntl(fd, getFlags, 0));
      return flags < 0 ? flags : result(fcntl(fd, setFlags, flags | nonBlocking));
    },
    read: (fd, bytes) => result(read(fd, bytes, bytes.length)),
    // Bun watches a descriptor that does not block by epoll, on the event loop itself: no thread waits, nothing is
    // polled by time, and a cancelled stream leaves the descriptor as it was. One that blocks would stop the loop.
    events: (fd) => {
      const reader = Bun.file(fd).stream().getReader();
      return { next: async () => (await reader.read()).value, cancel: () => reader.cancel() };
    },
    close: (fd) => closeSync(fd),
  };
}

function chipNumber(name: string): number {
  return Number(name.slice('gpiochip'.length));
}
