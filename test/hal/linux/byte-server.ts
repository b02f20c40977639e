import sharp from 'sharp';

export const multipart = 'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n';

/** A server that answers every request with these pieces, 40 ms apart, again and again from the second one on. */
export function serving(pieces: readonly (string | Uint8Array)[], scheme: 'http' | 'rtsp' = 'http') {
  const server = Bun.listen<{ timer?: ReturnType<typeof setInterval> }>({
    hostname: '127.0.0.1',
    port: 0,
    data: {},
    socket: {
      open(socket) {
        socket.data = {};
      },
      data(socket) {
        if (socket.data.timer !== undefined) return;
        let sent = 0;
        socket.write(pieces[0] ?? '');
        socket.data.timer = setInterval(() => {
          if (pieces.length > 1) socket.write(pieces[1 + (sent++ % (pieces.length - 1))] ?? '');
          else socket.end();
        }, 40);
      },
      close(socket) {
        clearInterval(socket.data.timer);
      },
    },
  });
  return {
    url: `${scheme}://127.0.0.1:${server.port}/video`,
    [Symbol.dispose]: () => server.stop(true),
  };
}

/** A picture of one colour. */
export function jpeg(colour: string, width = 64, height = 48): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .jpeg()
    .toBuffer();
}

/** A part of a multipart stream, as cameras send it. */
export function part(picture: Uint8Array, boundary = '--frame'): Buffer {
  const head = `${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), picture, Buffer.from('\r\n')]);
}
