import { didYouMean } from '../config/nearest.ts';
import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { blink } from '../runtime/blink.ts';
import { examineGpio } from '../runtime/doctor/gpio.ts';
import { deviceTreeCompatible, type LampName, lampNames, wiringOf } from '../runtime/wiring.ts';
import { type Command, type ExitCode, MissingError, UsageError } from './command.ts';
import { printFinding } from './findings.ts';
import { printJson, printNote } from './output.ts';

const times = 5;

export const gpio: Command = {
  name: 'gpio',
  summary: 'the board, its GPIO chips and the lines of the lamps; with --blink a try on the bench',
  options: {
    blink: { value: 'NAME', help: `switch a lamp on and off, ${times} times: ${lampNames.join(' or ')}` },
    config: { value: 'FILE', help: 'the configuration that says where the lamps are wired' },
    json: { help: 'one JSON object a line: a finding, or {lamp, place, on, readBack} for each step' },
  },
  notes: [
    '--blink moves whatever hangs on the line, a lamp or a door’s strike, and ends with it off. The device must not',
    'run meanwhile: it holds the line. Exit 0 when the line read back what it was told, 1 when not, 3 when it cannot be',
    'had. A line that reads back right and a lamp that stays dark: the wiring, or the pin’s other function (pinmux).',
  ].join('\n'),

  async run({ options, signal }) {
    const json = options.json === true;
    const name = typeof options.blink === 'string' ? lampNamed(options.blink) : undefined;
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await readConfig({ file });
    if (name !== undefined) return blinkLamp(name, config, json, signal);
    const findings = examineGpio(config, '/');
    for (const finding of findings) printFinding(finding, json);
    return findings.some(({ state }) => state === 'fault') ? 3 : 0;
  },
};

function lampNamed(text: string): LampName {
  const name = lampNames.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  const hint = didYouMean(text, [...lampNames]);
  throw new UsageError(`there is no lamp '${text}'${hint}; there are: ${lampNames.join(', ')}`);
}

async function blinkLamp(
  name: LampName,
  config: VigilConfig,
  json: boolean,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { board, lamps } = wiringOf(config, deviceTreeCompatible());
  const line = lamps.get(name);
  if (line === undefined) {
    throw new MissingError(
      `the ${name} lamp has no line on this machine: name the board (board.name) or the line ` +
        `(output.${name}.line = "LABEL:OFFSET"); vigil doctor gpio shows the chips`,
    );
  }
  const { place } = line;
  printNote(`${name} lamp: ${place}, on and off ${times} times`);
  let wrong = 0;
  for await (const { on, readBack } of blink(line, times, signal)) {
    if (readBack !== on) wrong++;
    if (json) printJson({ lamp: name, place, on, readBack });
  }
  const note = board?.note === undefined ? '' : ` (${board.note})`;
  printNote(
    wrong === 0
      ? `the line did what it was told each time. Lamp dark all the same? Check its wiring${note}`
      : `the line read back wrong ${wrong} times of ${2 * times}: something else drives it, or it is shorted`,
  );
  return wrong === 0 ? 0 : 1;
}
