import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Board, boardById, boardOfCompatible, lineOfPin, parseLine } from '../../hal/boards.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { LineAddress } from '../../hal/contract/gpio.ts';
import type { InputName } from '../../machines/events.ts';
import type { VigilConfig } from '../config/schema.ts';

export const lampNames = ['green', 'red'] as const;
export type LampName = (typeof lampNames)[number];

/** A line of a real GPIO chip, and how a person finds it. */
export interface WiredLine<Name extends string = string> {
  readonly name: Name;
  readonly address: LineAddress;
  /** `on` is a low level on the wire. */
  readonly activeLow: boolean;
  /** `pin 11 (tegra-gpio:50)`. */
  readonly place: string;
}

/** Which board this is, and which of its lines are used. */
export interface Wiring {
  /** Undefined on a machine that is no board, or none that is known. */
  readonly board: Board | undefined;
  /** The lamps that have a real line; the others are simulated, or a file. */
  readonly lamps: ReadonlyMap<LampName, WiredLine<LampName>>;
  /** The further outputs that have one; the same of the others. */
  readonly outputs: ReadonlyMap<string, WiredLine>;
  readonly inputs: ReadonlyMap<InputName, WiredLine<InputName>>;
}

type Pins = VigilConfig['input']['exitButton'];

/** The device tree's list of what this machine is; undefined where there is no device tree, as on a PC. */
export function deviceTreeCompatible(systemRoot = '/'): string | undefined {
  try {
    return readFileSync(join(systemRoot, 'proc/device-tree/compatible'), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * The lines that the configuration means on this machine. `compatible` is the device tree's. No line is touched.
 * Throws HalError `invalid-argument` for a pin that the board lacks, a board without pins whose lines are not given,
 * and for two things on one line.
 */
export function wiringOf(config: VigilConfig, compatible: string | undefined): Wiring {
  const { name } = config.board;
  if (name === 'none') return { board: undefined, lamps: new Map(), outputs: new Map(), inputs: new Map() };
  const board =
    name === 'auto' ? boardOfCompatible(compatible ?? '') : name === 'generic' ? undefined : boardById(name);
  const { green, red } = config.output;
  const { exitButton, doorContact } = config.input;
  const lamps = wiredLines(board, {
    green: green.file === undefined ? green : null,
    red: red.enabled ? red : null,
  });
  const outputs = wiredLines(
    board,
    Object.fromEntries(
      Object.entries(config.outputs).map(([name, output]) => [
        name,
        output.file === undefined && isWired(output) ? output : null,
      ]),
    ),
  );
  const inputs = wiredLines(board, {
    'exit-button': isWired(exitButton) ? exitButton : null,
    'door-contact': isWired(doorContact) ? doorContact : null,
  });
  if (name === 'generic') {
    const [lamp] = lamps.unknown;
    if (lamp !== undefined) {
      const what = `board.name is "generic", so output.${lamp}.line must name its line, as in "gpiochip-label:4"`;
      throw new HalError('invalid-argument', lamp, what);
    }
  }
  if (board !== undefined || name === 'generic') {
    for (const [output, { file }] of Object.entries(config.outputs)) {
      if (file !== undefined || outputs.lines.has(output)) continue;
      const key = board === undefined ? 'line' : 'pin';
      const what = `is wired nowhere: give outputs.${output}.${key}, or a file in its place`;
      throw new HalError('invalid-argument', output, what);
    }
  }
  const [input] = inputs.unknown;
  if (input !== undefined) {
    const what =
      'has a pin, but this is no board whose pins are known: give its line, or name the board (board.name)';
    throw new HalError('invalid-argument', input, what);
  }
  checkApart([...lamps.lines.values(), ...outputs.lines.values(), ...inputs.lines.values()]);
  return { board, lamps: lamps.lines, outputs: outputs.lines, inputs: inputs.lines };
}

/** The inputs that the configuration has, on whatever machine. */
export function inputsOf({ input: { exitButton, doorContact } }: VigilConfig): InputName[] {
  return [
    ...(isWired(exitButton) ? (['exit-button'] as const) : []),
    ...(isWired(doorContact) ? (['door-contact'] as const) : []),
  ];
}

function isWired({ pin, bcm, line }: Pins): boolean {
  return pin !== undefined || bcm !== undefined || line !== undefined;
}

/** The lines of what has pins, by name; `unknown` are those that have a pin of a board that is not known. */
function wiredLines<Name extends string>(
  board: Board | undefined,
  wanted: Readonly<Record<Name, Pins | null>>,
): { lines: Map<Name, WiredLine<Name>>; unknown: Name[] } {
  const lines = new Map<Name, WiredLine<Name>>();
  const unknown: Name[] = [];
  for (const name in wanted) {
    const pins = wanted[name];
    if (pins === null) continue;
    const line = placeOf(name, pins, board);
    if (line === undefined) unknown.push(name);
    else lines.set(name, { name, activeLow: pins.activeLow, ...line });
  }
  return { lines, unknown };
}

/** Undefined where neither a line nor a board is known. */
function placeOf(
  name: string,
  { pin, bcm, line }: Pins,
  board: Board | undefined,
): Pick<WiredLine, 'address' | 'place'> | undefined {
  if (line !== undefined) {
    const address = parseLine(line);
    if (address === undefined) throw new HalError('invalid-argument', name, `'${line}' is no LABEL:OFFSET`);
    return { address, place: line };
  }
  const number = bcm ?? pin;
  if (board === undefined || number === undefined) return undefined;
  const address = lineOfPin(board, name, bcm === undefined ? 'board' : 'bcm', number);
  const word = bcm === undefined ? 'pin' : 'BCM';
  return { address, place: `${word} ${number} (${address.chip}:${address.offset})` };
}

function checkApart(lines: readonly WiredLine[]): void {
  const byAddress = new Map<string, WiredLine>();
  for (const line of lines) {
    const address = `${line.address.chip}:${line.address.offset}`;
    const other = byAddress.get(address);
    byAddress.set(address, line);
    if (other === undefined) continue;
    const what = `is on ${other.place}, and so is ${line.name}: give one of them another pin`;
    throw new HalError('invalid-argument', other.name, what);
  }
}
