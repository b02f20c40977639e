import { writeFile } from 'node:fs/promises';
import { readConfig } from '../config/read.ts';
import { unitState } from '../runtime/doctor/service.ts';
import { linesFileOf } from '../runtime/lines.ts';
import { deviceTreeCompatible, wiringOf } from '../runtime/wiring.ts';
import { carryOut } from '../service/carry-out.ts';
import { installPlan, type Step, stepWords, uninstallPlan } from '../service/plan.ts';
import {
  ownPlaces,
  serviceUserExists,
  systemdVersion,
  whyNoService,
  whyNotUsable,
} from '../service/system.ts';
import { firmwareUnitName, keeperUnitName, serviceState } from '../service/units.ts';
import { type Command, type CommandGroup, type ExitCode, MissingError } from './command.ts';
import { confirmed } from './confirm.ts';
import { printJson, printLine, printNote } from './output.ts';

/** A service has no folder that it was called from, and no home: this is the only place. */
const serviceConfig = '/etc/vigil/vigil.toml';

const dryRun = { help: 'only say what would be done, with the files that would be written' } as const;

const install: Command = {
  name: 'install',
  summary: 'start Vigil with the board, under a user of its own, watched over by systemd',
  options: { 'dry-run': dryRun },
  notes: [
    `Makes the user vigil and the group gpio, a udev rule, and the units ${firmwareUnitName} and, where an output has a`,
    `line, ${keeperUnitName}; starts them now and at every start of the system. The configuration is`,
    `${serviceConfig}, people and all that is kept stay in ${serviceState}. Again after an update, or after`,
    'a change of the pins: it is safe to repeat.',
  ].join('\n'),

  async run({ options, signal }) {
    const dry = options['dry-run'] === true;
    const { root, bun } = ownPlaces();
    if (!dry) {
      refuse(whyNoService());
      refuse(
        whyNotUsable(root),
        `put Vigil elsewhere: sudo cp -a ${root} /opt/vigil, and install from there`,
      );
      refuse(whyNotUsable(bun), `put Bun elsewhere: sudo install -m 755 ${bun} /usr/local/bin/bun`);
    }
    const { config } = await readConfig({ searchPath: [serviceConfig] });
    const wiring = wiringOf(config, deviceTreeCompatible());
    const keeper = linesFileOf(config, wiring) !== undefined;
    const version = await systemdVersion().catch(() => undefined);
    if (version === undefined) throw new MissingError('systemctl does not say which systemd this is');
    const plan = installPlan({
      ...{ root, bun, keeper, systemdVersion: version },
      userExists: await serviceUserExists(),
    });
    if (dry) return show(plan);
    if (!keeper) printNote(`${wiring.board?.name ?? 'no known board'}: the outputs are simulated`);
    await carryOut(plan, printNote, signal);
    printNote('installed: vigil service status, journalctl -fu vigil');
    return 0;
  },
};

const uninstall: Command = {
  name: 'uninstall',
  summary: 'take the service away; people and all that is kept stay',
  options: {
    state: { help: `remove ${serviceState} too: everybody who is known, and every record` },
    yes: { help: 'do not ask before that' },
    'dry-run': dryRun,
  },

  async run({ options, signal }) {
    const state = options.state === true;
    const plan = uninstallPlan({ state });
    if (options['dry-run'] === true) return show(plan);
    refuse(whyNoService());
    const question = `Remove ${serviceState} with everybody who is known?`;
    if (
      state &&
      options.yes !== true &&
      !(await confirmed(question, 'give --yes to remove it unasked', signal))
    ) {
      return 1;
    }
    await carryOut(plan, printNote, signal);
    if (!state) printNote(`kept: ${serviceState}, ${serviceConfig}`);
    return 0;
  },
};

const status: Command = {
  name: 'status',
  summary: 'whether it runs, since how many restarts, and what it is at',
  options: { json: { help: 'one JSON object for each unit' } },
  notes: 'Exit 0 when it runs, 1 when it does not, 3 when it is not installed.',

  async run({ options }) {
    let exitCode: ExitCode = 3;
    for (const unit of [firmwareUnitName, keeperUnitName]) {
      const state = await unitState(unit);
      if (state === undefined) throw new MissingError('this system was not started by systemd');
      if (!state.loaded) continue;
      if (unit === firmwareUnitName) exitCode = state.active === 'active' ? 0 : 1;
      if (options.json === true) {
        printJson({ unit, ...state });
        continue;
      }
      const { active, sub, result, restarts, pid, statusText } = state;
      printLine(`${unit}: ${active} (${sub}), process ${pid}, ${restarts} restarts, last result ${result}`);
      if (statusText !== '') printLine(`  ${statusText}`);
    }
    if (exitCode === 3) throw new MissingError('not installed: sudo ./vigil service install');
    return exitCode;
  },
};

const lines: Command = {
  name: 'lines',
  summary: 'write which lines the line keeper holds; its unit calls it before it starts',
  options: {
    output: { value: 'FILE', help: 'where to; without it to standard output' },
    config: { value: 'FILE', help: 'configuration in place of vigil.toml' },
  },

  async run({ options }) {
    const file = typeof options.config === 'string' ? options.config : undefined;
    const { config } = await readConfig({ file });
    const content = linesFileOf(config, wiringOf(config, deviceTreeCompatible()));
    if (content === undefined) {
      throw new MissingError('no output has a line on this machine: vigil doctor gpio; then install again');
    }
    const text = JSON.stringify(content, null, 2);
    if (typeof options.output === 'string') await writeFile(options.output, `${text}\n`, { mode: 0o600 });
    else printLine(text);
    return 0;
  },
};

export const command: CommandGroup = {
  name: 'service',
  summary: 'start with the board: install, uninstall, status',
  commands: [install, uninstall, status, lines],
};

function refuse(why: string | undefined, next?: string): void {
  if (why !== undefined) throw new MissingError(next === undefined ? why : `${why}; ${next}`);
}

function show(plan: readonly Step[]): 0 {
  for (const step of plan) {
    printLine(stepWords(step));
    if (step.kind === 'write') printLine(step.text.replace(/^(?=.)/gm, '    '));
  }
  return 0;
}
