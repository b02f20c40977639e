/**
 * What twenty open pages cost the device, one of which never reads and five of which are shown the picture:
 * `bun bench/page-clients.ts`. The built-in scene is played twice, with one client that counts and with all of them.
 */

import type { PageMessage } from '../src/page/protocol.ts';
import { sendRaw, upgradeLines } from '../test/page/raw-http.ts';
import { type RunningDemo, startDemo } from '../test/page/running-demo.ts';
import { onLinux, residentMiB } from './support/proc.ts';
import { finish, progress, rounded } from './support/report.ts';

const bench = 'page-clients';
const clients = 20;
const shownThePicture = 5;
const mostChangePercent = 5;
const mostGrowthMib = 20;
/** Into the second pass, when all are connected and have been told where the device is. */
const settleMs = 15_000;

if (!onLinux()) finish({ bench, skipped: 'it needs Linux', figures: [] });

await using demo = await startDemo();
const counting = countLooks(demo);
progress('the built-in scene with one client ...');
await counting.passBegins();
const alone = await counting.looksOfPass();
progress(`the same with ${clients} clients ...`);
const closing = connectOthers(demo);
const growth = Bun.sleep(settleMs).then(() => residentMiB(demo.pid).now);
const together = await counting.looksOfPass();
const grownMib = residentMiB(demo.pid).now - (await growth);
for (const close of closing) close();
counting.close();

const change = Math.abs((100 * (together - alone)) / alone);
finish({
  bench,
  figures: [
    { what: 'looks of a pass, one client', value: alone, unit: '' },
    { what: `looks of a pass, ${clients} clients`, value: together, unit: '' },
    { what: 'change', value: rounded(change), unit: '%', limit: { most: mostChangePercent } },
    { what: 'memory grown', value: rounded(grownMib), unit: 'MiB', limit: { most: mostGrowthMib } },
  ],
});

interface LookCount {
  /** The next pass of the scene has begun. */
  passBegins(): Promise<void>;
  /** How often the device looked at faces in the pass that runs, when that is over. */
  looksOfPass(): Promise<number>;
  close(): void;
}

/** A client that counts: every pass begins with a story. */
function countLooks({ url }: RunningDemo): LookCount {
  const { origin, port } = new URL(url);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { origin } });
  let looks = 0;
  let isFirst = true;
  let ended = Promise.withResolvers<number>();
  socket.onmessage = ({ data }) => {
    const message: PageMessage = JSON.parse(String(data)); // from our own device
    if (message.type === 'records') {
      looks += message.records.filter((record) => record.kind === 'model' && record.model === 'faces').length;
      return;
    }
    if (!isFirst) ended.resolve(looks);
    if (!isFirst) ended = Promise.withResolvers();
    isFirst = false;
    looks = 0;
  };
  return {
    passBegins: async () => void (await ended.promise),
    looksOfPass: () => ended.promise,
    close: () => socket.close(),
  };
}

/** All but the one that counts. */
function connectOthers({ url }: RunningDemo): (() => void)[] {
  const { origin, port } = new URL(url);
  const dead = sendRaw(Number(port), upgradeLines(Number(port), origin));
  dead.socket.pause();
  const sockets = Array.from({ length: clients - 2 }, (_, index) => {
    const path = index < shownThePicture ? '/senses' : '/live';
    return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { origin } });
  });
  return [() => dead.socket.destroy(), ...sockets.map((socket) => () => socket.close())];
}
