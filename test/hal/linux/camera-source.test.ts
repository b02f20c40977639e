import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import { cameraSourceName, listCameras, parseCameraSource } from '../../../hal/linux/camera-source.ts';

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
  expect(parseCameraSource(picture)).toEqual({ kind: 'picture', path: picture });
  expect(parseCameraSource(video)).toEqual({ kind: 'video-file', path: video });
  expect(parseCameraSource(folder)).toEqual({ kind: 'picture-folder', path: folder });
});

test('what has no meaning, and what is not there, is refused with what is allowed', () => {
  const kinds: [string, string][] = [
    ['', 'invalid-argument'],
    ['ftp://cam/x', 'invalid-argument'],
    ['rtsp://', 'invalid-argument'],
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

test('cameras are listed once each, those with a lasting name first, codecs and metadata nodes not at all', async () => {
  const nodes = [
    { node: 'video10', index: '0', name: 'bcm2835-codec-decode' },
    { node: 'video2', index: '0', name: 'HD Pro Webcam C920' },
    { node: 'video3', index: '1', name: 'HD Pro Webcam C920' },
    { node: 'video0', index: '0', name: 'Integrated Camera' },
  ];
  for (const { node, index, name } of nodes) {
    const place = join(folder, 'sys/class/video4linux', node);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'index'), `${index}\n`);
    await writeFile(join(place, 'name'), `${name}\n`);
  }
  const links = join(folder, 'dev/v4l/by-id');
  await mkdir(links, { recursive: true });
  await writeFile(join(folder, 'dev/video2'), '');
  await symlink('../../video2', join(links, 'usb-C920-video-index0'));
  await symlink('../../video9', join(links, 'usb-gone-video-index0'));
  const c920 = join(links, 'usb-C920-video-index0');
  expect(listCameras(folder)).toEqual([
    { device: c920, node: join(folder, 'dev/video2'), name: 'HD Pro Webcam C920' },
    { device: join(folder, 'dev/video0'), node: join(folder, 'dev/video0'), name: 'Integrated Camera' },
  ]);
  expect(listCameras(join(folder, 'nowhere'))).toEqual([]);
});
