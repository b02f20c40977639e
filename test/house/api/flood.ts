/** Sends so many requests as fast as they are taken, and prints how many of each status came back. */
const [, , url = '', token = '', count = ''] = Bun.argv;
const { hostname, port, host } = new URL(url);
const connections = 4;
const each = Number(count) / connections;
const request = `GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`;

const statuses = await Promise.all(
  Array.from({ length: connections }, () => {
    const { promise, resolve } = Promise.withResolvers<Record<string, number>>();
    const counts: Record<string, number> = {};
    const batch = Buffer.from(request.repeat(each));
    let sent = 0;
    let answered = 0;
    let rest = '';
    const send = (socket: Bun.Socket<undefined>) => {
      sent += socket.write(batch.subarray(sent));
    };
    void Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: send,
        drain: send,
        data(socket, bytes) {
          const text = rest + bytes.toString('latin1');
          for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
            counts[status] = (counts[status] ?? 0) + 1;
            answered++;
          }
          // A status line may be cut in two.
          const cut = /HTTP\/1\.1(?: \d{0,2})?$|HTTP?\/?1?\.?$|HT?$/.exec(text);
          rest = cut?.[0] ?? '';
          if (answered < each) return;
          socket.end();
          resolve(counts);
        },
        close: () => resolve(counts),
      },
    });
    return promise;
  }),
);
const total: Record<string, number> = {};
for (const counts of statuses) {
  for (const [status, number] of Object.entries(counts)) total[status] = (total[status] ?? 0) + number;
}
console.log(JSON.stringify(total));
