import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { ActuatorLine, LineKeeper } from '../../hal/contract/keeper.ts';
import { KeeperClient } from '../../hal/keeper/client.ts';
import type { LinesFile } from '../../hal/keeper/lines-file.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { RuledActuator } from '../trace/rules.ts';
import { ReopeningKeeper } from './reopening-keeper.ts';
import type { WiredLine } from './wiring.ts';

/** A connection that is made again belongs to no call that could be given up. */
const never = new AbortController().signal;

/** The name of the one actuator line: the green lamp, a strike, a relay. */
export const actuatorName = 'green';

/** The actuator lines of the configuration. */
export function actuatorLines(config: VigilConfig): ActuatorLine[] {
  return [{ name: actuatorName, safeOn: false, maxOnMs: config.output.green.maxOnMs }];
}

/** The actuator in a trace, whatever it is wired to. */
const actuatorInTrace = 'output';

/** The actuator lines as the rules over the trace know them. */
export function ruledActuators(lines: readonly ActuatorLine[]): RuledActuator[] {
  return lines.map(({ name, maxOnMs, interlock }) => ({
    device: name === actuatorName ? actuatorInTrace : name,
    maxOnMs,
    ...(interlock === undefined ? {} : { interlock }),
  }));
}

/** What a keeper process is started with; undefined where there is no line for it. `wired` is the line of a board. */
export function linesFileOf(config: VigilConfig, wired: WiredLine | undefined): LinesFile | undefined {
  const { file, rearmMs } = config.output.green;
  const output =
    file !== undefined
      ? { kind: 'file' as const, path: file, edgesPath: `${file}.edges` }
      : wired !== undefined
        ? { kind: 'gpio' as const, ...wired.address, activeLow: wired.activeLow }
        : undefined;
  if (output === undefined) return undefined;
  return { rearmMs, lines: actuatorLines(config).map((line) => ({ ...line, output })) };
}

/**
 * The line keeper that a service manager runs, at its socket; connected to anew whenever it was gone. Rejects with
 * HalError when it cannot be had, and `invalid-argument` when it was started with other lines or bounds.
 */
export async function serviceKeeper(
  lines: readonly ActuatorLine[],
  socketPath: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<LineKeeper> {
  const connect = async (given: AbortSignal) => {
    const client = await KeeperClient.connect({ socketPath, clock }, given);
    if (Bun.deepEquals([...client.lines], [...lines])) return client;
    await client.close();
    const what =
      'holds other lines, or other bounds, than the configuration says: sudo systemctl restart vigil-keeper';
    throw new HalError('invalid-argument', 'line keeper', what);
  };
  return reopening(await connect(signal), () => connect(never));
}

function reopening(first: LineKeeper, open: () => Promise<LineKeeper>): LineKeeper {
  let next: LineKeeper | undefined = first;
  return new ReopeningKeeper(async () => {
    const opened = next ?? (await open());
    next = undefined;
    return opened;
  });
}

/**
 * The line keeper process that holds these lines; started anew whenever it is gone. Rejects with HalError when it does
 * not start.
 */
export async function startKeeper(
  lines: LinesFile,
  stateDirectory: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<LineKeeper> {
  const linesPath = join(stateDirectory, 'lines.json');
  await writeFile(linesPath, `${JSON.stringify(lines, null, 2)}\n`, { mode: 0o600 });
  const socketPath = join(stateDirectory, 'keeper.sock');
  const first = await KeeperClient.start({ socketPath, linesPath, clock }, signal);
  return reopening(first, () => KeeperClient.start({ socketPath, linesPath, clock }, never));
}
