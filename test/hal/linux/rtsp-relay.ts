import type { Socket } from 'bun';

/** A client of the relay: what of its messages is not whole yet, and whether it plays. */
interface Peer {
  pending: Buffer;
  playing: boolean;
}

export interface RtspRelay extends AsyncDisposable {
  readonly url: string;
  /** No packet is passed on any more; the connections stay. */
  fallSilent(): void;
  /** Ends every connection, as a camera that loses its power. */
  cut(): void;
}

/**
 * As much of an RTSP server (RFC 2326, interleaved over TCP) as it takes to pass the one stream that an ffmpeg
 * publishes on to those that play it. The stream is a test picture of `size` at 20 frames a second.
 */
export async function startRtspRelay(size: string): Promise<RtspRelay> {
  let description: Buffer | undefined;
  let silent = false;
  const peers = new Set<Socket<Peer>>();

  function answer(socket: Socket<Peer>, head: string, body: Buffer): void {
    const method = head.slice(0, head.indexOf(' '));
    const url = head.split(' ')[1] ?? '';
    const headers = [`CSeq: ${/^cseq:\s*(\d+)/im.exec(head)?.[1] ?? '0'}`, 'Session: 1'];
    let content = Buffer.alloc(0);
    let status = '200 OK';
    if (method === 'OPTIONS') headers.push('Public: DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, TEARDOWN');
    if (method === 'ANNOUNCE') description = body;
    if (method === 'SETUP')
      headers.push(`Transport: ${/^transport:\s*(.+)\r$/im.exec(`${head}\r`)?.[1] ?? ''}`);
    if (method === 'PLAY') socket.data.playing = true;
    if (method === 'DESCRIBE') {
      if (description === undefined) status = '404 Not Found';
      else content = Buffer.from(description);
      headers.push('Content-Type: application/sdp', `Content-Base: ${url}/`);
    }
    headers.push(`Content-Length: ${content.length}`);
    socket.write(
      Buffer.concat([Buffer.from(`RTSP/1.0 ${status}\r\n${headers.join('\r\n')}\r\n\r\n`), content]),
    );
  }

  /** Takes one packet or request off the beginning; false when none is whole. */
  function step(socket: Socket<Peer>): boolean {
    const { pending } = socket.data;
    if (pending[0] === 0x24) {
      const length = pending.length < 4 ? Number.POSITIVE_INFINITY : 4 + pending.readUInt16BE(2);
      if (pending.length < length) return false;
      const packet = pending.subarray(0, length);
      if (!silent) for (const peer of peers) if (peer !== socket && peer.data.playing) peer.write(packet);
      socket.data.pending = pending.subarray(length);
      return true;
    }
    const end = pending.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = pending.subarray(0, end).toString();
    const bodyEnd = end + 4 + Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
    if (pending.length < bodyEnd) return false;
    socket.data.pending = pending.subarray(bodyEnd);
    answer(socket, head, pending.subarray(end + 4, bodyEnd));
    return true;
  }

  const server = Bun.listen<Peer>({
    hostname: '127.0.0.1',
    port: 0,
    data: { pending: Buffer.alloc(0), playing: false },
    socket: {
      open(socket) {
        socket.data = { pending: Buffer.alloc(0), playing: false };
        peers.add(socket);
      },
      data(socket, chunk) {
        socket.data.pending = Buffer.concat([socket.data.pending, chunk]);
        while (step(socket));
      },
      close(socket) {
        peers.delete(socket);
      },
    },
  });
  const url = `rtsp://127.0.0.1:${server.port}/cam`;
  const publisher = Bun.spawn(
    [
      ...['ffmpeg', '-v', 'error', '-nostdin', '-re', '-f', 'lavfi', '-i', `testsrc=size=${size}:rate=20`],
      ...['-c:v', 'mpeg4', '-g', '5', '-bf', '0', '-f', 'rtsp', '-rtsp_transport', 'tcp', url],
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  );
  while (description === undefined && publisher.exitCode === null) await Bun.sleep(10);
  return {
    url,
    fallSilent() {
      silent = true;
    },
    cut() {
      for (const peer of peers) peer.end();
    },
    async [Symbol.asyncDispose]() {
      publisher.kill('SIGKILL');
      await publisher.exited;
      server.stop(true);
    },
  };
}
