import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../../src/config/read.ts';
import {
  cameraSourceFinding,
  microphoneSourceFinding,
  nativeFinding,
} from '../../../src/runtime/doctor/sources.ts';

const none = () => false;
const webcam = {
  device: '/dev/v4l/by-id/c920',
  node: '/dev/video0',
  name: 'C920',
  connection: 'usb',
} as const;
const card = {
  device: 'hw:CARD=C920,DEV=0',
  node: '/dev/snd/pcmC1D0c',
  name: 'C920',
  connection: 'usb',
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-sources-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what the configuration wants to look through', () => {
  test('is a fault while it is not plugged in, and nothing is said of auto', () => {
    expect(cameraSourceFinding('auto', [])).toBeUndefined();
    expect(cameraSourceFinding('/dev/v4l/by-id/c920', [webcam])?.state).toBe('ok');
    expect(cameraSourceFinding('/dev/v4l/by-id/c920', [])).toMatchObject({
      state: 'fault',
      value: '/dev/v4l/by-id/c920: it is not plugged in',
    });
    expect(cameraSourceFinding('no-such-video.mp4', [])?.state).toBe('fault');
  });

  test('is not said with its password, and needs no camera here when it is an address', () => {
    const finding = cameraSourceFinding('rtsp://me:pw@cam/1', []);
    expect([finding?.state, finding?.value]).toEqual(['ok', 'rtsp://***@cam/1']);
  });

  test('names the install line where GStreamer is missing', () => {
    expect(cameraSourceFinding('csi:0', [], none)?.next).toContain('apt-get install gstreamer1.0-tools');
    expect(cameraSourceFinding('csi:0', [], () => true)?.state).toBe('ok');
  });
});

test('what it wants to listen through is looked for among the cards, and none is a choice', () => {
  expect(microphoneSourceFinding('none', [])?.state).toBe('ok');
  expect(microphoneSourceFinding('plughw:CARD=C920,DEV=0', [card])?.state).toBe('ok');
  expect(microphoneSourceFinding('CARD=C92', [card])).toMatchObject({
    state: 'fault',
    value: 'CARD=C92: it is not plugged in',
  });
  expect(microphoneSourceFinding('default', [])?.state).toBe('ok');
});

test('the co-processor is a fault only where something needs it; an old system is told what would run it', async () => {
  const plain = parseConfig('', undefined).config;
  const needs = parseConfig('[camera]\nsource = "opencv:0"\n', undefined).config;
  const modern = { glibc: '2.36', node: '20.1.0' };
  expect(nativeFinding(plain, folder, modern)).toBeUndefined();
  expect(nativeFinding(needs, folder, modern)).toMatchObject({ state: 'fault', next: 'vigil setup native' });
  expect(nativeFinding(needs, folder, { glibc: '2.27', node: undefined })?.next).toContain('a Node 16');
  expect(nativeFinding(needs, folder, { glibc: '2.36', node: undefined })?.next).toContain('https://');
  await writeFile(join(folder, 'co-processor.mjs'), '');
  expect(nativeFinding(needs, folder, modern)?.state).toBe('ok');
  expect(nativeFinding(plain, folder, { ...modern, node: undefined })?.state).toBe('warning');
});
