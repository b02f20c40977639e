import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
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
  let next: Promise<LineKeeper> | undefined = Promise.resolve(first);
  return new ReopeningKeeper(() => {
    const opened = next ?? KeeperClient.start({ socketPath, linesPath, clock }, never);
    next = undefined;
    return opened;
  });
}
