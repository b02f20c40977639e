import { examine } from '../runtime/doctor/doctor.ts';
import type { Command } from './command.ts';
import { gpio } from './doctor-gpio.ts';
import { printFinding } from './findings.ts';
import { printLine } from './output.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'what is here, what is missing, what to do',
  options: {
    config: { value: 'FILE', help: 'the configuration to look at' },
    state: { value: 'DIR', help: 'where the device keeps its state' },
    json: { help: 'one JSON object a line' },
  },
  notes: [
    'Prints {id, state, label, value, next} for each thing; state is ok, warning (runs, with less) or fault.',
    'Starts no camera and takes no line. Exit 3 when there is a fault.',
  ].join('\n'),
  parts: [gpio],

  async run({ options, signal }) {
    const counts = { ok: 0, warning: 0, fault: 0 };
    for await (const finding of examine({
      stateDirectory: typeof options.state === 'string' ? options.state : undefined,
      configFile: typeof options.config === 'string' ? options.config : undefined,
      signal,
    })) {
      counts[finding.state]++;
      printFinding(finding, options.json === true);
    }
    if (options.json !== true) {
      printLine();
      printLine(`${counts.ok} ok, ${counts.warning} to look at, ${counts.fault} in the way`);
    }
    return counts.fault === 0 ? 0 : 3;
  },
};
