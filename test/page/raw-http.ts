import { connect, type Socket } from 'node:net';

/** A connection that says exactly what it is told to, as an attacker's does. */
export interface RawConnection {
  readonly socket: Socket;
  /** All bytes that have come, as Latin-1 text. */
  readonly received: () => string;
  /** Settles when the other side has closed. */
  readonly closed: Promise<void>;
}

/** Sends a request, line by line, and leaves the connection open. */
export function sendRaw(port: number, lines: readonly string[], address = '127.0.0.1'): RawConnection {
  const socket = connect(port, address);
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => undefined); // `closed` tells it
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { socket, received: () => text, closed };
}

/** The status of the answer to a request. */
export async function statusOf(
  port: number,
  lines: readonly string[],
  address = '127.0.0.1',
): Promise<number> {
  const { socket, received } = sendRaw(port, lines, address);
  while (!received().includes('\r\n')) {
    await new Promise((resolve) => socket.once('data', resolve));
  }
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received())?.[1]);
}

/** The request that opens one of the page's sockets. */
export function upgradeLines(port: number, origin: string | undefined, path = '/live'): string[] {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(origin === undefined ? [] : [`Origin: ${origin}`]),
  ];
}
