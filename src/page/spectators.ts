import type { ServerWebSocket } from 'bun';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { FrameRingShare } from '../../hal/contract/frame-ring.ts';
import { PictureEncoder } from './picture-encoder.ts';
import { packPicture } from './protocol.ts';

/** A page that is behind by this much misses pictures until it has caught up: one picture is some 30 kB. */
const mostWaitingBytes = 150_000;

/** What is sent to a page that looks and listens. */
type SenseSocket = Pick<ServerWebSocket<unknown>, 'send' | 'getBufferedAmount'>;

/** Pages that look at what the device sees and hears, on the thread of the page. A picture is encoded once for all. */
export class Spectators {
  readonly #sockets = new Set<SenseSocket>();
  #encoder: PictureEncoder | undefined;

  get count(): number {
    return this.#sockets.size;
  }

  add(socket: SenseSocket): void {
    this.#sockets.add(socket);
  }

  delete(socket: SenseSocket): void {
    this.#sockets.delete(socket);
  }

  /** Frames lie here from now on. */
  useRing(share: FrameRingShare): void {
    this.#encoder = new PictureEncoder(share);
  }

  /** Done when the picture was handed to every page that can follow. One that is gone by now is left out. */
  async showPicture(frame: FrameRef, facts: string): Promise<void> {
    const jpeg = await this.#encoder?.encode(frame).catch(() => undefined);
    if (jpeg === undefined) return;
    const packed = packPicture(facts, jpeg);
    for (const socket of this.#sockets) {
      if (socket.getBufferedAmount() < mostWaitingBytes) socket.send(packed);
    }
  }

  tellSound(facts: string): void {
    for (const socket of this.#sockets) {
      if (socket.getBufferedAmount() < mostWaitingBytes) socket.send(facts);
    }
  }
}
