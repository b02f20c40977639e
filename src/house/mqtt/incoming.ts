import type { Socket } from 'node:net';

/** Nothing that a broker has to tell this device is long: announcements of earlier runs are the longest. */
export const mostPacketBytes = 65_536;
/** A broker that sends more than this in a window floods; acknowledgements of a full queue are 1 % of it. */
const mostWindowBytes = 2_000_000;
const windowMs = 10_000;
/** The length of a packet stands in at most so many bytes (MQTT 3.1.1 and 5, section 2.2.3 and 1.5.5). */
const mostLengthBytes = 4;

/**
 * Destroys the socket where the broker announces a packet that is too long, or sends too much. Without it the parser
 * would collect up to 256 MB, the longest packet of the protocol.
 */
export function guardIncoming(socket: Socket, nowMs: () => number): void {
  const guard = new IncomingGuard(nowMs);
  socket.on('data', (bytes: Buffer) => {
    const why = guard.whyNot(bytes);
    if (why !== undefined) socket.destroy(new Error(why));
  });
}

/** Follows the frames of a stream of MQTT packets without keeping them. */
export class IncomingGuard {
  readonly #nowMs: () => number;
  #windowStartMs: number;
  #windowBytes = 0;
  /** Bytes of the current packet that are still to come. */
  #restBytes = 0;
  /** Of the current packet's header: whether its first byte has come, its length so far, and in how many bytes. */
  #header: { length: number; bytes: number } | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#windowStartMs = nowMs();
  }

  /** Why no more of this may be read; undefined while it may. */
  whyNot(bytes: Uint8Array): string | undefined {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowStartMs >= windowMs) {
      this.#windowStartMs = nowMs;
      this.#windowBytes = 0;
    }
    this.#windowBytes += bytes.length;
    if (this.#windowBytes > mostWindowBytes) return 'the broker floods this device with messages';
    for (let at = 0; at < bytes.length; ) {
      if (this.#restBytes > 0) {
        const taken = Math.min(this.#restBytes, bytes.length - at);
        this.#restBytes -= taken;
        at += taken;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (this.#header === undefined) {
        this.#header = { length: 0, bytes: 0 };
        continue;
      }
      this.#header.length += (byte & 0x7f) * 128 ** this.#header.bytes++;
      if (this.#header.length > mostPacketBytes) return 'the broker sends a packet that is too long';
      if ((byte & 0x80) === 0) {
        this.#restBytes = this.#header.length;
        this.#header = undefined;
      } else if (this.#header.bytes === mostLengthBytes) return 'the broker does not speak MQTT';
    }
    return undefined;
  }
}
