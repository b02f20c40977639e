import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { boardById, boardIds, boardOfCompatible, boards, lineOfPin, parseLine } from '../../hal/boards.ts';
import { HalError } from '../../hal/contract/errors.ts';

describe('every board', () => {
  for (const board of boards) {
    test(`${board.name}: no two pins, by either number, are one line`, () => {
      for (const key of ['board', 'bcm', 'offset'] as const) {
        const values = board.pins.map((pin) => pin[key]);
        expect(new Set(values).size).toBe(values.length);
      }
    });

    test(`${board.name}: its pins are places of the header, and both numbers of a pin are one line`, () => {
      for (const { board: pin, bcm, offset } of board.pins) {
        expect(pin >= 1 && pin <= 40 && bcm >= 2 && bcm <= 27 && offset >= 0).toBe(true);
        // Power and ground, the same on every header of this kind.
        expect([1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39]).not.toContain(pin);
        expect(lineOfPin(board, 'lamp', 'board', pin)).toEqual(lineOfPin(board, 'lamp', 'bcm', bcm));
      }
    });

    test(`${board.name}: a pin without a line is refused, and the pins with one are named`, () => {
      expect(() => lineOfPin(board, 'green', 'board', 6)).toThrow(
        /green: .* has no line on pin 6; lines are on .*7,/,
      );
      expect(() => lineOfPin(board, 'green', 'bcm', 40)).toThrow(HalError);
    });
  }

  test('has the default pins of both lamps', () => {
    for (const board of boards) {
      expect(lineOfPin(board, 'red', 'board', 7).offset).not.toBe(
        lineOfPin(board, 'green', 'board', 11).offset,
      );
    }
  });

  test('has a name of its own and device trees of its own', () => {
    const entries = boards.flatMap((board) => board.compatible);
    expect(new Set(entries).size).toBe(entries.length);
    expect(boards.map((board) => board.id)).toEqual([...boardIds]);
  });
});

describe('the lines of well-known pins', () => {
  const known: ReadonlyArray<readonly [(typeof boardIds)[number], number, string, number]> = [
    ['jetson-nano', 7, 'tegra-gpio', 216],
    ['jetson-nano', 11, 'tegra-gpio', 50],
    ['jetson-nano', 40, 'tegra-gpio', 78],
    ['jetson-orin-nano', 7, 'tegra234-gpio', 144],
    ['jetson-orin-nx', 11, 'tegra234-gpio', 112],
    ['raspberry-pi-3', 7, 'pinctrl-bcm2835', 4],
    ['raspberry-pi-4', 11, 'pinctrl-bcm2711', 17],
    ['raspberry-pi-5', 40, 'pinctrl-rp1', 21],
  ];
  for (const [id, pin, chip, offset] of known) {
    test(`${id}, pin ${pin}`, () => {
      expect(lineOfPin(boardById(id), 'lamp', 'board', pin)).toEqual({ chip, offset });
    });
  }
});

describe('the board is found in the device tree', () => {
  test('whatever else its list says', () => {
    const list = (...entries: string[]) => `${entries.join('\0')}\0`;
    const nano = list('nvidia,p3450-0000', 'nvidia,tegra210');
    expect(boardOfCompatible(nano)?.id).toBe('jetson-nano');
    const orin = list('nvidia,p3768-0000+p3767-0005-super', 'nvidia,p3767-0005', 'nvidia,tegra234');
    expect(boardOfCompatible(orin)?.id).toBe('jetson-orin-nano');
    expect(boardOfCompatible(list('raspberrypi,4-model-b', 'brcm,bcm2711'))?.id).toBe('raspberry-pi-4');
  });

  test('and no other board is taken for one', () => {
    for (const text of [
      '',
      'linux,dummy-virt\0',
      'nvidia,p2972-0000\0nvidia,tegra194\0',
      'raspberrypi,4-model-bx\0',
    ]) {
      expect(boardOfCompatible(text)).toBeUndefined();
    }
  });
});

describe('a line by hand', () => {
  test('is a label and an offset, and the label may have colons', () => {
    expect(parseLine('tegra-gpio:50')).toEqual({ chip: 'tegra-gpio', offset: 50 });
    expect(parseLine('INT34C5:00:7')).toEqual({ chip: 'INT34C5:00', offset: 7 });
    for (const text of ['50', 'tegra-gpio', 'tegra-gpio:', ':50', 'tegra-gpio:-1', 'tegra-gpio:0x10']) {
      expect(parseLine(text)).toBeUndefined();
    }
  });

  test('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(99_999), (chip, offset) => {
        fc.pre(!/[\n\r\u2028\u2029]/.test(chip));
        expect(parseLine(`${chip}:${offset}`)).toEqual({ chip, offset });
      }),
    );
  });
});
