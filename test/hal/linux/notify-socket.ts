import { dlopen } from 'bun:ffi';
import { closeSync } from 'node:fs';

/** systemd's end of the notify socket: a real datagram socket, which neither Bun nor Node has of its own. */
export class NotifySocket implements Disposable {
  readonly #fd: number;
  readonly #recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;

  /** A path, or with a leading `@` a name in Linux's abstract namespace. */
  constructor(path: string) {
    const { symbols } = dlopen('libc.so.6', {
      socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
      bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
      recv: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i32' },
    });
    this.#recv = symbols.recv;
    this.#fd = symbols.socket(1, 2 | 0x8_0000, 0);
    const place = path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`;
    const address = Buffer.concat([new Uint8Array([1, 0]), Buffer.from(place)]);
    if (symbols.bind(this.#fd, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);
  }

  /** What has come since the last call, in order. */
  received(): string[] {
    const texts: string[] = [];
    const buffer = new Uint8Array(4096);
    for (;;) {
      const length = this.#recv(this.#fd, buffer, buffer.length, 0x40);
      if (length < 0) return texts;
      texts.push(new TextDecoder().decode(buffer.subarray(0, length)));
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
