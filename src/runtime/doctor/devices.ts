import { existsSync } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { arecordInstallHint } from '../../../hal/linux/arecord.ts';
import {
  type CameraFormat,
  listFormatsCommand,
  parseCameraFormats,
} from '../../../hal/linux/camera-formats.ts';
import { type CameraDevice, listCameras } from '../../../hal/linux/camera-source.ts';
import { SystemWallClock } from '../../../hal/linux/clock.ts';
import { ffmpegInstallHint } from '../../../hal/linux/ffmpeg.ts';
import { listMicrophones, type MicrophoneDevice } from '../../../hal/linux/microphone-source.ts';
import { type CaptureModes, parseUsbStream } from '../../../hal/linux/usb-sound.ts';
import { v4l2ctlInstallHint } from '../../../hal/linux/v4l2-controls.ts';
import type { VigilConfig } from '../../config/schema.ts';
import type { Finding } from './finding.ts';
import { cameraSourceFinding, microphoneSourceFinding, nativeFinding } from './sources.ts';
import { glibcVersion } from './system.ts';

/** A camera that hangs must not hang the doctor. */
const askLimitMs = 3_000;
const mostFormats = 3;

/** What Vigil would touch: the clock, ffmpeg, arecord, cameras, microphones, and whether this user may. */
export async function examineDevices(
  config: VigilConfig,
  native: string,
  systemRoot: string,
): Promise<Finding[]> {
  const cameras = listCameras(systemRoot);
  const microphones = listMicrophones(systemRoot);
  return [
    clockFinding(new SystemWallClock().trusted, existsSync(join(systemRoot, 'run/systemd/system'))),
    ffmpegFinding(await versionOf(['ffmpeg', '-hide_banner', '-version'], /^ffmpeg version (\S+)/)),
    arecordFinding(await versionOf(['arecord', '--version'], /version (\S+)/)),
    ...(cameras.length === 0
      ? []
      : [v4l2ctlFinding(await versionOf(['v4l2-ctl', '--version'], /^v4l2-ctl (\S+)/))]),
    await cameraFinding(cameras, config.camera.source),
    await microphoneFinding(microphones, config.microphone.source, systemRoot),
    ...[
      cameraSourceFinding(config.camera.source, cameras),
      microphoneSourceFinding(config.microphone.source, microphones),
      nativeFinding(config, native, {
        glibc: await glibcVersion(),
        node: await versionOf(['node', '--version'], /^v(\S+)/),
      }),
    ].filter((finding) => finding !== undefined),
  ];
}

export function clockFinding(trusted: boolean, systemd: boolean): Finding {
  const base = { id: 'clock', label: 'time of day' } as const;
  if (trusted) return { ...base, state: 'ok', value: 'synchronised' };
  const daemon = systemd ? 'sudo timedatectl set-ntp true' : 'sudo apt-get install chrony';
  const next = `${daemon} (hours and expiry of people need it)`;
  return { ...base, state: 'warning', value: 'the system does not say that its clock is synchronised', next };
}

/** The version that a program tells of itself; undefined where there is no such program. */
async function versionOf(command: string[], version: RegExp): Promise<string | undefined> {
  try {
    const child = Bun.spawn(command, { stdin: 'ignore', stderr: 'ignore' });
    return version.exec(await new Response(child.stdout).text())?.[1];
  } catch {
    return undefined;
  }
}

export function ffmpegFinding(version: string | undefined): Finding {
  const base = { id: 'ffmpeg', label: 'ffmpeg' } as const;
  if (version !== undefined) return { ...base, state: 'ok', value: version };
  return {
    ...base,
    state: 'warning',
    value: 'not found; pictures and folders work, cameras and videos do not',
    next: ffmpegInstallHint,
  };
}

export function arecordFinding(version: string | undefined): Finding {
  const base = { id: 'arecord', label: 'arecord' } as const;
  if (version !== undefined) return { ...base, state: 'ok', value: version };
  return {
    ...base,
    state: 'warning',
    value: 'not found; sound files work, microphones do not',
    next: arecordInstallHint,
  };
}

/** Asked for only where there is a camera whose settings could be set. */
export function v4l2ctlFinding(version: string | undefined): Finding {
  const base = { id: 'v4l2-ctl', label: 'v4l2-ctl' } as const;
  if (version !== undefined) return { ...base, state: 'ok', value: version };
  return {
    ...base,
    state: 'warning',
    value: 'not found; a USB camera may give fewer frames in dim light, and camera.power_line cannot be set',
    next: v4l2ctlInstallHint,
  };
}

async function microphoneFinding(
  microphones: readonly MicrophoneDevice[],
  source: string,
  systemRoot: string,
): Promise<Finding> {
  const base = { id: 'microphone', label: 'microphones' } as const;
  if (microphones.length === 0) {
    if (source !== 'auto') return { ...base, state: 'ok', value: 'none is plugged in' };
    const next = 'plug one in, or name a sound file with --microphone; without one the device only sees';
    return { ...base, state: 'warning', value: 'none is plugged in', next };
  }
  const lines = microphones.map(async ({ name, device, node }) => {
    const card = /pcmC(\d+)D/.exec(node)?.[1] ?? '';
    const stream = await readFile(join(systemRoot, `proc/asound/card${card}/stream0`), 'utf8').catch(
      () => '',
    );
    return `${name} (${device})${modeWords(parseUsbStream(stream))}`;
  });
  const value = (await Promise.all(lines)).join('; ');
  return (await forbidden(microphones.map(({ node }) => node))) === undefined
    ? { ...base, state: 'ok', value }
    : { ...base, state: 'fault', value: `${value}: this user may not record`, next: joinGroup('audio') };
}

async function cameraFinding(cameras: readonly CameraDevice[], source: string): Promise<Finding> {
  const base = { id: 'camera', label: 'cameras' } as const;
  if (cameras.length === 0) {
    if (source !== 'auto') return { ...base, state: 'ok', value: 'none is plugged in' };
    const next =
      'plug one in, or name an address, a video or a folder of pictures with --camera; vigil demo needs none';
    return { ...base, state: 'warning', value: 'none is plugged in', next };
  }
  const lines = cameras.map(
    async ({ name, device }) =>
      `${name} (${device})${formatWords(parseCameraFormats(await formatsOf(device)))}`,
  );
  const value = (await Promise.all(lines)).join('; ');
  return (await forbidden(cameras.map(({ node }) => node))) === undefined
    ? { ...base, state: 'ok', value }
    : { ...base, state: 'fault', value: `${value}: this user may not open it`, next: joinGroup('video') };
}

/** What ffmpeg writes about the formats of a camera; empty where it cannot be asked. */
async function formatsOf(device: string): Promise<string> {
  try {
    const child = Bun.spawn(listFormatsCommand(device), {
      ...{ stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
      ...{ timeout: askLimitMs, killSignal: 'SIGKILL' },
    });
    return await new Response(child.stderr).text();
  } catch {
    return '';
  }
}

/** `: mjpeg up to 1920x1080, yuyv422 up to 1280x720`; the first few say enough. */
function formatWords(formats: readonly CameraFormat[]): string {
  if (formats.length === 0) return '';
  const said = formats.slice(0, mostFormats).map(({ name, largest }) => {
    return largest === undefined ? name : `${name} up to ${largest.widthPx}x${largest.heightPx}`;
  });
  const more = formats.length > mostFormats ? `, and ${formats.length - mostFormats} more` : '';
  return `: ${said.join(', ')}${more}`;
}

/** `: 16000, 24000, 32000 Hz, 2 channels`. */
function modeWords(modes: CaptureModes | undefined): string {
  if (modes === undefined || modes.sampleRatesHz.length === 0) return '';
  return `: ${modes.sampleRatesHz.join(', ')} Hz, ${modes.channels.join(' or ')} channels`;
}

/** The first of these that this user may not read and write. */
async function forbidden(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const allowed = await access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!allowed) return path;
  }
  return undefined;
}

function joinGroup(group: string): string {
  return `sudo usermod -aG ${group} ${userInfo().username}, then log in again`;
}
