import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asHalError, HalError } from '../contract/errors.ts';
import type { DigitalOutput } from '../contract/gpio.ts';
import type { ActuatorLine } from '../contract/keeper.ts';
import { SystemClock, SystemWallClock } from '../linux/clock.ts';
import { linuxGpio } from '../linux/gpio-kernel.ts';
import { GpioOutput } from '../linux/gpio-output.ts';
import { lockFor } from '../linux/process-lock.ts';
import { systemdService } from '../linux/systemd.ts';
import { FileLine } from './file-line.ts';
import { Keeper } from './keeper.ts';
import { defaultLeaseLimits, Leases } from './leases.ts';
import { type LineOutput, readLinesFile } from './lines-file.ts';
import { type KeeperSocket, listen } from './socket.ts';
import { UnwiredLine } from './unwired-line.ts';

const usage = `The line keeper: holds the actuator lines for one client, and brings them to their safe level whenever it must.

usage: bun hal/keeper/main.ts --socket PATH --lines FILE [--wait-ms N] [--exit-when-idle-ms N]

  --socket PATH            where the client connects (a Unix socket)
  --lines FILE             JSON: {"silenceMs"?, "rearmMs"?, "deadTimeMs"?, "lines": [{"name", "safeOn", "maxOnMs",
                           "lostOn"?, "interlock"?, "rearmMs"?, "output": {"kind": "gpio", "chip", "offset",
                           "activeLow"}, {"kind": "file", "path", "edgesPath"?} or {"kind": "none"}}]}; a chip
                           goes by its label, and none is a line that is wired nowhere
  --wait-ms N              when another keeper holds the lines, wait this long for it to end
  --exit-when-idle-ms N    end when there was no client for this long

Prints \`ready\` when it listens. Ends on SIGTERM, SIGINT and SIGHUP, lines safe. Exit codes: 0 ended so, 2 wrong use or a bad file, 3 another keeper
holds the lines or the socket.`;

/** Lines that cannot be made safe within this time are let go: their electrical default is all that is left. */
const letGoAfterMs = 2000;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      socket: { type: 'string' },
      lines: { type: 'string' },
      'wait-ms': { type: 'string', default: '0' },
      'exit-when-idle-ms': { type: 'string', default: 'Infinity' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    say(1, `${usage}\n`);
    return;
  }
  if (values.socket === undefined || values.lines === undefined) {
    throw new HalError('invalid-argument', 'line keeper', `--socket and --lines are needed\n\n${usage}`);
  }
  const waitMs = milliseconds('--wait-ms', values['wait-ms']);
  const idleMs = milliseconds('--exit-when-idle-ms', values['exit-when-idle-ms']);

  const clock = new SystemClock();
  const { silenceMs, limits, lines } = readLinesFile(values.lines);
  const lockUntilMs = clock.nowMs() + waitMs;
  await lockFor('line keeper', values.lines, clock, lockUntilMs);
  await lockFor('line keeper', values.socket, clock, lockUntilMs);
  const leases = new Leases({
    lines: lines.map(({ line, output }) => ({ line, output: outputOf(line, output) })),
    clock,
    limits,
    onLeaseEnd: (line, end) => {
      if (end !== 'released' && end !== 'closed') log(`${line} made safe: ${end}`);
    },
  });

  let socket: KeeperSocket | undefined;
  let ending = false;
  const end = async (reason: string, exitCode: number) => {
    if (ending) return;
    ending = true;
    if (exitCode !== 0) log(`letting go: ${reason}`);
    clock.setTimeout(() => process.exit(exitCode), letGoAfterMs);
    await leases.close();
    socket?.stop();
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void end(signal, 0));
  process.on('uncaughtException', (error) => void end(error.message, 1));
  process.on('unhandledRejection', (error) => void end(String(error), 1));

  // A line that cannot be made safe is tried again and not granted; the others are of use without it.
  await leases.start().catch((error: unknown) => log(asHalError(error, 'line keeper').message));
  // A keeper that was killed may have left a line away from its safe level until just now: the times that lie
  // between two grants lie between that and the first grant too.
  const rest = { ...defaultLeaseLimits, ...limits };
  const rearmMs = lines.map(({ line }) => line.rearmMs ?? rest.rearmMs);
  await clock.sleep(Math.max(...rearmMs, rest.deadTimeMs));

  const idleAfter = () =>
    Number.isFinite(idleMs) ? clock.setTimeout(() => void end('no client', 0), idleMs) : 0;
  let idle = idleAfter();
  const onClients = (clients: 0 | 1) => {
    clock.clearTimeout(idle);
    if (clients === 0) idle = idleAfter();
  };
  socket = await listen(values.socket, new Keeper({ leases, clock, silenceMs, log, onClients }));
  systemdService(clock)?.ready();
  say(1, 'ready\n');
}

function outputOf({ name, safeOn, lostOn = safeOn }: ActuatorLine, output: LineOutput): DigitalOutput {
  if (output.kind === 'file') return new FileLine({ name, ...output, wallClock: new SystemWallClock() });
  if (output.kind === 'none') return new UnwiredLine(name);
  const { chip, offset, activeLow } = output;
  // Where the process ends in order, the chip is given the level that the line has without anybody.
  return new GpioOutput({ name, address: { chip, offset }, activeLow, safeOn: lostOn, kernel: linuxGpio() });
}

function milliseconds(option: string, text: string): number {
  const value = Number(text);
  if (value >= 0) return value;
  throw new HalError(
    'invalid-argument',
    'line keeper',
    `${option} ${text}: it must be a number of milliseconds`,
  );
}

function log(text: string): void {
  say(2, `line keeper: ${text}\n`);
}

/** Writes to a descriptor that may be closed already: whoever started the keeper may be dead. No stream: 4 MB less. */
function say(fd: 1 | 2, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // nobody reads it
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof HalError && error.kind === 'busy' ? 3 : 2);
});
