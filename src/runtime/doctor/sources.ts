import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import {
  type CameraDevice,
  type CameraSource,
  cameraSourceName,
  parseCameraSource,
} from '../../../hal/linux/camera-source.ts';
import { gstreamerInstallHint } from '../../../hal/linux/gstreamer.ts';
import { type MicrophoneDevice, parseMicrophoneSource } from '../../../hal/linux/microphone-source.ts';
import { nodeInstallHint, programName } from '../../../hal/native/co-processor.ts';
import type { VigilConfig } from '../../config/schema.ts';
import type { Finding } from './finding.ts';

const setUpHint = 'vigil setup asks for another and tries it';

/** Whether what the configuration wants to look through can be had; undefined where it leaves that to the device. */
export function cameraSourceFinding(
  text: string,
  cameras: readonly CameraDevice[],
  isInstalled: (program: string) => boolean = onPath,
): Finding | undefined {
  const base = { id: 'camera-source', label: 'looks through' } as const;
  let source: CameraSource;
  try {
    source = parseCameraSource(text);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    return { ...base, state: 'fault', value: error.message, next: setUpHint };
  }
  if (source.kind === 'auto') return undefined;
  const value = cameraSourceName(source);
  if (source.kind === 'v4l2') {
    const isHere = cameras.some(({ device, node }) => source.device === device || source.device === node);
    if (isHere || existsSync(source.device)) return { ...base, state: 'ok', value };
    const next = `plug it in; the device waits for it. ${setUpHint}`;
    return { ...base, state: 'fault', value: `${value}: it is not plugged in`, next };
  }
  if ((source.kind === 'csi' || source.kind === 'gstreamer') && !isInstalled('gst-launch-1.0')) {
    return {
      ...base,
      state: 'fault',
      value: `${value}: GStreamer is not installed`,
      next: gstreamerInstallHint,
    };
  }
  return { ...base, state: 'ok', value };
}

/** Likewise what it wants to listen through. */
export function microphoneSourceFinding(
  text: string,
  microphones: readonly MicrophoneDevice[],
): Finding | undefined {
  const base = { id: 'microphone-source', label: 'listens through' } as const;
  try {
    const source = parseMicrophoneSource(text);
    if (source.kind === 'auto') return undefined;
    if (source.kind === 'none') return { ...base, state: 'ok', value: 'nothing: the device only sees' };
    const card = source.kind === 'alsa' ? /CARD=[^,]+/.exec(source.device)?.[0] : undefined;
    if (card === undefined || microphones.some(({ device }) => device.includes(`${card},`))) {
      return { ...base, state: 'ok', value: text };
    }
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    return { ...base, state: 'fault', value: error.message, next: setUpHint };
  }
  const next = `plug it in; the device waits for it. ${setUpHint}`;
  return { ...base, state: 'fault', value: `${text}: it is not plugged in`, next };
}

/** Official builds of Node 18 and later need this one. */
const leastGlibcOfNode = [2, 28] as const;

/** The native co-processor, where something needs it or it is installed; undefined otherwise. */
export function nativeFinding(
  { camera, microphone, board }: VigilConfig,
  directory: string,
  { glibc, node }: { readonly glibc: string | undefined; readonly node: string | undefined },
): Finding | undefined {
  const base = { id: 'native', label: 'co-processor' } as const;
  const needed =
    camera.source.startsWith('opencv:') ||
    microphone.source.startsWith('portaudio:') ||
    board.gpioDriver === 'libgpiod';
  const installed = existsSync(join(directory, programName));
  if (!needed && !installed) return undefined;
  const state = needed ? 'fault' : 'warning';
  const [major = 0, minor = 0] = glibc?.split('.').map(Number) ?? [];
  const isOld =
    glibc !== undefined &&
    (major < leastGlibcOfNode[0] || (major === leastGlibcOfNode[0] && minor < leastGlibcOfNode[1]));
  if (node === undefined) {
    const next = isOld
      ? `glibc ${glibc} is too old for the builds of Node 18: take a Node 16, a system of Ubuntu 20.04 or later, or a container; everything else works without it`
      : nodeInstallHint;
    return { ...base, state, value: 'Node is not installed', next };
  }
  if (!installed)
    return { ...base, state, value: `not installed (Node ${node})`, next: 'vigil setup native' };
  return { ...base, state: 'ok', value: `${directory}, Node ${node}` };
}

function onPath(program: string): boolean {
  return Bun.which(program, { PATH: process.env.PATH ?? '' }) !== null;
}
