import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import { Child } from './child.ts';

export const v4l2ctlInstallHint = 'Install it with: sudo apt-get install v4l-utils';

/** The frequencies of mains that there are. */
export type PowerLine = '50hz' | '60hz';

/** A camera that does not answer a control is not waited for longer; whether it gives frames is found out next. */
const answerLimitMs = 2_000;

/** Values of V4L2_CID_POWER_LINE_FREQUENCY (linux/v4l2-controls.h). */
const powerLineValues: Record<PowerLine, number> = { '50hz': 1, '60hz': 2 };

/**
 * Lets a camera lower its frame rate in dim light: off, or a C920 gives half of its frames in the evening. The
 * control's name is the second one before Linux 5.13.
 */
const steadyRateNames = ['exposure_dynamic_framerate', 'exposure_auto_priority'] as const;

/**
 * Sets what a V4L2 camera forgets when it is unplugged: a steady frame rate in dim light, where the camera has that,
 * and the frequency of the mains, where one is given. Needs v4l2-ctl: in a process of its own, since a camera can
 * keep whoever asks it waiting.
 *
 * A steady rate is set if it can be; a frequency that is given and cannot be set is HalError `unsupported`.
 */
export async function setCameraControls(
  device: string,
  { powerLine }: { readonly powerLine: PowerLine | undefined },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const installed = Bun.which('v4l2-ctl', { PATH: process.env.PATH ?? '' }) !== null;
  if (!installed && powerLine === undefined) return;
  const present = controlNames(await ask(device, ['--list-ctrls'], clock, signal));
  const steadyRate = steadyRateNames.find((name) => present.has(name));
  if (powerLine !== undefined && !present.has('power_line_frequency')) {
    throw new HalError(
      'unsupported',
      device,
      'has no setting for the frequency of the mains: leave camera.power_line out',
    );
  }
  const settings = [
    ...(steadyRate === undefined ? [] : [`${steadyRate}=0`]),
    ...(powerLine === undefined ? [] : [`power_line_frequency=${powerLineValues[powerLine]}`]),
  ];
  if (settings.length > 0) await ask(device, ['-c', settings.join(',')], clock, signal);
}

/** What v4l2-ctl prints: nothing from a camera that does not answer. */
async function ask(device: string, args: string[], clock: Clock, signal: AbortSignal): Promise<string> {
  const child = new Child({
    command: ['v4l2-ctl', '-d', device, ...args],
    clock,
    installHint: v4l2ctlInstallHint,
  });
  const kill = () => child.signal('SIGKILL');
  const limit = clock.setTimeout(kill, answerLimitMs);
  signal.addEventListener('abort', kill, { once: true });
  const text = await new Response(child.stdout).text();
  await child.ended;
  signal.removeEventListener('abort', kill);
  clock.clearTimeout(limit);
  signal.throwIfAborted();
  return text;
}

/** `exposure_dynamic_framerate 0x009a0903 (bool)   : default=0 value=1`; inactive and read-only ones are left out. */
function controlNames(list: string): Set<string> {
  const names = new Set<string>();
  for (const [line, name = ''] of list.matchAll(/^ *([a-z0-9_]+) 0x[0-9a-f]{8} .*$/gm)) {
    if (!/flags=.*(?:inactive|read-only|disabled)/.test(line)) names.add(name);
  }
  return names;
}
