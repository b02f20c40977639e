import { describe, expect, test } from 'bun:test';
import { boardIds } from '../../hal/boards.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { parseConfig } from '../../src/config/read.ts';
import { configSchema } from '../../src/config/schema.ts';
import { linesFileOf } from '../../src/runtime/lines.ts';
import { wiringOf } from '../../src/runtime/wiring.ts';

const nano = 'nvidia,p3450-0000\0nvidia,tegra210\0';

function wired(toml: string, compatible?: string) {
  const { config } = parseConfig(toml, undefined);
  const wiring = wiringOf(config, compatible);
  return {
    config,
    wiring,
    ...wiring,
    places: [...wiring.lamps.values()].map(({ name, place }) => `${name}: ${place}`),
  };
}

function refusal(toml: string, compatible?: string): string {
  try {
    wired(toml, compatible);
  } catch (error) {
    if (error instanceof HalError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return 'wired';
}

describe('where the lamps are', () => {
  test('on a Jetson Nano, without any configuration: red on pin 7, green on pin 11', () => {
    const { board, places } = wired('', nano);
    expect(board?.name).toBe('Jetson Nano');
    expect(places).toEqual(['green: pin 11 (tegra-gpio:50)', 'red: pin 7 (tegra-gpio:216)']);
  });

  test('nowhere on a PC, on a board nobody knows, and where none is wanted: they are simulated', () => {
    expect(wired('').places).toEqual([]);
    expect(wired('', 'linux,dummy-virt\0').places).toEqual([]);
    expect(wired('[board]\nname = "none"', nano).places).toEqual([]);
    expect(wired('[output.red]\nenabled = false', nano).places).toEqual(['green: pin 11 (tegra-gpio:50)']);
  });

  test('by Broadcom number, by hand, and on a board that is named', () => {
    expect(wired('[output.green]\nbcm = 27\n[output.red]\nline = "max77620-gpio:3"', nano).places).toEqual([
      'green: BCM 27 (tegra-gpio:14)',
      'red: max77620-gpio:3',
    ]);
    expect(wired('[board]\nname = "raspberry-pi-4"').places[0]).toBe('green: pin 11 (pinctrl-bcm2711:17)');
    const byHand = wired('[output.green]\nline = "INT34C5:00:7"\nactive_low = true').lamps.get('green');
    expect(byHand).toMatchObject({ address: { chip: 'INT34C5:00', offset: 7 }, activeLow: true });
  });

  test('a line that is a file is no pin', () => {
    expect(wired('[output.green]\nfile = "/tmp/green"', nano).places).toEqual([
      'red: pin 7 (tegra-gpio:216)',
    ]);
  });
});

test('a button and a contact are wired only when a pin is given, and are on at a low level', () => {
  expect(wired('', nano).inputs.size).toBe(0);
  const { inputs } = wired('[input.door_contact]\npin = 13', nano);
  expect([...inputs.values()]).toEqual([
    {
      ...{ name: 'door-contact', address: { chip: 'tegra-gpio', offset: 14 }, activeLow: true },
      place: 'pin 13 (tegra-gpio:14)',
    },
  ]);
});

describe('a wiring that cannot be', () => {
  test('a pin that is power or ground names the pins there are', () => {
    expect(refusal('[output.green]\npin = 6', nano)).toMatch(
      /^invalid-argument: green: Jetson Nano has no line on pin 6; lines are on 7, 11/,
    );
  });

  test('two lamps on one line, however they are written', () => {
    expect(refusal('[output.red]\nline = "tegra-gpio:50"', nano)).toContain(
      'green: is on pin 11 (tegra-gpio:50), and so is red',
    );
  });

  test('a button on a lamp’s line, and a button on a pin of no known board', () => {
    expect(refusal('[input.exit_button]\npin = 7', nano)).toContain('and so is exit-button');
    expect(refusal('[input.exit_button]\npin = 13')).toContain('give its line, or name the board');
    expect(refusal('[input.exit_button]\npin = 13', nano)).toBe('wired');
  });

  test('a generic board without its lines says which key is missing', () => {
    expect(refusal('[board]\nname = "generic"')).toContain('so output.green.line must name its line');
    const lines = '[output.green]\nline = "a:1"\n[output.red]\nline = "a:2"';
    expect(refusal(`[board]\nname = "generic"\n${lines}`, nano)).toBe('wired');
  });
});

test('a further output is wired to a pin of its own, or it is refused with the key that is missing', () => {
  expect(wired('[outputs.gate]\npin = 13', nano).outputs.get('gate')?.place).toBe('pin 13 (tegra-gpio:14)');
  expect(wired('[outputs.gate]\npin = 13').outputs.size).toBe(0);
  expect(refusal('[outputs.gate]\nfails = "safe"', nano)).toContain('give outputs.gate.pin, or a file');
  expect(refusal('[outputs.gate]\npin = 11', nano)).toContain('and so is gate');
  const generic = '[board]\nname = "generic"\n[output.green]\nline = "a:1"\n[output.red]\nline = "a:2"\n';
  expect(refusal(`${generic}[outputs.gate]\npin = 13`)).toContain('give outputs.gate.line');
});

test('the configuration knows the boards that the tables know', () => {
  const names = configSchema.shape.board.unwrap().shape.name.unwrap().options;
  expect(names).toEqual(['auto', 'none', 'generic', ...boardIds]);
});

test('the keeper is told the chip by its label, the offset and the polarity, and the bound', () => {
  const { config, wiring } = wired(
    '[output.green]\nactive_low = true\nmax_on_ms = 3000\n' +
      '[outputs.gate]\npin = 13\nfails = "safe"\nrearm_ms = 900\n[outputs.bell]\nfile = "/tmp/bell"\ninterlock_group = 2',
    nano,
  );
  expect(linesFileOf(config, wiring)).toEqual({
    lines: [
      {
        ...{ name: 'green', safeOn: false, maxOnMs: 3000, rearmMs: 500 },
        output: { kind: 'gpio', chip: 'tegra-gpio', offset: 50, activeLow: true },
      },
      {
        ...{ name: 'gate', safeOn: false, lostOn: true, maxOnMs: 5000, rearmMs: 900 },
        output: { kind: 'gpio', chip: 'tegra-gpio', offset: 14, activeLow: false },
      },
      {
        ...{ name: 'bell', safeOn: false, maxOnMs: 5000, rearmMs: 500, interlock: '2' },
        output: { kind: 'file', path: '/tmp/bell', edgesPath: '/tmp/bell.edges' },
      },
    ],
  });
  const simulated = wired('[outputs.gate]\npin = 13');
  expect(linesFileOf(simulated.config, simulated.wiring)).toBeUndefined();
});
