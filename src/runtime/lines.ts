import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { ActuatorLine, LineKeeper } from '../../hal/contract/keeper.ts';
import { KeeperClient } from '../../hal/keeper/client.ts';
import type { LineOutput, LinesFile } from '../../hal/keeper/lines-file.ts';
import type { OutputCause, OutputSpec } from '../../machines/outputs.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { RuledActuator } from '../trace/rules.ts';
import { ReopeningKeeper } from './reopening-keeper.ts';
import type { WiredLine, Wiring } from './wiring.ts';

/** A connection that is made again belongs to no call that could be given up. */
const never = new AbortController().signal;

/** The name of the lamp's line. */
export const greenLine = 'green';
/** The lamp in a trace, whatever it is wired to. A further output has its own name there. */
const lampInTrace = 'output';

/** An actuator line, and what it is switched for. */
export interface OutputLine {
  readonly line: ActuatorLine;
  readonly spec: OutputSpec;
  /** A file that stands for it. */
  readonly file: string | undefined;
}

/** Every output of the configuration that is held under a grant, the lamp first. */
export function outputLines({ output: { green }, outputs }: VigilConfig): [OutputLine, ...OutputLine[]] {
  const lamp: OutputLine = {
    line: { name: greenLine, safeOn: false, maxOnMs: green.maxOnMs, rearmMs: green.rearmMs },
    spec: {
      device: lampInTrace,
      holdMs: green.holdMs,
      rearmMs: green.rearmMs,
      prolongs: true,
      causes: ['granted'],
      endsWhenOpened: false,
    },
    file: green.file,
  };
  const further = Object.entries(outputs).map(([name, output]): OutputLine => {
    const { holdMs, maxOnMs, rearmMs, mode, fails, interlockGroup, endsWhenOpened, file } = output;
    return {
      line: {
        name,
        safeOn: false,
        maxOnMs,
        rearmMs,
        ...(fails === 'safe' ? { lostOn: true } : {}),
        ...(interlockGroup === undefined ? {} : { interlock: String(interlockGroup) }),
      },
      spec: {
        device: name,
        holdMs,
        rearmMs,
        prolongs: mode === 'hold',
        causes: causesOf(output),
        endsWhenOpened,
      },
      file,
    };
  });
  return [lamp, ...further];
}

type CauseKey = Extract<keyof VigilConfig['outputs'][string], `on${string}`>;

const causes: Readonly<Record<CauseKey, OutputCause>> = {
  onGranted: 'granted',
  onRefused: 'refused',
  onUnknown: 'unknown',
  onExit: 'exit',
  onForced: 'forced',
  onHeldOpen: 'held-open',
};
const causeKeys = Object.keys(causes) as readonly CauseKey[];

function causesOf(output: VigilConfig['outputs'][string]): OutputCause[] {
  return causeKeys.filter((key) => output[key]).map((key) => causes[key]);
}

/** The event by which each cause is known in a trace. */
const eventOfCause: Readonly<Record<OutputCause, string>> = {
  granted: 'ACCESS.GRANTED',
  refused: 'ACCESS.REFUSED',
  unknown: 'ACCESS.REFUSED',
  exit: 'EXIT.REQUESTED',
  forced: 'DOOR.FORCED',
  'held-open': 'DOOR.HELD_OPEN',
};

/** The actuator lines of the configuration. */
export function actuatorLines(config: VigilConfig): ActuatorLine[] {
  return outputLines(config).map(({ line }) => line);
}

/** The names that the trace has for them, the lamp's first. */
export function outputDevices(config: VigilConfig): string[] {
  return outputLines(config).map(({ spec }) => spec.device);
}

/** The actuator lines as the rules over the trace know them. */
export function ruledActuators(config: VigilConfig): RuledActuator[] {
  return outputLines(config).map(({ spec: { device, causes }, line: { maxOnMs, interlock } }) => ({
    device,
    maxOnMs,
    causes: causes.map((cause) => eventOfCause[cause]),
    ...(interlock === undefined ? {} : { interlock }),
  }));
}

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
