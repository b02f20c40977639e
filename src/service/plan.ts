import { gpioUdevRule } from '../../hal/linux/gpio-error.ts';
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
  | { readonly kind: 'remove'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly command: readonly [string, ...string[]];
      /** What it undoes may be undone already. */
      readonly mayFail?: true;
    };

const units = '/etc/systemd/system';
const udevRule = '/etc/udev/rules.d/60-vigil-gpio.rules';

/** What has to be known of the system before anything is done to it. */
export interface InstallSettings extends UnitSettings {
  readonly userExists: boolean;
}

/** Everything that `vigil service install` does, in this order; again on a system where it was done is harmless. */
export function installPlan(settings: InstallSettings): Step[] {
  const names = settings.keeper ? [keeperUnitName, firmwareUnitName] : [firmwareUnitName];
  const adduser = run(
    ...['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', serviceState],
    ...['--shell', '/usr/sbin/nologin', '--groups', deviceGroups.join(','), serviceUser],
  );
  return [
    ...deviceGroups.map((group) => run('groupadd', '--system', '--force', group)),
    ...(settings.userExists ? [] : [adduser]),
    { kind: 'write', path: udevRule, text: `${gpioUdevRule}\n` },
    run('udevadm', 'control', '--reload'),
    run('udevadm', 'trigger', '--subsystem-match=gpio'),
    ...(settings.keeper
      ? [{ kind: 'write', path: `${units}/${keeperUnitName}`, text: keeperUnit(settings) } satisfies Step]
      : removal(keeperUnitName)),
    { kind: 'write', path: `${units}/${firmwareUnitName}`, text: firmwareUnit(settings) },
    run('systemctl', 'daemon-reload'),
    run('systemctl', 'enable', ...names),
    run('systemctl', 'restart', ...names),
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
    case 'remove':
      return `rm -rf ${step.path}`;
    case 'run':
      return step.command.join(' ');
  }
}
