import { gpioUdevRule } from '../../hal/linux/gpio-error.ts';
import { commandLink, currentLink, previousLink, releasesFolder } from './release.ts';
import {
  deviceGroups,
  firmwareUnit,
  firmwareUnitName,
  keeperUnit,
  keeperUnitName,
  serviceState,
  serviceUser,
  type UnitSettings,
} from './units.ts';

/** One thing that is done to the system. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** A folder with all that is in it; files of root are not doubled where both places are on one disk. */
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }
  /** A symbolic link, in place of whatever link was there. */
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly command: readonly [string, ...string[]];
      /** What it undoes may be undone already. */
      readonly mayFail?: true;
    };

const units = '/etc/systemd/system';
const udevRule = '/etc/udev/rules.d/60-vigil-gpio.rules';

/** Written by an installation, so that they are what has to be put back when it fails. */
export const unitPaths: readonly string[] = [keeperUnitName, firmwareUnitName].map(
  (name) => `${units}/${name}`,
);

/** What has to be known of the system before anything is done to it. */
export interface InstallSettings extends UnitSettings {
  readonly userExists: boolean;
  readonly configExists: boolean;
}

/** A service has no folder that it was called from, and no home: this is the only place. */
export const serviceConfig = '/etc/vigil/vigil.toml';

/** An update brings another program folder, so what people put into folders is looked for beside the state. */
const people = { dataset: `${serviceState}/dataset`, audios: `${serviceState}/audios` };

const firstConfig = `# The configuration of the service. Every key, with what it is by default: docs/configuration.md
[state]
directory = "${serviceState}"

[people]
dataset = "${people.dataset}"
audios = "${people.audios}"
`;

/** A unit that is started again and again looks well between two starts; the second look is at least this late. */
const settleS = 10;

/** Everything that `vigil service install` does, in this order; again on a system where it was done is harmless. */
export function installPlan(settings: InstallSettings): Step[] {
  const adduser = run(
    ...['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', serviceState],
    ...['--shell', '/usr/sbin/nologin', '--groups', deviceGroups.join(','), serviceUser],
  );
  return [
    ...deviceGroups.map((group) => run('groupadd', '--system', '--force', group)),
    ...(settings.userExists ? [] : [adduser]),
    run(
      ...['install', '-d', '-o', serviceUser, '-g', serviceUser, '-m', '0700'],
      ...[serviceState, people.dataset, people.audios, `${people.audios}/train`],
    ),
    ...(settings.configExists
      ? []
      : [{ kind: 'write', path: serviceConfig, text: firstConfig } satisfies Step]),
    { kind: 'write', path: udevRule, text: `${gpioUdevRule}\n` },
    run('udevadm', 'control', '--reload'),
    run('udevadm', 'trigger', '--subsystem-match=gpio'),
    ...unitsPlan(settings),
  ];
}

/** The units, begun and seen to stay up. */
function unitsPlan(settings: UnitSettings): Step[] {
  const names = settings.keeper ? [keeperUnitName, firmwareUnitName] : [firmwareUnitName];
  return [
    ...(settings.keeper
      ? [{ kind: 'write', path: `${units}/${keeperUnitName}`, text: keeperUnit(settings) } satisfies Step]
      : removal(keeperUnitName)),
    { kind: 'write', path: `${units}/${firmwareUnitName}`, text: firmwareUnit(settings) },
    run('systemctl', 'daemon-reload'),
    run('systemctl', 'enable', ...names),
    ...begun(names),
  ];
}

function begun(names: readonly string[]): Step[] {
  const look = `sleep 1; systemctl is-active --quiet ${firmwareUnitName} || { echo "it does not stay up" >&2; exit 1; }`;
  return [
    run('systemctl', 'restart', ...names),
    run('sh', '-c', `for second in $(seq ${settleS}); do ${look}; done`),
  ];
}

/** What a release is to a board: where it comes from, and what runs there now. */
export interface ReleaseMove {
  readonly from: string;
  /** In the folder of releases. */
  readonly to: string;
  readonly running: string | undefined;
  /** Every release on the board. */
  readonly there: readonly string[];
}

/** Brings a release to its place, before it is installed. */
export function bringPlan({ from, to, there }: ReleaseMove): Step[] {
  return from === to || there.includes(to) ? [] : [{ kind: 'copy', from, to }];
}

/** When a release runs: it is the current one, the one before it is kept, and others go. */
export function keepPlan({ to, running, there }: ReleaseMove): Step[] {
  const before = running === to ? undefined : running;
  return [
    ...(before === undefined ? [] : [{ kind: 'link', path: previousLink, to: before } satisfies Step]),
    { kind: 'link', path: currentLink, to },
    { kind: 'link', path: commandLink, to: `${currentLink}/vigil` },
    ...(before === undefined
      ? []
      : there
          .filter((folder) => folder !== to && folder !== before)
          .map((path): Step => ({ kind: 'remove', path }))),
  ];
}

/** Puts units back as they were, each with its text or, where there was none, away, and starts them. */
export function restorePlan(before: ReadonlyMap<string, string | undefined>): Step[] {
  const kept = [...before].flatMap(([path, text]) => (text === undefined ? [] : [{ path, text }]));
  return [
    ...[...before].flatMap(([path, text]): Step[] =>
      text === undefined ? removal(path.slice(path.lastIndexOf('/') + 1)) : [{ kind: 'write', path, text }],
    ),
    run('systemctl', 'daemon-reload'),
    ...(kept.length === 0 ? [] : begun(kept.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)))),
  ];
}

/** The reverse. People and everything else that is kept stay unless `state` says otherwise; so does the user that owns them. */
export function uninstallPlan({ state }: { readonly state: boolean }): Step[] {
  return [
    ...removal(firmwareUnitName),
    // Last: it makes the lines safe when the firmware is gone.
    ...removal(keeperUnitName),
    { kind: 'remove', path: udevRule },
    run('systemctl', 'daemon-reload'),
    run('udevadm', 'control', '--reload'),
    ...[commandLink, currentLink, previousLink, releasesFolder].map(
      (path): Step => ({ kind: 'remove', path }),
    ),
    ...(state ? [{ kind: 'remove', path: serviceState } satisfies Step, gone('userdel', serviceUser)] : []),
  ];
}

function removal(unit: string): Step[] {
  return [gone('systemctl', 'disable', '--now', unit), { kind: 'remove', path: `${units}/${unit}` }];
}

function run(...command: [string, ...string[]]): Step {
  return { kind: 'run', command };
}

function gone(...command: [string, ...string[]]): Step {
  return { kind: 'run', command, mayFail: true };
}

/** The step as a person would type it, or in words. */
export function stepWords(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${step.path}`;
    case 'copy':
      return `copy ${step.from} to ${step.to}`;
    case 'link':
      return `ln -sfn ${step.to} ${step.path}`;
    case 'remove':
      return `rm -rf ${step.path}`;
    case 'run':
      return step.command.join(' ');
  }
}
