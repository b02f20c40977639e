import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HalError } from '../contract/errors.ts';

/** Where sound comes from, read from what a person wrote. */
export type MicrophoneSource =
  /** The best microphone that is present. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  /** An ALSA device: `hw:CARD=C920,DEV=0`, `plughw:…`, or any other name that ALSA knows. */
  | { readonly kind: 'alsa'; readonly device: string }
  /** PortAudio's device with this in its name, or the system's own choice, through the native co-processor. */
  | { readonly kind: 'portaudio'; readonly named: string }
  | { readonly kind: 'sound-file'; readonly path: string };

const forms = 'auto, none, CARD=C920, hw:CARD=C920,DEV=0, plughw:…, default, portaudio:…, or a sound file';

/** Names of ALSA devices that are no files. */
const alsaName = /^(?:(?:plug)?hw|sysdefault|default|pulse|pipewire|dsnoop|plug)(?::.*)?$/;

/**
 * Reads a microphone as a person writes it. A card is not touched; a path must exist. Throws HalError
 * `invalid-argument` for what has no meaning and `not-found` for a path that is not there.
 */
export function parseMicrophoneSource(text: string): MicrophoneSource {
  if (text === 'auto') return { kind: 'auto' };
  if (text === 'none') return { kind: 'none' };
  const card = /^CARD=([A-Za-z0-9_-]+)(?:,DEV=(\d+))?$/.exec(text);
  if (card !== null) return { kind: 'alsa', device: `hw:CARD=${card[1]},DEV=${card[2] ?? '0'}` };
  const named = /^portaudio:(.*)$/.exec(text)?.[1];
  if (named !== undefined) return { kind: 'portaudio', named };
  if (alsaName.test(text)) return { kind: 'alsa', device: text };
  const name = `microphone ${text || "''"}`;
  if (text === '' || text.includes('\0')) {
    throw new HalError('invalid-argument', name, `is no path. A microphone is one of: ${forms}`);
  }
  try {
    statSync(text); // whether it is sound, opening says
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES') throw new HalError('permission', text, 'may not be read by this user');
    throw new HalError(
      'not-found',
      name,
      `there is no such file or device. A microphone is one of: ${forms}`,
    );
  }
  return { kind: 'sound-file', path: text };
}

/** A microphone that is plugged in. */
export interface MicrophoneDevice {
  /** What to put into the configuration: by the card's id, which stays when it is plugged in again. */
  readonly device: string;
  /** The node whose coming and going tells that it was plugged in: /dev/snd/pcmC1D0c. */
  readonly node: string;
  /** What the card calls itself: `HD Pro Webcam C920`. */
  readonly name: string;
  readonly connection: MicrophoneConnection;
}

/** How a microphone is connected. Whether one is plugged into the socket of a built-in card, nobody can tell. */
export type MicrophoneConnection = 'usb' | 'built-in' | 'loopback';

const loopback = /loopback/i;

/** The best first. */
const connectionsInOrder: readonly MicrophoneConnection[] = ['usb', 'built-in', 'loopback'];

/**
 * The sound cards that can record, the best first (USB before built-in before loopback), then in the order of the
 * system. `systemRoot` is where /proc and /dev are looked for.
 */
export function listMicrophones(systemRoot = '/'): MicrophoneDevice[] {
  const asound = join(systemRoot, 'proc/asound');
  const nodes = captureNodes(join(systemRoot, 'dev/snd'));
  const microphones = nodes.flatMap(({ node, card, device }): MicrophoneDevice[] => {
    const id = firstLine(join(asound, `card${card}/id`));
    if (id === '') return [];
    const info = readText(join(asound, `card${card}/pcm${device}c/info`));
    const name = /^name: (.+)$/m.exec(info)?.[1] ?? id;
    // The kernel's driver for USB sound gives each card the ids of its USB device.
    const connection = existsSync(join(asound, `card${card}/usbid`))
      ? 'usb'
      : loopback.test(`${id} ${name}`)
        ? 'loopback'
        : 'built-in';
    return [{ device: `hw:CARD=${id},DEV=${device}`, node, name, connection }];
  });
  const order = ({ connection }: MicrophoneDevice) => connectionsInOrder.indexOf(connection);
  return microphones.toSorted((a, b) => order(a) - order(b));
}

const connectionWords: Record<MicrophoneConnection, string> = {
  usb: 'a USB microphone',
  'built-in': 'a built-in sound card',
  loopback: 'a loopback',
};

/**
 * What `auto` stands for here and now, and why. Throws HalError `not-found` when no microphone is plugged in.
 */
export function bestMicrophone(systemRoot = '/'): { device: string; why: string } {
  const [microphone, ...others] = listMicrophones(systemRoot);
  if (microphone === undefined) {
    throw new HalError(
      'not-found',
      'microphone auto',
      `no microphone is plugged in. Plug one in, or name a source: ${forms}`,
    );
  }
  const { device, name, connection } = microphone;
  const rest = others.map((other) => other.device).join(', ');
  const why = rest === '' ? 'the only microphone here' : `${connectionWords[connection]}, before ${rest}`;
  return { device, why: `${name}: ${why}` };
}

interface CaptureNode {
  readonly node: string;
  readonly card: number;
  readonly device: number;
}

/** `pcmC1D0c`: card 1, device 0, capture. */
function captureNodes(folder: string): CaptureNode[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // No such folder: no sound at all.
  }
  return names
    .flatMap((name): CaptureNode[] => {
      const found = /^pcmC(\d+)D(\d+)c$/.exec(name);
      return found === null
        ? []
        : [{ node: join(folder, name), card: Number(found[1]), device: Number(found[2]) }];
    })
    .sort((a, b) => a.card - b.card || a.device - b.device);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function firstLine(file: string): string {
  return readText(file).trim();
}
