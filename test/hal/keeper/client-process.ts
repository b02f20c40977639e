/**
 * A firmware that holds a line, to be killed, stopped or blocked by a test:
 * `bun client-process.ts SOCKET LINE LEASE_MS renew|hold|block [LINES_FILE]`. Prints `granted` when it holds the
 * line. With a file of lines it starts the keeper itself.
 */
import { KeeperClient } from '../../../hal/keeper/client.ts';
import { SystemClock } from '../../../hal/linux/clock.ts';

const [socketPath = '', line = '', leaseText = '', mode = '', linesPath] = process.argv.slice(2);
const leaseMs = Number(leaseText);
const clock = new SystemClock();
const { signal } = new AbortController();
const keeper =
  linesPath === undefined
    ? await KeeperClient.connect({ socketPath, clock }, signal)
    : await KeeperClient.start({ socketPath, linesPath, clock }, signal);
await keeper.grant(line, leaseMs);
process.stdout.write('granted\n');
if (mode === 'block') {
  await clock.sleep(20); // the word has to leave first
  const end = clock.nowMs() + 10_000;
  while (clock.nowMs() < end);
}
for (;;) {
  await clock.sleep(leaseMs / 3);
  if (mode === 'renew') await keeper.renew(line, leaseMs);
}
