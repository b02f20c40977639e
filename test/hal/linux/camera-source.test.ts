import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import {
  bestCamera,
  cameraSourceName,
  listCameras,
  parseCameraSource,
} from '../../../hal/linux/camera-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-source-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a source is read as it is written', async () => {
  const picture = join(folder, 'me.JPG');
  const video = join(folder, 'clip: one.mp4');
  await Promise.all([writeFile(picture, 'x'), writeFile(video, 'x')]);
  expect(parseCameraSource('auto')).toEqual({ kind: 'auto' });
  expect(parseCameraSource('/dev/video7')).toEqual({ kind: 'v4l2', device: '/dev/video7' });
  expect(parseCameraSource('/dev/v4l/by-id/x')).toEqual({ kind: 'v4l2', device: '/dev/v4l/by-id/x' });
  expect(parseCameraSource('avfoundation:0')).toEqual({ kind: 'avfoundation', device: '0' });
  expect(parseCameraSource('RTSP://u:p@cam/1')).toEqual({ kind: 'rtsp', url: 'RTSP://u:p@cam/1' });
  expect(parseCameraSource('https://cam/mjpg')).toEqual({ kind: 'http', url: 'https://cam/mjpg' });
  expect(parseCameraSource('csi:1')).toEqual({ kind: 'csi', sensor: 1 });
  expect(parseCameraSource('gstreamer: v4l2src device=/dev/video7')).toEqual({
    kind: 'gstreamer',
    elements: 'v4l2src device=/dev/video7',
  });
  expect(parseCameraSource(picture)).toEqual({ kind: 'picture', path: picture });
  expect(parseCameraSource(video)).toEqual({ kind: 'video-file', path: video });
  expect(parseCameraSource(folder)).toEqual({ kind: 'picture-folder', path: folder });
});

test('what has no meaning, and what is not there, is refused with what is allowed', () => {
  const kinds: [string, string][] = [
    ['', 'invalid-argument'],
    ['ftp://cam/x', 'invalid-argument'],
    ['rtsp://', 'invalid-argument'],
    ['csi:', 'not-found'],
    ['gstreamer: ', 'not-found'],
    ['nothing.mp4', 'not-found'],
  ];
  for (const [text, kind] of kinds) {
    try {
      parseCameraSource(text);
      throw new Error(`'${text}' was taken`);
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      expect([text, error.kind as string]).toEqual([text, kind]);
      expect(error.message).toContain('/dev/video0');
    }
  }
});

test('the name of a source does not give its password away', () => {
  expect(cameraSourceName(parseCameraSource('rtsp://me:pw@cam/1'))).toBe('rtsp://***@cam/1');
});

/** Nodes of /sys as the kernel makes them: each a link into the tree of devices. */
async function makeNodes(
  root: string,
  nodes: readonly { node: string; index: string; name: string; place: string }[],
): Promise<void> {
  await mkdir(join(root, 'sys/class/video4linux'), { recursive: true });
  await mkdir(join(root, 'dev'), { recursive: true });
  for (const { node, index, name, place } of nodes) {
    const real = join(root, 'sys/devices', place, node);
    await mkdir(real, { recursive: true });
    await writeFile(join(real, 'index'), `${index}\n`);
    await writeFile(join(real, 'name'), `${name}\n`);
    await writeFile(join(root, 'dev', node), '');
    await symlink(real, join(root, 'sys/class/video4linux', node));
  }
}

test('cameras are listed once each, the best first, codecs and metadata nodes not at all', async () => {
  const root = join(folder, 'many');
  const dev = (node: string) => join(root, 'dev', node);
  await makeNodes(root, [
    { node: 'video10', index: '0', name: 'bcm2835-codec-decode', place: 'platform/bcm2835' },
    { node: 'video1', index: '0', name: 'fed by a program', place: 'virtual/video4linux' },
    { node: 'video0', index: '0', name: 'vi-output, imx219 6-0010', place: 'platform/tegra' },
    { node: 'video2', index: '0', name: 'vivid', place: 'platform/vivid.0' },
    { node: 'video3', index: '0', name: 'Old Webcam', place: 'pci0/usb1/1-2' },
    { node: 'video4', index: '0', name: 'HD Pro Webcam C920', place: 'pci0/usb1/1-1' },
    { node: 'video5', index: '1', name: 'HD Pro Webcam C920', place: 'pci0/usb1/1-1' },
  ]);
  const links = join(root, 'dev/v4l/by-id');
  await mkdir(links, { recursive: true });
  await symlink('../../video4', join(links, 'usb-C920-video-index0'));
  await symlink('../../video9', join(links, 'usb-gone-video-index0'));
  const c920 = join(links, 'usb-C920-video-index0');
  const device = (node: string, name: string, connection: string) => ({
    ...{ device: dev(node), node: dev(node), name, connection },
  });
  expect(listCameras(root) as object[]).toEqual([
    device('video3', 'Old Webcam', 'usb'),
    { ...device('video4', 'HD Pro Webcam C920', 'usb'), device: c920 },
    { ...device('video0', 'vi-output, imx219 6-0010', 'csi'), device: 'csi:0' },
    device('video2', 'vivid', 'other'),
    device('video1', 'fed by a program', 'virtual'),
  ]);
});

test('auto takes the best camera that is there, and says why it is that one', async () => {
  const root = join(folder, 'jetson');
  const loopback = { node: 'video1', index: '0', name: 'fed by a program', place: 'virtual/video4linux' };
  await makeNodes(root, [
    { node: 'video0', index: '0', name: 'vi-output, imx219 6-0010', place: 'platform/tegra' },
    loopback,
  ]);
  expect(bestCamera(root)).toEqual({
    source: { kind: 'csi', sensor: 0 },
    why: `vi-output, imx219 6-0010: a camera on the CSI connector, before ${join(root, 'dev/video1')}`,
  });
  const alone = join(folder, 'alone');
  await makeNodes(alone, [loopback]);
  expect(bestCamera(alone)).toEqual({
    source: { kind: 'v4l2', device: join(alone, 'dev/video1') },
    why: 'fed by a program: the only camera here',
  });
  expect(() => bestCamera(join(folder, 'nowhere'))).toThrow('no camera is plugged in');
});
