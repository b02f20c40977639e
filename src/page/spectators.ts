import type { ServerWebSocket } from 'bun';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { FrameRingShare } from '../../hal/contract/frame-ring.ts';
import { PictureEncoder } from './picture-encoder.ts';
import { type PictureFacts, packPicture } from './protocol.ts';

/** A page that is behind by this much misses pictures until it has caught up: one picture is some 30 kB. */
const mostWaitingBytes = 150_000;

/** Everything; or the picture alone, for whoever stands at a kiosk. */
export type Shown = 'all' | 'picture';

/** What is sent to a page that looks and listens. */
type SenseSocket = Pick<ServerWebSocket<unknown>, 'send' | 'getBufferedAmount'>;

/** Pages that look at what the device sees and hears, on the thread of the page. A picture is encoded once for all. */
export class Spectators {
  readonly #sockets = new Map<SenseSocket, Shown>();
  #encoder: PictureEncoder | undefined;

  get count(): number {
    return this.#sockets.size;
  }

  add(socket: SenseSocket, shown: Shown): void {
    this.#sockets.set(socket, shown);
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
    const packed: { [S in Shown]?: Uint8Array } = {};
    for (const [socket, shown] of this.#sockets) {
      if (socket.getBufferedAmount() >= mostWaitingBytes) continue;
      packed[shown] ??= packPicture(shown === 'all' ? facts : withoutPeople(facts), jpeg);
      socket.send(packed[shown]);
    }
  }

  tellSound(facts: string): void {
    for (const [socket, shown] of this.#sockets) {
      if (shown === 'all' && socket.getBufferedAmount() < mostWaitingBytes) socket.send(facts);
    }
  }
}

function withoutPeople(facts: string): string {
  const { atMs, widthPx, heightPx, mirrored }: PictureFacts = JSON.parse(facts); // written on the device's thread
  return JSON.stringify({
    ...{ atMs, widthPx, heightPx, mirrored, limits: null, faces: [] },
  } satisfies PictureFacts);
}
