import { HalError } from '../../../hal/contract/errors.ts';
import type { LineUsage } from '../../../hal/linux/gpio-abi.ts';
import { gpioPermissionHint } from '../../../hal/linux/gpio-error.ts';
import { type GpioKernel, linuxGpio } from '../../../hal/linux/gpio-kernel.ts';
import { type GpioChip, listGpioChips, usageOf } from '../../../hal/linux/gpiochip.ts';
import type { VigilConfig } from '../../config/schema.ts';
import { deviceTreeCompatible, inputsOf, type WiredLine, type Wiring, wiringOf } from '../wiring.ts';
import type { Finding } from './finding.ts';

/** The board, its GPIO chips, and the lines that are used. No line is taken. */
export function examineGpio(
  config: VigilConfig,
  systemRoot: string,
  kernel: () => GpioKernel = linuxGpio,
): Finding[] {
  let wiring: Wiring;
  try {
    wiring = wiringOf(config, deviceTreeCompatible(systemRoot));
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    const next = 'docs/configuration.md lists the keys of [board], [output] and [outputs]';
    return [{ id: 'board', state: 'fault', label: 'board', value: error.message, next }];
  }
  let gpio: GpioKernel;
  try {
    gpio = kernel();
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    const next = 'lamps can be simulated only: board.name = "none"';
    const state = used(wiring).length === 0 ? 'warning' : 'fault';
    return [boardFinding(wiring), { id: 'gpio', state, label: 'GPIO chips', value: error.message, next }];
  }
  const { chips, errors } = listGpioChips(gpio);
  return [
    boardFinding(wiring),
    chipsFinding(chips, errors, used(wiring).length > 0),
    ...used(wiring).map((line) => lineFinding(line, gpio)),
    ...outputFindings(config, wiring),
    ...exitFindings(config),
  ];
}

function boardFinding({ board, lamps }: Wiring): Finding {
  const base = { id: 'board', label: 'board' } as const;
  if (board !== undefined && board.note === undefined) return { ...base, state: 'ok', value: board.name };
  if (board?.note !== undefined) return { ...base, state: 'warning', value: board.name, next: board.note };
  if (lamps.size > 0) return { ...base, state: 'ok', value: 'not a known one; lines are given by hand' };
  const next =
    'on a PC that is as it should be; on a board with GPIO, give output.green.line and output.red.line (LABEL:OFFSET)';
  return { ...base, state: 'warning', value: 'not a known one: the lamps are simulated', next };
}

function chipsFinding(chips: readonly GpioChip[], errors: readonly HalError[], needed: boolean): Finding {
  const base = { id: 'gpio', label: 'GPIO chips' } as const;
  const [error] = errors;
  const value = chips.map(({ label, lines, path }) => `'${label}' (${lines} lines, ${path})`).join('; ');
  if (error !== undefined) {
    const next = error.kind === 'permission' ? gpioPermissionHint : 'dmesg may say why';
    return {
      ...base,
      state: needed ? 'fault' : 'warning',
      value: error.message.split(': ', 2).join(' '),
      next,
    };
  }
  if (chips.length > 0) return { ...base, state: 'ok', value };
  if (needed) {
    const next = 'enable the GPIO driver of the board, or simulate the lamps: board.name = "none"';
    return { ...base, state: 'fault', value: 'this machine has none', next };
  }
  return { ...base, state: 'ok', value: 'none, and none is needed' };
}

/** Every line that a running device takes. */
function used({ lamps, outputs, inputs }: Wiring): WiredLine[] {
  return [...lamps.values(), ...outputs.values(), ...inputs.values()];
}

/** What each further output is without power, and whether that is what it should be when nobody commands it. */
function outputFindings({ outputs }: VigilConfig, wiring: Wiring): Finding[] {
  return Object.entries(outputs).map(([name, { kind, fails, activeLow }]) => {
    const base = { id: `output-${name}`, label: name } as const;
    const what = `${kind}, fail-${fails}: ${fails === 'safe' ? 'on' : 'off'} while the firmware does not run`;
    if (!wiring.outputs.has(name))
      return { ...base, state: 'ok', value: `${what}; not wired to this machine` };
    // Without power a pin is low, or floats.
    const rightWithoutPower = activeLow === (fails === 'safe');
    if (rightWithoutPower) return { ...base, state: 'ok', value: what };
    const level =
      fails === 'safe' ? 'low level switches it on: active_low = true' : 'high level switches it on';
    const next = `without power the pin is low and it would be ${activeLow ? 'on' : 'off'}: wire it so that a ${level}`;
    return { ...base, state: 'warning', value: what, next };
  });
}

/** A button that opens nothing would be noticed by whoever wants to leave. */
function exitFindings(config: VigilConfig): Finding[] {
  const opens = Object.values(config.outputs).some(({ onExit }) => onExit);
  if (opens || !inputsOf(config).includes('exit-button')) return [];
  const next = 'set on_exit = true for the output that opens the door';
  return [
    {
      id: 'exit',
      state: 'warning',
      label: 'exit-button',
      value: 'no output goes on when it is pressed',
      next,
    },
  ];
}

function lineFinding(line: WiredLine, gpio: GpioKernel): Finding {
  const base = { id: `line-${line.name}`, label: line.name } as const;
  let usage: LineUsage | undefined;
  try {
    usage = usageOf(gpio, line.address);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    const next = 'vigil doctor gpio lists chips and lines; board.name = "none" takes none';
    return { ...base, state: 'fault', value: `${line.place}: ${error.message}`, next };
  }
  if (usage?.used !== true) return { ...base, state: 'ok', value: `${line.place}, free` };
  const holder = usage.consumer === '' ? 'another program or driver' : `'${usage.consumer}'`;
  if (usage.consumer === 'vigil') return { ...base, state: 'ok', value: `${line.place}, held by Vigil` };
  const next = 'end what holds it, unexport it (sysfs), or take another pin';
  return { ...base, state: 'fault', value: `${line.place} is held by ${holder}`, next };
}
