import { type InputName, inputNames } from '../../machines/events.ts';
import { didYouMean } from '../config/nearest.ts';
import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { blink, levels } from '../runtime/bench-lines.ts';
import { examineGpio } from '../runtime/doctor/gpio.ts';
import { deviceTreeCompatible, lampNames, wiringOf } from '../runtime/wiring.ts';
import { type Command, type ExitCode, MissingError, UsageError } from './command.ts';
import { printFinding } from './findings.ts';
import { printJson, printLine, printNote } from './output.ts';

const times = 5;

export const gpio: Command = {
  name: 'gpio',
  summary: 'the board, its GPIO chips and the lines that are used; --blink and --watch try one on the bench',
  options: {
    blink: {
      value: 'NAME',
      help: `switch a line on and off, ${times} times: ${lampNames.join(', ')} or an output of [outputs.NAME]`,
    },
    watch: { value: 'NAME', help: `tell each change of an input, until Ctrl-C: ${inputNames.join(' or ')}` },
    config: { value: 'FILE', help: 'the configuration that says what is wired where' },
    json: { help: 'one JSON object a line: a finding, {output, place, on, readBack} or {input, place, on}' },
  },
  notes: [
    '--blink moves whatever hangs on the line, a lamp or a door’s strike, and ends with it off. The device must not',
    'run meanwhile: it holds the line. Exit 0 when the line read back what it was told, 1 when not, 3 when it cannot be',
    'had. A line that reads back right and a lamp that stays dark: the wiring, or the pin’s other function (pinmux).',
  ].join('\n'),

  async run({ options, signal }) {
    const json = options.json === true;
    const blinking = typeof options.blink === 'string' ? options.blink : undefined;
    const input = typeof options.watch === 'string' ? named('input', inputNames, options.watch) : undefined;
    if (blinking !== undefined && input !== undefined)
      throw new UsageError('--blink or --watch, one at a time');
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await readConfig({ file });
    if (blinking !== undefined) {
      const output = named('output', [...lampNames, ...Object.keys(config.outputs)], blinking);
      return blinkOutput(output, config, json, signal);
    }
    if (input !== undefined) return tellInput(input, config, json, signal);
    const findings = examineGpio(config, '/');
    for (const finding of findings) printFinding(finding, json);
    return findings.some(({ state }) => state === 'fault') ? 3 : 0;
  },
};

function named<Name extends string>(what: string, names: readonly Name[], text: string): Name {
  const name = names.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  const hint = didYouMean(text, [...names]);
  throw new UsageError(`there is no ${what} '${text}'${hint}; there are: ${names.join(', ')}`);
}

async function tellInput(
  name: InputName,
  config: VigilConfig,
  json: boolean,
  signal: AbortSignal,
): Promise<ExitCode> {
  const line = wiringOf(config, deviceTreeCompatible()).inputs.get(name);
  if (line === undefined) {
    const key = `input.${name.replace('-', '_')}`;
    throw new MissingError(`${name} is not wired: give ${key}.pin, or ${key}.line = "LABEL:OFFSET"`);
  }
  const { place } = line;
  printNote(`${name}: ${place}; Ctrl-C ends`);
  for await (const on of levels(line, signal)) {
    if (json) printJson({ input: name, place, on });
    else printLine(on ? 'on' : 'off');
  }
  return 0;
}

async function blinkOutput(
  name: string,
  config: VigilConfig,
  json: boolean,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { board, lamps, outputs } = wiringOf(config, deviceTreeCompatible());
  const lamp = lampNames.find((candidate) => candidate === name);
  const line = lamp === undefined ? outputs.get(name) : lamps.get(lamp);
  if (line === undefined) {
    const key = lamp === undefined ? `outputs.${name}` : `output.${name}`;
    throw new MissingError(
      `${name} has no line on this machine: name the board (board.name) or the line ` +
        `(${key}.line = "LABEL:OFFSET"); vigil doctor gpio shows the chips`,
    );
  }
  const { place } = line;
  printNote(`${name}: ${place}, on and off ${times} times`);
  let wrong = 0;
  for await (const { on, readBack } of blink(line, times, signal)) {
    if (readBack !== on) wrong++;
    if (json) printJson({ output: name, place, on, readBack });
  }
  const note = board?.note === undefined ? '' : ` (${board.note})`;
  printNote(
    wrong === 0
      ? `the line did what it was told each time. Nothing happens all the same? Check its wiring${note}`
      : `the line read back wrong ${wrong} times of ${2 * times}: something else drives it, or it is shorted`,
  );
  return wrong === 0 ? 0 : 1;
}
