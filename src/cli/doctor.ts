import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { readConfig } from '../config/read.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { examine } from '../runtime/doctor/doctor.ts';
import type { Finding } from '../runtime/doctor/finding.ts';
import { supportBundle } from '../runtime/support-bundle.ts';
import { type Command, UsageError } from './command.ts';
import { gpio } from './doctor-gpio.ts';
import { printFinding } from './findings.ts';
import { printLine, printNote } from './output.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'what is here, what is missing, what to do',
  options: {
    config: { value: 'FILE', help: 'the configuration to look at' },
    state: { value: 'DIR', help: 'where the device keeps its state' },
    bundle: { value: 'FILE', help: 'write what helps others to help into FILE, a .tar.gz' },
    json: { help: 'one JSON object a line' },
  },
  notes: [
    'Prints {id, state, label, value, next} for each thing; state is ok, warning (runs, with less) or fault.',
    'Starts no camera and takes no line. Exit 3 when there is a fault.',
    '--bundle: what is printed here, the configuration without secrets, which parts did what in the last trace, versions.',
    'No name, face, voice or secret is in it; look at it before you send it.',
  ].join('\n'),
  parts: [gpio],

  async run({ options, signal }) {
    const counts = { ok: 0, warning: 0, fault: 0 };
    const findings: Finding[] = [];
    const given = {
      stateDirectory: typeof options.state === 'string' ? options.state : undefined,
      configFile: typeof options.config === 'string' ? options.config : undefined,
    };
    if (typeof options.bundle === 'string' && existsSync(options.bundle)) {
      throw new UsageError(`--bundle ${options.bundle}: is there already, and nothing is overwritten`);
    }
    for await (const finding of examine({ ...given, signal })) {
      counts[finding.state]++;
      findings.push(finding);
      printFinding(finding, options.json === true);
    }
    if (options.json !== true) {
      printLine();
      printLine(`${counts.ok} ok, ${counts.warning} to look at, ${counts.fault} in the way`);
    }
    if (typeof options.bundle === 'string') await writeBundle(options.bundle, given, findings);
    return counts.fault === 0 ? 0 : 3;
  },
};

async function writeBundle(
  path: string,
  given: { readonly stateDirectory: string | undefined; readonly configFile: string | undefined },
  findings: readonly Finding[],
): Promise<void> {
  // One that cannot be read is a finding of its own.
  const read = await readConfig({ file: given.configFile, flags: [] }).catch(() => undefined);
  const directory = stateDirectory(given.stateDirectory ?? read?.config.state.directory);
  const bundle = await supportBundle({ read, findings, stateDirectory: directory });
  await writeFile(path, bundle, { flag: 'wx', mode: 0o600 });
  printNote(`${path}: look at it before you send it (tar -xzf)`);
}
