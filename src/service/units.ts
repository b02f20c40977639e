import { keeperRuntime } from '../../hal/keeper/client.ts';

/** What a unit is made of: absolute paths, and which systemd will read it. */
export interface UnitSettings {
  /** Where Vigil is. */
  readonly root: string;
  /** The Bun that runs it. */
  readonly bun: string;
  readonly systemdVersion: number;
  /** A line keeper of its own holds the green line. */
  readonly keeper: boolean;
}

export const serviceUser = 'vigil';
export const serviceState = '/var/lib/vigil';
export const firmwareUnitName = 'vigil.service';
export const keeperUnitName = 'vigil-keeper.service';
/** Cameras, sound cards, GPIO chips. */
export const deviceGroups = ['video', 'audio', 'gpio'] as const;

const keeperRun = '/run/vigil-keeper';
const keeperSocket = `${keeperRun}/keeper.sock`;
const keeperLines = `${keeperRun}/lines.json`;

/** systemd's name of a setting, its value, and the first version that knows it; older ones complain of it at each start. */
type Setting = readonly [key: string, value: string, since?: number];

/**
 * What both units do without. Measured with every device open: none of it is in the way. MemoryDenyWriteExecute and
 * PrivateDevices would be: Bun compiles code and calls C functions, and the devices are what it is for.
 */
const sandbox: readonly Setting[] = [
  ['DevicePolicy', 'closed'],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['NoNewPrivileges', 'yes'],
  ['ProtectKernelTunables', 'yes', 232],
  ['ProtectKernelModules', 'yes', 232],
  ['ProtectControlGroups', 'yes', 232],
  ['ProtectKernelLogs', 'yes', 244],
  ['ProtectHostname', 'yes', 242],
  ['RestrictNamespaces', 'yes', 233],
  ['RestrictRealtime', 'yes', 231],
  ['RestrictSUIDSGID', 'yes', 242],
  ['LockPersonality', 'yes', 235],
  ['CapabilityBoundingSet', ''],
  ['SystemCallArchitectures', 'native'],
  // The group of calls that is named here came with 239. The two beside it read whether the clock is synchronised (one
  // of them, by the age of glibc) and cannot set it, for want of the capability: the firmware's only calls outside the
  // group. ProtectClock would forbid them, so it is not here.
  ['SystemCallFilter', '@system-service', 239],
  ['SystemCallFilter', 'adjtimex clock_adjtime', 239],
  ['SystemCallErrorNumber', 'EPERM', 239],
];

/** The firmware: notify, a watchdog that the machines feed, restarted for ever. */
export function firmwareUnit(settings: UnitSettings): string {
  const { keeper } = settings;
  return unit(
    settings.systemdVersion,
    [
      ['Description', 'Vigil, which recognises people and switches a lamp'],
      ['Documentation', `file:${settings.root}/docs/hardware.md`],
      // No Requires on devices: they may come later, and are waited for inside.
      ['After', `local-fs.target sound.target systemd-udevd.service${keeper ? ` ${keeperUnitName}` : ''}`],
      ...(keeper ? [['Wants', keeperUnitName] satisfies Setting] : []),
      ['StartLimitIntervalSec', '0'],
    ],
    [
      ['Type', 'notify'],
      ['NotifyAccess', 'main'],
      ['ExecStart', vigil(settings, 'run')],
      // What the next start says of this end. The shell gets one dollar sign of the two.
      ['ExecStopPost', `/bin/sh -c 'echo "$$SERVICE_RESULT" > ${serviceState}/service-result'`],
      ['WatchdogSec', '30'],
      ['Restart', 'always'],
      ['RestartSec', '2'],
      ['TimeoutStopSec', '20'],
      ['User', serviceUser],
      ['SupplementaryGroups', deviceGroups.join(' ')],
      ['StateDirectory', 'vigil', 235],
      ['StateDirectoryMode', '0700', 235],
      ['WorkingDirectory', serviceState],
      ...environment(keeper ? { VIGIL_KEEPER: keeperSocket } : {}),
      ['DeviceAllow', 'char-video4linux rw'],
      ['DeviceAllow', 'char-alsa rw'],
      ['DeviceAllow', 'char-gpiochip rw'],
      ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6'],
      ...sandbox,
    ],
  );
}

/** The line keeper: starts before the firmware, outlives it, and is the last to go when memory runs out. */
export function keeperUnit(settings: UnitSettings): string {
  const { root, bun } = settings;
  const main = `${root}/hal/keeper/main.ts --socket ${keeperSocket} --lines ${keeperLines}`;
  return unit(
    settings.systemdVersion,
    [
      [
        'Description',
        'The line keeper of Vigil, which brings its lines to their safe level whenever it must',
      ],
      ['Documentation', `file:${root}/docs/hardware.md`],
      ['After', 'local-fs.target systemd-udevd.service'],
      ['Before', firmwareUnitName],
      ['StartLimitIntervalSec', '0'],
    ],
    [
      ['Type', 'notify'],
      ['NotifyAccess', 'main'],
      ['ExecStartPre', vigil(settings, `service lines --output ${keeperLines}`)],
      ['ExecStart', `${bun} ${bunFlags(root)} ${keeperRuntime.flags.join(' ')} ${main}`],
      ['Restart', 'always'],
      ['RestartSec', '1'],
      ['TimeoutStopSec', '10'],
      ['OOMScoreAdjust', '-900'],
      ['User', serviceUser],
      ['SupplementaryGroups', 'gpio'],
      ['RuntimeDirectory', 'vigil-keeper'],
      ['RuntimeDirectoryMode', '0700'],
      ...environment(keeperRuntime.environment),
      ['DeviceAllow', 'char-gpiochip rw'],
      ['RestrictAddressFamilies', 'AF_UNIX'],
      ...sandbox,
    ],
  );
}

/** Neither .env nor bunfig.toml of another folder, and never a package fetched at run time: as ./vigil starts it. */
function bunFlags(root: string): string {
  return `--no-install --no-env-file --config=${root}/bunfig.toml`;
}

function vigil({ root, bun }: UnitSettings, words: string): string {
  return `${bun} ${bunFlags(root)} ${root}/src/cli/main.ts ${words}`;
}

function environment(more: Readonly<Record<string, string>>): Setting[] {
  const variables = {
    HOME: serviceState,
    // systemd before 240 does not say where the state directory is.
    VIGIL_STATE: serviceState,
    // The file system is read-only: no place for a cache.
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
    ...more,
  };
  return Object.entries(variables).map(([name, value]) => ['Environment', `${name}=${value}`]);
}

function unit(version: number, unitSection: readonly Setting[], service: readonly Setting[]): string {
  const lines = (settings: readonly Setting[]) =>
    settings.filter(([, , since = 0]) => version >= since).map(([key, value]) => `${key}=${value}`);
  return [
    '# Written by vigil service install; changes go into a drop-in (systemctl edit), which outlives an update.',
    '[Unit]',
    ...lines(unitSection),
    '',
    '[Service]',
    ...lines(service),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
