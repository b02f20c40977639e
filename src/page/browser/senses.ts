import { type PictureFacts, type SenseMessage, unpackPicture } from '../protocol.ts';

const firstWaitMs = 500;
const longestWaitMs = 5_000;

export interface SenseListener {
  picture(facts: PictureFacts, picture: ImageBitmap): void;
  /** What is not a picture. */
  told(text: string): void;
  /** Whether the connection stands. */
  connected(connected: boolean): void;
}

/** Shows what the device sees and hears, only while it is switched on. The newest picture, and none that is late. */
export class Senses {
  readonly #path: '/senses' | '/kiosk/live';
  readonly #listener: SenseListener;
  #socket: WebSocket | undefined;
  #on = false;
  #waitMs = firstWaitMs;
  #decoding = false;

  constructor(path: '/senses' | '/kiosk/live', listener: SenseListener) {
    this.#path = path;
    this.#listener = listener;
  }

  switchOn(on: boolean): void {
    this.#on = on;
    if (on && this.#socket === undefined) this.#open();
    // One that is not open yet closes when it is: the browser calls it a failure otherwise.
    if (!on && this.#socket?.readyState === WebSocket.OPEN) this.#socket.close();
  }

  #open(): void {
    const socket = new WebSocket(new URL(this.#path, location.href.replace(/^http/, 'ws')));
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<SenseMessage>) => {
      this.#waitMs = firstWaitMs;
      if (typeof data === 'string') this.#listener.told(data);
      else void this.#decode(data);
    };
    socket.onopen = () => {
      if (this.#on) this.#listener.connected(true);
      else socket.close();
    };
    socket.onclose = () => {
      this.#socket = undefined;
      this.#listener.connected(false);
      if (!this.#on) return;
      setTimeout(() => {
        if (this.#on && this.#socket === undefined) this.#open();
      }, this.#waitMs);
      this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
    };
  }

  async #decode(packed: ArrayBuffer): Promise<void> {
    if (this.#decoding) return;
    this.#decoding = true;
    try {
      const { facts, jpeg } = unpackPicture(packed);
      const picture = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
      this.#listener.picture(facts, picture);
      picture.close();
    } finally {
      this.#decoding = false;
    }
  }
}
