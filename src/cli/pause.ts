import { createStateDirectory } from '../people/state-directory.ts';
import {
  type ClosableSense,
  closableSenses,
  closureNow,
  longestPauseMs,
  nothingClosed,
  readPrivacySwitch,
  writePrivacySwitch,
} from '../runtime/privacy-switch.ts';
import { audit, userName } from './audit.ts';
import { type Command, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { jsonOption, stateOf, stateOption } from './people-named.ts';
import { isoTime } from './words.ts';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const effects: Readonly<Record<ClosableSense, string>> = {
  camera: 'The camera is closed: nobody is looked at, and nobody is let in by their face',
  microphone: 'The microphone is closed: nobody is heard, and nobody is let in by their voice',
};

/** `vigil pause`: the switch that closes camera and microphone. */
export const pause: Command = {
  name: 'pause',
  summary: 'close camera and microphone: nobody is looked at, heard or let in',
  options: {
    for: { value: 'TIME', help: 'for how long: 30m, 2h, 1d, at most 7d; default: until vigil resume' },
    'camera-only': { help: 'leave the microphone as it is' },
    'mute-only': { help: 'leave the camera as it is' },
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'A running device closes them at once, and outputs that are on for somebody go off. Otherwise the next run',
    'begins with them closed. The exit button works as always. A time that was ordered is counted also while the',
    'device does not run; where it does not know the time of day it keeps them closed. See also: vigil resume.',
  ].join('\n'),
  async run(invocation) {
    const { options } = invocation;
    if (options['camera-only'] === true && options['mute-only'] === true) {
      throw new UsageError('--camera-only and --mute-only exclude each other; without them both are closed');
    }
    const forMs = typeof options.for === 'string' ? durationMs(options.for) : null;
    const left =
      options['camera-only'] === true ? 'microphone' : options['mute-only'] === true ? 'camera' : null;
    const senses = closableSenses.filter((sense) => sense !== left);
    const directory = stateOf(invocation);
    createStateDirectory(directory);
    const order = closureNow(userName(), forMs);
    const ordered = Object.fromEntries(senses.map((sense) => [sense, order]));
    await writePrivacySwitch(directory, { ...readPrivacySwitch(directory), ...ordered });
    const until = forMs === null ? null : isoTime(Date.now() + forMs);
    audit(
      directory,
      `closed ${senses.join(' and ')} ${until === null ? 'until told' : `until ${until}`}`,
      null,
    );
    if (options.json === true) {
      printJson({ closed: senses, until, by: order.by });
      return 0;
    }
    const end = until === null ? 'until: vigil resume' : `until ${until}, or: vigil resume`;
    for (const sense of senses) printLine(`${effects[sense]}, ${end}.`);
    return 0;
  },
};

/** `vigil resume`: both senses are open again. */
export const resume: Command = {
  name: 'resume',
  summary: 'open what vigil pause has closed',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    const directory = stateOf(invocation);
    const before = readPrivacySwitch(directory);
    const opened = closableSenses.filter((sense) => before[sense] !== null);
    if (opened.length > 0) {
      await writePrivacySwitch(directory, nothingClosed);
      audit(directory, `opened ${opened.join(' and ')}`, null);
    }
    if (invocation.options.json === true) printJson({ opened });
    else if (opened.length === 0) printLine('Nothing was closed.');
    else printLine(`Open again: ${opened.join(' and ')}.`);
    return 0;
  },
};

/** Throws UsageError for what is no time, or too long a one. */
function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const ms = unit === 'm' || unit === 'h' || unit === 'd' ? Number(count) * unitMs[unit] : 0;
  if (ms > 0 && ms <= longestPauseMs) return ms;
  throw new UsageError(`--for takes a time from 1m to 7d, as 30m, 2h or 1d, not '${text}'`);
}
