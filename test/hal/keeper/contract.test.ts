import { existsSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeeperClient } from '../../../hal/keeper/client.ts';
import { FileLine } from '../../../hal/keeper/file-line.ts';
import { SystemClock, SystemWallClock } from '../../../hal/linux/clock.ts';
import { digitalOutputContract } from '../contract/digital-io.ts';
import { contractLines, keeperContract } from '../contract/keeper.ts';
import { realTime } from '../contract/suite.ts';
import { eventually, keeperEntry, makeStand } from './stand.ts';

const rearmMs = 200;
const deadTimeMs = 100;

keeperContract('process', async () => {
  const stand = await makeStand({
    rearmMs,
    deadTimeMs,
    lines: contractLines.map((line) => ({ ...line, output: { kind: 'file', path: line.name } })),
  });
  const clock = new SystemClock();
  const process = Bun.spawn(
    [globalThis.process.execPath, keeperEntry, '--socket', stand.socketPath, '--lines', stand.linesPath],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  );
  await eventually('the keeper listens', () => existsSync(stand.socketPath));
  const wire = await startWire(stand.socketPath, `${stand.socketPath}.wire`);
  const socketPath = wire.path;
  const keeper = await KeeperClient.connect({ socketPath, clock }, new AbortController().signal);
  return {
    keeper,
    rearmMs,
    deadTimeMs,
    time: realTime(clock),
    level: async (line) => (await stand.level(line)) === '1',
    stick: (line, on) => {
      // /dev/null takes every write and reads back empty: a line that stays off.
      if (on) throw new Error('a file line can be held off only');
      const path = join(stand.folder, line);
      unlinkSync(path);
      symlinkSync('/dev/null', path);
      return () => {
        unlinkSync(path);
        writeFileSync(path, '0'); // what was written to it meanwhile
      };
    },
    silence: wire.silence,
    [Symbol.asyncDispose]: async () => {
      await keeper.close();
      process.kill('SIGTERM');
      await process.exited;
      wire.stop();
      await stand.remove();
    },
  };
});

digitalOutputContract('file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-line-'));
  const path = join(folder, 'level');
  return {
    output: new FileLine({ name: 'lamp', path, wallClock: new SystemWallClock() }),
    time: realTime(new SystemClock()),
    fail: async () => {
      await rm(path, { force: true });
      await mkdir(path);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

/** A wire between client and keeper that can go dead without being cut: what a stopped client looks like. */
async function startWire(keeperPath: string, path: string) {
  let dead = false;
  const listener = Bun.listen<{ other: Bun.Socket<undefined> | undefined; early: Buffer[] }>({
    unix: path,
    data: { other: undefined, early: [] },
    socket: {
      async open(client) {
        const early: Buffer[] = [];
        client.data = { other: undefined, early };
        const other = await Bun.connect({
          unix: keeperPath,
          socket: {
            data: (_socket, chunk) => {
              if (!dead) client.write(chunk);
            },
            close: () => void (dead || client.end()),
          },
        });
        for (const chunk of early) other.write(chunk);
        client.data.other = other;
      },
      data(client, chunk) {
        if (dead) return;
        if (client.data.other === undefined) client.data.early.push(Buffer.from(chunk));
        else client.data.other.write(chunk);
      },
      close(client) {
        client.data.other?.end();
      },
    },
  });
  return {
    path,
    silence: () => {
      dead = true;
    },
    stop: () => listener.stop(true),
  };
}
