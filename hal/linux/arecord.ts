import { HalError } from '../contract/errors.ts';
import type { MicrophoneSettings } from '../contract/microphone.ts';

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

/** Formats that are read here, the best first, with the bytes of a sample. */
const captureFormats = { S16_LE: 2, S24_3LE: 3, S32_LE: 4, S24_LE: 4 } as const;
export type CaptureFormat = keyof typeof captureFormats;

export function bytesPerSample(format: CaptureFormat): 2 | 3 | 4 {
  return captureFormats[format];
}

/** Half a second is kept by the system for a reader that is late; sound comes twenty times a second. */
const timing = ['--buffer-time=500000', '--period-time=50000'] as const;

export function captureArguments({ device, format, sampleRateHz, channels }: Capture): string[] {
  return [
    ...['-D', device, '-t', 'raw', '-f', format],
    ...['-r', String(sampleRateHz), '-c', String(channels)],
    ...timing,
    '-',
  ];
}

/** Asks the device what it can do; it records nothing that anybody reads. */
export function probeArguments(device: string): string[] {
  return ['-D', device, '--dump-hw-params', '-t', 'raw', '-d', '1', '/dev/null'];
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
  if (format === undefined) {
    // It has only formats that are not read here: ALSA converts.
    return { device: device.replace(/^hw:/, 'plughw:'), format: 'S16_LE', sampleRateHz, channels };
  }
  return {
    device,
    format,
    sampleRateHz: within(hardware.sampleRatesHz, sampleRateHz),
    channels: within(hardware.channels, channels),
  };
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
  if (/no such device|disconnected|read error: .*(?:device|bad file)/i.test(stderr)) {
    return error('disconnected', 'the microphone was unplugged');
  }
  if (/device or resource busy/i.test(stderr)) {
    return error('busy', 'another program records from it: close that one, or use its sound server (pulse)');
  }
  if (/permission denied/i.test(stderr)) {
    return error('permission', 'this user may not record: add it to the group audio and log in again');
  }
  if (/no such file or directory|unknown pcm|cannot find card|invalid card|no soundcards/i.test(stderr)) {
    return error('not-found', 'there is no such sound card: `arecord -l` lists those that are there');
  }
  if (/not available|invalid argument|cannot set|unable to install hw params/i.test(stderr)) {
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
