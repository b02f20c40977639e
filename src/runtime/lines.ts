import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { ActuatorLine, LineKeeper } from '../../hal/contract/keeper.ts';
import { KeeperClient } from '../../hal/keeper/client.ts';
import type { LineOutput, LinesFile } from '../../hal/keeper/lines-file.ts';
import type { VigilConfig } from '../config/schema.ts';
import { greenLine, outputLines } from './output-lines.ts';
import { ReopeningKeeper } from './reopening-keeper.ts';
import type { WiredLine, Wiring } from './wiring.ts';

/** A connection that is made again belongs to no call that could be given up. */
const never = new AbortController().signal;

/**
 * What a keeper process is started with; undefined where no line is real. A line that is neither wired nor a file is
 * simulated beside them.
 */
export function linesFileOf(config: VigilConfig, wiring: Wiring): LinesFile | undefined {
  const lines = outputLines(config).map(({ line, file }) => {
    const wired = line.name === greenLine ? wiring.lamps.get(greenLine) : wiring.outputs.get(line.name);
    return { ...line, output: lineOutput(file, wired) };
  });
  return lines.some(({ output }) => output.kind !== 'none') ? { lines } : undefined;
}

function lineOutput(file: string | undefined, wired: WiredLine | undefined): LineOutput {
  if (file !== undefined) return { kind: 'file', path: file, edgesPath: `${file}.edges` };
  if (wired === undefined) return { kind: 'none' };
  return { kind: 'gpio', ...wired.address, activeLow: wired.activeLow };
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
  const connect = async (onLost: () => void, given: AbortSignal) => {
    const client = await KeeperClient.connect({ socketPath, clock, onLost }, given);
    if (Bun.deepEquals([...client.lines], [...lines])) return client;
    await client.close();
    const what =
      'holds other lines, or other bounds, than the configuration says: sudo systemctl restart vigil-keeper';
    throw new HalError('invalid-argument', 'line keeper', what);
  };
  return reopening(lines, clock, signal, connect);
}

/** Opens it once, and again whenever it was lost. */
async function reopening(
  lines: readonly ActuatorLine[],
  clock: Clock,
  signal: AbortSignal,
  open: (onLost: () => void, given: AbortSignal) => Promise<LineKeeper>,
): Promise<LineKeeper> {
  let given = signal;
  const keeper = new ReopeningKeeper(
    (onLost) => open(onLost, given),
    clock,
    lines.some(({ safeOn, lostOn = safeOn }) => lostOn !== safeOn),
  );
  await keeper.connect();
  given = never;
  return keeper;
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
  return reopening(lines.lines, clock, signal, (onLost, given) =>
    KeeperClient.start({ socketPath, linesPath, clock, onLost }, given),
  );
}
