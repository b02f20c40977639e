import { HalError } from '../contract/errors.ts';
import type { MicrophoneSettings } from '../contract/microphone.ts';
import type { RawLayout } from './pcm.ts';

export const arecordInstallHint = 'Install it with: sudo apt-get install alsa-utils';

/** What a device can do, as `arecord --dump-hw-params` writes it. */
export interface HardwareParameters {
  readonly formats: readonly string[];
  readonly sampleRatesHz: readonly [least: number, most: number];
  readonly channels: readonly [least: number, most: number];
}

/** What is asked of arecord. */
export interface Capture {
  readonly device: string;
  readonly format: CaptureFormat;
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** Formats that are read here, the best first. S24_LE is three bytes in four, the highest of which means nothing. */
const captureFormats = {
  S16_LE: { bytes: 2, upperAt: 0 },
  S24_3LE: { bytes: 3, upperAt: 1 },
  S32_LE: { bytes: 4, upperAt: 2 },
  S24_LE: { bytes: 4, upperAt: 1 },
} as const satisfies Record<string, RawLayout>;
export type CaptureFormat = keyof typeof captureFormats;

export function rawLayout(format: CaptureFormat): RawLayout {
  return captureFormats[format];
}

/** arecord's messages in English, whatever the language of the system: they are read here. */
export const arecordEnvironment = { LC_ALL: 'C' } as const;

/** Half a second is kept by the system for a reader that is late; sound comes twenty times a second. */
const timing = ['--buffer-time=500000', '--period-time=50000'] as const;

export function captureArguments({ device, format, sampleRateHz, channels }: Capture): string[] {
  return [
    ...['-v', '-D', device, '-t', 'raw', '-f', format],
    ...['-r', String(sampleRateHz), '-c', String(channels)],
    ...timing,
    '-',
  ];
}

/**
 * Asks the device what it can do; what it records is read by nobody. It goes to standard output because arecord may
 * remove the file that it is given before it writes it: older ones remove even /dev/null.
 */
export function probeArguments(device: string): string[] {
  return ['-D', device, '--dump-hw-params', '-t', 'raw', '-d', '1', '-'];
}

/** Reads what the probe wrote on stderr; undefined where it says nothing about the hardware. */
export function parseHardwareParameters(stderr: string): HardwareParameters | undefined {
  const formats = /^FORMAT:\s+(.+)$/m.exec(stderr)?.[1]?.trim().split(/\s+/);
  const sampleRatesHz = rangeOf(/^RATE:\s+(.+)$/m.exec(stderr)?.[1]);
  const channels = rangeOf(/^CHANNELS:\s+(.+)$/m.exec(stderr)?.[1]);
  if (formats === undefined || sampleRatesHz === undefined || channels === undefined) return undefined;
  return { formats, sampleRatesHz, channels };
}

/** `16000`, `[8000 48000]`, `(8000 48000]`. */
function rangeOf(text: string | undefined): readonly [number, number] | undefined {
  const numbers = text?.match(/\d+/g)?.map(Number);
  const [least, most = least] = numbers ?? [];
  return least === undefined || most === undefined ? undefined : [least, most];
}

/**
 * The rate that the device really runs at, from what `arecord -v` tells before the first sound; undefined where that
 * is not told (yet). arecord takes the nearest rate that there is, and warns of it only beyond 5 percent.
 */
export function parseActualRateHz(stderr: string): number | undefined {
  const rate = /^\s*rate\s*:\s*(\d+)\n/m.exec(stderr)?.[1];
  return rate === undefined ? undefined : Number(rate);
}

/**
 * The capture that comes nearest to the wish without ALSA's own conversion, whose default resampler aliases:
 * mixing and resampling are ours. A device that says nothing about itself gets what is wished for.
 */
export function nearestCapture(
  device: string,
  wish: MicrophoneSettings,
  hardware: HardwareParameters | undefined,
): Capture {
  const { sampleRateHz, channels } = wish;
  if (hardware === undefined) return { device, format: 'S16_LE', sampleRateHz, channels };
  const format = formatsInOrder.find((known) => hardware.formats.includes(known));
  if (format === undefined) return convertedCapture(device, wish); // it has only formats that are not read here
  return {
    device,
    format,
    sampleRateHz: within(hardware.sampleRatesHz, sampleRateHz),
    channels: within(hardware.channels, channels),
  };
}

/** What is wished for, converted by ALSA: for hardware that cannot be used as it is. */
export function convertedCapture(device: string, { sampleRateHz, channels }: MicrophoneSettings): Capture {
  return { device: device.replace(/^hw:/, 'plughw:'), format: 'S16_LE', sampleRateHz, channels };
}

const formatsInOrder = Object.keys(captureFormats) as CaptureFormat[];

function within([least, most]: readonly [number, number], wish: number): number {
  return Math.min(most, Math.max(least, wish));
}

/** What arecord died of, from its last words. Its exit code says little: a device that vanishes may end it with 0. */
export function arecordFailure(device: string, stderr: string, sawSound: boolean): HalError {
  const said = lastLine(stderr);
  const error = (kind: HalError['kind'], message: string) =>
    new HalError(kind, device, said === '' ? message : `${message} (arecord: ${said})`);
  if (/open error: no such device|unknown pcm|get card index|cannot find card/i.test(stderr)) {
    return error('not-found', 'it is not plugged in: `arecord -l` lists the sound cards that are');
  }
  if (/no such device|disconnected|read error: .*(?:device|bad file)/i.test(stderr)) {
    return error('disconnected', 'the microphone was unplugged');
  }
  if (/device or resource busy/i.test(stderr)) {
    return error('busy', 'another program records from it: close that one, or use its sound server (pulse)');
  }
  if (/permission denied/i.test(stderr)) {
    return error('permission', 'this user may not record: add it to the group audio and log in again');
  }
  if (/no such file or directory|invalid card|no soundcards/i.test(stderr)) {
    return error('not-found', 'there is no such sound card: `arecord -l` lists those that are there');
  }
  if (/no[nt] available|invalid argument|cannot set|unable to install hw params/i.test(stderr)) {
    return error('unsupported', 'the device cannot record like this');
  }
  return sawSound ? error('disconnected', 'the sound ended') : error('io', 'recording could not be started');
}

function lastLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^overrun/i.test(line));
  return lines.at(-1)?.replace(/^arecord: [\w_]+:\d+: /, '') ?? '';
}
