import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readConfig } from '../config/read.ts';
import { unitState } from '../runtime/doctor/service.ts';
import { linesFileOf } from '../runtime/lines.ts';
import { deviceTreeCompatible, wiringOf } from '../runtime/wiring.ts';
import { carryOut } from '../service/carry-out.ts';
import {
  bringPlan,
  installPlan,
  keepPlan,
  restorePlan,
  type Step,
  serviceConfig,
  stepWords,
  uninstallPlan,
} from '../service/plan.ts';
import { linked, previousLink, readRelease, releasesFolder } from '../service/release.ts';
import {
  ownPlaces,
  type ProgramPlaces,
  releaseMove,
  serviceUserExists,
  systemdVersion,
  unitTexts,
  whyNoService,
  whyNotUsable,
} from '../service/system.ts';
import { firmwareUnitName, keeperUnitName, serviceState } from '../service/units.ts';
import { type Command, type CommandGroup, type ExitCode, MissingError, UsageError } from './command.ts';
import { confirmed } from './confirm.ts';
import { printJson, printLine, printNote } from './output.ts';

const dryRun = { help: 'only say what would be done, with the files that would be written' } as const;

const install: Command = {
  name: 'install',
  summary: 'start Vigil with the board, under a user of its own, watched over by systemd',
  options: { 'dry-run': dryRun },
  notes: [
    `Makes the user vigil and the group gpio, a udev rule, and the units ${firmwareUnitName} and, where an output has a`,
    `line, ${keeperUnitName}; starts them now and at every start of the system. The configuration is`,
    `${serviceConfig}, people and all that is kept stay in ${serviceState}. Again after a change of the pins: it is`,
    'safe to repeat. A package installs itself into /opt/vigil and keeps the release before it; a release that does',
    'not start gives way to it.',
  ].join('\n'),

  async run({ options, signal }) {
    const dry = options['dry-run'] === true;
    const own = ownPlaces();
    const move = releaseMove(own.root);
    const places = move === undefined ? own : { root: move.to, bun: `${move.to}/bin/bun` };
    if (!dry) {
      refuse(whyNoService());
      if (move === undefined) refuseHidden(own);
    }
    const { config } = await readConfig({ searchPath: [serviceConfig] });
    const wiring = wiringOf(config, deviceTreeCompatible());
    const keeper = linesFileOf(config, wiring) !== undefined;
    const version = await systemdVersion().catch(() => undefined);
    if (version === undefined) throw new MissingError('systemctl does not say which systemd this is');
    const plan = installPlan({
      ...{ ...places, keeper, systemdVersion: version },
      userExists: await serviceUserExists(),
      configExists: existsSync(serviceConfig),
    });
    const [bring, keep] = move === undefined ? [[], []] : [bringPlan(move), keepPlan(move)];
    if (dry) return show([...bring, ...plan, ...keep]);
    if (!keeper) printNote(`${wiring.board?.name ?? 'no known board'}: the outputs are simulated`);
    await carryOut(bring, printNote, signal);
    const before = unitTexts();
    try {
      await carryOut(plan, printNote, signal);
    } catch (error) {
      if (move === undefined || move.running === undefined || move.running === move.to) throw error;
      printNote(`${error instanceof Error ? error.message : error}; back to the release before`);
      await carryOut(restorePlan(before), printNote, signal);
      return 1;
    }
    await carryOut(keep, printNote, signal);
    printNote('installed: vigil service status, journalctl -fu vigil');
    return 0;
  },
};

const upgrade: Command = {
  name: 'upgrade',
  summary:
    'run the release of a package in place of the one that runs; back to that one when it does not start',
  positionals: 'FILE.tar.gz',
  options: {},
  notes: `A .deb does the same when it is installed. The release before stays: vigil service rollback.`,

  async run({ positionals, signal }) {
    const [file, more] = positionals;
    if (file === undefined || more !== undefined) throw new UsageError('name one package: vigil-….tar.gz');
    refuse(whyNoService());
    const incoming = join(releasesFolder, 'incoming');
    const clear = { kind: 'remove', path: incoming } satisfies Step;
    const unpack = [
      'tar',
      '-xzf',
      resolve(file),
      '--no-same-owner',
      '--strip-components=1',
      '-C',
      incoming,
    ] as const;
    await carryOut(
      [clear, { kind: 'run', command: ['mkdir', '-p', incoming] }, { kind: 'run', command: unpack }],
      printNote,
      signal,
    );
    try {
      const release = releaseIn(incoming);
      const wanted = `${process.platform}-${process.arch}`;
      if (release.target !== wanted)
        throw new UsageError(`${file} is for ${release.target}; this is ${wanted}`);
      return await installOf(incoming);
    } finally {
      await carryOut([clear], () => {}, signal);
    }
  },
};

const rollback: Command = {
  name: 'rollback',
  summary: 'run the release before again',
  options: {},

  async run() {
    refuse(whyNoService());
    const previous = linked(previousLink);
    if (previous === undefined)
      throw new MissingError('there is no release before: nothing was upgraded yet');
    return installOf(previous);
  },
};

/** Each release installs itself: it knows its own units. */
async function installOf(folder: string): Promise<ExitCode> {
  const child = Bun.spawn([join(folder, 'vigil'), 'service', 'install'], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  return (await child.exited) === 0 ? 0 : 1;
}

function releaseIn(folder: string) {
  const release = readRelease(folder);
  if (release === undefined) throw new UsageError('it is no package of Vigil: it has no file RELEASE');
  return release;
}

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
  summary: 'start with the board: install, upgrade, rollback, uninstall, status',
  commands: [install, upgrade, rollback, uninstall, status, lines],
};

function refuse(why: string | undefined, next?: string): void {
  if (why !== undefined) throw new MissingError(next === undefined ? why : `${why}; ${next}`);
}

function refuseHidden({ root, bun }: ProgramPlaces): void {
  refuse(whyNotUsable(root), `put Vigil elsewhere: sudo cp -a ${root} /opt/vigil, and install from there`);
  refuse(whyNotUsable(bun), `put Bun elsewhere: sudo install -m 755 ${bun} /usr/local/bin/bun`);
}

function show(plan: readonly Step[]): 0 {
  for (const step of plan) {
    printLine(stepWords(step));
    if (step.kind === 'write') printLine(step.text.replace(/^(?=.)/gm, '    '));
  }
  return 0;
}
