import { type PageMessage, signedOutCode } from '../protocol.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;
/** The server gives a sign of life every second. */
const silentAfterMs = 4_000;

export type ConnectionState = 'connecting' | 'live' | 'silent' | 'lost';

/** Keeps a socket to the device, for as long as the page is open: one that ends is opened anew, later each time. */
export class Connection {
  readonly #onMessage: (message: PageMessage) => void;
  readonly #onState: (state: ConnectionState) => void;
  #waitMs = firstWaitMs;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(onMessage: (message: PageMessage) => void, onState: (state: ConnectionState) => void) {
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#open();
  }

  #open(): void {
    const socket = new WebSocket(new URL('/live', location.href.replace(/^http/, 'ws')));
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      this.#waitMs = firstWaitMs;
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => this.#onState('silent'), silentAfterMs);
      this.#onState('live');
      this.#onMessage(JSON.parse(data)); // from the server that this script came from
    };
    socket.onclose = ({ code }) => {
      clearTimeout(this.#silence);
      if (code === signedOutCode) {
        location.assign('/login');
        return;
      }
      this.#onState('lost');
      setTimeout(() => this.#open(), this.#waitMs);
      this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
    };
  }
}
