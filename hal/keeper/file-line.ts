import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { WallClock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { DigitalOutput } from '../contract/gpio.ts';

export interface FileLineOptions {
  readonly name: string;
  /** Its first character is the level, `0` or `1`. Opened for each call, so that it may be replaced meanwhile. */
  readonly path: string;
  /** Gets one line of JSON for each change of level, `{"on": true, "utcMs": 1767225600000}`; nothing is removed. */
  readonly edgesPath?: string;
  readonly wallClock: WallClock;
}

/** An output line that is a file: for development without hardware, and for tests across processes. */
export class FileLine implements DigitalOutput {
  readonly name: string;
  readonly #options: FileLineOptions;
  #commanded = false;
  #closed = false;

  constructor(options: FileLineOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get commanded(): boolean {
    return this.#commanded;
  }

  async set(on: boolean): Promise<void> {
    this.#attempt((fd) => {
      const before = level(fd);
      this.#commanded = on;
      writeSync(fd, on ? '1' : '0', 0);
      if (before !== on) this.#logEdge(on);
    });
  }

  async read(): Promise<boolean> {
    return this.#attempt(level) ?? false;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #attempt<T>(work: (fd: number) => T): T {
    if (this.#closed) throw new HalError('closed', this.name, 'the line was let go');
    let fd: number | undefined;
    try {
      fd = openSync(this.#options.path, constants.O_RDWR | constants.O_CREAT, 0o644);
      return work(fd);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new HalError('io', this.name, said, { cause: error });
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #logEdge(on: boolean): void {
    const { edgesPath, wallClock } = this.#options;
    if (edgesPath === undefined) return;
    const fd = openSync(edgesPath, 'a', 0o644);
    try {
      writeSync(fd, `${JSON.stringify({ on, utcMs: wallClock.nowUtcMs() })}\n`);
    } finally {
      closeSync(fd);
    }
  }
}

/** The level in the file; undefined when it is empty or holds something else. */
function level(fd: number): boolean | undefined {
  const byte = new Uint8Array(1);
  if (readSync(fd, byte, 0, 1, 0) === 0) return undefined;
  return byte[0] === 0x31 ? true : byte[0] === 0x30 ? false : undefined;
}
