import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Board, boardById, boardOfCompatible, lineOfPin, parseLine } from '../../hal/boards.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { LineAddress } from '../../hal/contract/gpio.ts';
import type { VigilConfig } from '../config/schema.ts';

/** A line of a real GPIO chip, and how a person finds it. */
export interface WiredLine {
  readonly name: LampName;
  readonly address: LineAddress;
  /** `on` is a low level on the wire. */
  readonly activeLow: boolean;
  /** `pin 11 (tegra-gpio:50)`. */
  readonly place: string;
}

export const lampNames = ['green', 'red'] as const;
export type LampName = (typeof lampNames)[number];

/** Which board this is, and which of its lines are used. */
export interface Wiring {
  /** Undefined on a machine that is no board, or none that is known. */
  readonly board: Board | undefined;
  /** The lamps that have a real line; the others are simulated, or a file. */
  readonly lamps: ReadonlyMap<LampName, WiredLine>;
}

type OutputPins = Pick<VigilConfig['output']['red'], 'pin' | 'bcm' | 'line' | 'activeLow'>;

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
 * and for two lamps on one line.
 */
export function wiringOf(config: VigilConfig, compatible: string | undefined): Wiring {
  const { name } = config.board;
  if (name === 'none') return { board: undefined, lamps: new Map() };
  const board =
    name === 'auto' ? boardOfCompatible(compatible ?? '') : name === 'generic' ? undefined : boardById(name);
  const lamps = new Map<LampName, WiredLine>();
  const { green, red } = config.output;
  const wanted: [LampName, OutputPins][] = [
    ...(green.file === undefined ? [['green', green] satisfies [LampName, OutputPins]] : []),
    ...(red.enabled ? [['red', red] satisfies [LampName, OutputPins]] : []),
  ];
  for (const [lamp, pins] of wanted) {
    const line = wiredLine(lamp, pins, board);
    if (line !== undefined) lamps.set(lamp, line);
    else if (name === 'generic') {
      const what = `board.name is "generic", so output.${lamp}.line must name its line, as in "gpiochip-label:4"`;
      throw new HalError('invalid-argument', lamp, what);
    }
  }
  checkApart(lamps);
  return { board, lamps };
}

/** Undefined where neither a line nor a board is known. */
function wiredLine(name: LampName, pins: OutputPins, board: Board | undefined): WiredLine | undefined {
  const { pin, bcm, line, activeLow } = pins;
  if (line !== undefined) {
    const address = parseLine(line);
    if (address === undefined) throw new HalError('invalid-argument', name, `'${line}' is no LABEL:OFFSET`);
    return { name, address, activeLow, place: line };
  }
  if (board === undefined) return undefined;
  const address =
    bcm === undefined ? lineOfPin(board, name, 'board', pin) : lineOfPin(board, name, 'bcm', bcm);
  const word = bcm === undefined ? `pin ${pin}` : `BCM ${bcm}`;
  return { name, address, activeLow, place: `${word} (${address.chip}:${address.offset})` };
}

function checkApart(lamps: ReadonlyMap<LampName, WiredLine>): void {
  const [green, red] = [lamps.get('green'), lamps.get('red')];
  if (green === undefined || red === undefined) return;
  if (green.address.chip !== red.address.chip || green.address.offset !== red.address.offset) return;
  const what = `is on ${green.place}, and so is the red lamp: give one of them another pin`;
  throw new HalError('invalid-argument', 'green', what);
}
