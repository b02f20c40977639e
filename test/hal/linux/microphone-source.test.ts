import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import {
  bestMicrophone,
  listMicrophones,
  parseMicrophoneSource,
} from '../../../hal/linux/microphone-source.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-asound-'));
  await mkdir(join(root, 'dev/snd'), { recursive: true });
  for (const node of [
    'controlC0',
    'pcmC0D3p',
    'pcmC10D0c',
    'pcmC2D0c',
    'pcmC2D1c',
    'pcmC3D0c',
    'timer',
    'seq',
  ]) {
    await writeFile(join(root, 'dev/snd', node), '');
  }
  const cards = { 0: 'HDMI', 2: 'C920', 10: 'Loopback' };
  for (const [card, id] of Object.entries(cards)) {
    await mkdir(join(root, `proc/asound/card${card}/pcm0c`), { recursive: true });
    await writeFile(join(root, `proc/asound/card${card}/id`), `${id}\n`);
  }
  await writeFile(
    join(root, 'proc/asound/card2/pcm0c/info'),
    'card: 2\ndevice: 0\nname: USB Audio\nsubname: x\n',
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('cards that can record are listed by their id, the best first', async () => {
  await mkdir(join(root, 'proc/asound/card12/pcm0c'), { recursive: true });
  await writeFile(join(root, 'proc/asound/card12/id'), 'Podcaster\n');
  await writeFile(join(root, 'proc/asound/card12/usbid'), '19f7:0003\n');
  await writeFile(join(root, 'dev/snd/pcmC12D0c'), '');
  const listed = listMicrophones(root).map(({ device, name, connection }) => [device, name, connection]);
  expect(listed).toEqual([
    ['hw:CARD=Podcaster,DEV=0', 'Podcaster', 'usb'],
    ['hw:CARD=C920,DEV=0', 'USB Audio', 'built-in'],
    ['hw:CARD=C920,DEV=1', 'C920', 'built-in'],
    ['hw:CARD=Loopback,DEV=0', 'Loopback', 'loopback'],
  ]);
  expect(bestMicrophone(root)).toEqual({
    device: 'hw:CARD=Podcaster,DEV=0',
    why: 'Podcaster: a USB microphone, before hw:CARD=C920,DEV=0, hw:CARD=C920,DEV=1, hw:CARD=Loopback,DEV=0',
  });
});

test('a machine without sound has no microphones', () => {
  expect(listMicrophones(join(root, 'nowhere'))).toEqual([]);
});

describe('what a person writes', () => {
  test.each([
    ['auto', { kind: 'auto' }],
    ['none', { kind: 'none' }],
    ['CARD=C920', { kind: 'alsa', device: 'hw:CARD=C920,DEV=0' }],
    ['CARD=C920,DEV=1', { kind: 'alsa', device: 'hw:CARD=C920,DEV=1' }],
    ['hw:CARD=C920,DEV=0', { kind: 'alsa', device: 'hw:CARD=C920,DEV=0' }],
    ['plughw:1', { kind: 'alsa', device: 'plughw:1' }],
    ['default', { kind: 'alsa', device: 'default' }],
    ['pulse', { kind: 'alsa', device: 'pulse' }],
  ] as const)('%s', (text, source) => {
    expect(parseMicrophoneSource(text)).toEqual(source);
  });

  test('a path must be there, and says so with what a microphone can be', async () => {
    const path = join(root, 'sound.wav');
    await writeFile(path, '');
    expect(parseMicrophoneSource(path)).toEqual({ kind: 'sound-file', path });
    for (const text of [join(root, 'none.wav'), 'C920', '']) {
      let error: unknown;
      try {
        parseMicrophoneSource(text);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(HalError);
      expect((error as HalError).message).toContain('CARD=C920');
    }
  });
});
