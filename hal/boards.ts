import { HalError } from './contract/errors.ts';
import type { LineAddress } from './contract/gpio.ts';

/** One pin of the 40-pin header that can be a line. */
export interface HeaderPin {
  /** The pin's place on the header, 1 to 40. */
  readonly board: number;
  /** Its Broadcom number, by which a Raspberry Pi names it, and a Jetson in the same place. */
  readonly bcm: number;
  readonly offset: number;
}

export interface Board {
  readonly id: BoardId;
  readonly name: string;
  /** The label of the chip that has all pins of the header. */
  readonly chip: string;
  /** Entries of the device tree's `compatible`, any of which means this board. */
  readonly compatible: readonly string[];
  readonly pins: readonly HeaderPin[];
  /** What somebody must know before a pin works. */
  readonly note?: string;
}

export const boardIds = [
  'jetson-nano',
  'jetson-orin-nano',
  'jetson-orin-nx',
  'raspberry-pi-3',
  'raspberry-pi-4',
  'raspberry-pi-5',
] as const;

export type BoardId = (typeof boardIds)[number];

type ByBoardPin = Readonly<Record<number, number>>;

/**
 * The header pins that can be lines, board number to Broadcom number: the layout of the Raspberry Pi's header since
 * the B+, which the Jetson boards took over. Missing are power and ground, the pins of the HAT's memory (27, 28) and,
 * on Jetsons, I2C and the serial console (3, 5, 8, 10).
 */
const bcmByBoard: ByBoardPin = {
  ...{ 3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9 },
  ...{ 22: 25, 23: 11, 24: 8, 26: 7, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21 },
};

/**
 * Line offsets of the chip `tegra-gpio` by board pin: the facts of NVIDIA's Jetson.GPIO, gpio_pin_data.py,
 * JETSON_NANO. Port letters times 8 plus the bit (PBB.0 is 216, PG.2 is 50).
 */
const nanoOffsets: ByBoardPin = {
  ...{ 7: 216, 11: 50, 12: 79, 13: 14, 15: 194, 16: 232, 18: 15, 19: 16, 21: 17, 22: 13, 23: 18 },
  ...{ 24: 19, 26: 20, 29: 149, 31: 200, 32: 168, 33: 38, 35: 76, 36: 51, 37: 12, 38: 77, 40: 78 },
};

/** The same of `tegra234-gpio`: JETSON_ORIN_NX, which is JETSON_ORIN_NANO too. */
const orinOffsets: ByBoardPin = {
  ...{ 7: 144, 11: 112, 12: 50, 13: 122, 15: 85, 16: 126, 18: 125, 19: 135, 21: 134, 22: 123, 23: 133 },
  ...{ 24: 136, 26: 137, 29: 105, 31: 106, 32: 41, 33: 43, 35: 53, 36: 113, 37: 124, 38: 52, 40: 51 },
};

const orinNote =
  'JetPack 6 does not switch a pin to GPIO by itself: set its pinmux in the device tree first, or a lamp stays dark ' +
  'although every call succeeds';

/** On a Raspberry Pi a line's offset is its Broadcom number. */
const piPins: readonly HeaderPin[] = pinsOf(bcmByBoard);

/** Module and carrier of an Orin developer kit; `-super` is the same board in its faster power mode. */
function orin(carriers: readonly string[], modules: readonly string[]): string[] {
  return carriers.flatMap((carrier) =>
    modules.flatMap((module) => ['', '-super'].map((mode) => `nvidia,${carrier}+${module}${mode}`)),
  );
}

const orinCarriers = ['p3768-0000', 'p3509-0000'];

/** The boards that are known by name. Compatible entries of Raspberry Pis: their device trees in Linux. */
export const boards: readonly Board[] = [
  {
    id: 'jetson-nano',
    name: 'Jetson Nano',
    chip: 'tegra-gpio',
    compatible: ['nvidia,p3450-0000', 'nvidia,p3450-0002', 'nvidia,jetson-nano'],
    pins: pinsOf(nanoOffsets),
  },
  {
    id: 'jetson-orin-nano',
    name: 'Jetson Orin Nano',
    chip: 'tegra234-gpio',
    compatible: orin(orinCarriers, ['p3767-0003', 'p3767-0004', 'p3767-0005']),
    pins: pinsOf(orinOffsets),
    note: orinNote,
  },
  {
    id: 'jetson-orin-nx',
    name: 'Jetson Orin NX',
    chip: 'tegra234-gpio',
    compatible: orin(orinCarriers, ['p3767-0000', 'p3767-0001']),
    pins: pinsOf(orinOffsets),
    note: orinNote,
  },
  {
    id: 'raspberry-pi-3',
    name: 'Raspberry Pi 3',
    chip: 'pinctrl-bcm2835',
    compatible: ['3-model-b', '3-model-b-plus', '3-model-a-plus'].map((model) => `raspberrypi,${model}`),
    pins: piPins,
  },
  {
    id: 'raspberry-pi-4',
    name: 'Raspberry Pi 4',
    chip: 'pinctrl-bcm2711',
    compatible: ['4-model-b', '400'].map((model) => `raspberrypi,${model}`),
    pins: piPins,
  },
  {
    id: 'raspberry-pi-5',
    name: 'Raspberry Pi 5',
    chip: 'pinctrl-rp1',
    compatible: ['5-model-b', '500'].map((model) => `raspberrypi,${model}`),
    pins: piPins,
  },
];

/** The board that a device tree's `compatible` names, a list of texts each ended by a zero. */
export function boardOfCompatible(compatible: string): Board | undefined {
  const entries = new Set(compatible.split('\0'));
  return boards.find((board) => board.compatible.some((entry) => entries.has(entry)));
}

export function boardById(id: BoardId): Board {
  const board = boards.find((candidate) => candidate.id === id);
  if (board === undefined) throw new Error(`no board has the id ${id}`);
  return board;
}

/**
 * The line of a header pin, by its board number or its Broadcom number. Throws HalError `invalid-argument` that
 * names the pins there are; `name` is what is wired to it.
 */
export function lineOfPin(board: Board, name: string, by: 'board' | 'bcm', pin: number): LineAddress {
  const found = board.pins.find((candidate) => candidate[by] === pin);
  if (found !== undefined) return { chip: board.chip, offset: found.offset };
  const known = board.pins.map((candidate) => candidate[by]).sort((one, other) => one - other);
  const word = by === 'board' ? 'pin' : 'BCM';
  const message = `${board.name} has no line on ${word} ${pin}; lines are on ${known.join(', ')}`;
  throw new HalError('invalid-argument', name, message);
}

/** A line written as `LABEL:OFFSET`, as in `tegra-gpio:50`; undefined for any other text. A label may have colons. */
export function parseLine(text: string): LineAddress | undefined {
  const parts = /^(.+):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const [, chip = '', offset] = parts;
  return { chip, offset: Number(offset) };
}

/** The header pins whose line is known. */
function pinsOf(offsets: ByBoardPin): readonly HeaderPin[] {
  return Object.entries(bcmByBoard).flatMap(([text, bcm]) => {
    const board = Number(text);
    const offset = offsets[board];
    return offset === undefined ? [] : [{ board, bcm, offset }];
  });
}
