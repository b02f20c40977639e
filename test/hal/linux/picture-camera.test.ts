import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { PictureCamera } from '../../../hal/linux/picture-camera.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { refusal } from './support.ts';

let root: string;
const settings = { widthPx: 40, heightPx: 30, fps: 10 };
const never = new AbortController().signal;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigil-picture-camera-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder with a red, a broken, and a blue picture. */
async function makeFolder(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, '1.png'), await plain(80, 20, '#ff0000'));
  await writeFile(join(folder, '2.png'), 'broken');
  await writeFile(join(folder, '3.png'), await plain(10, 10, '#0000ff'));
  return folder;
}

function plain(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

function setUp(path: string, options: { loop?: boolean; showMs?: number } = {}) {
  const clock = new VirtualClock();
  const ring = FrameRing.create(settings);
  const problems: string[] = [];
  const camera = new PictureCamera({
    ...{ path, ring, clock, showMs: 300, ...options },
    onProblem: (problem) => problems.push(basename(problem)),
  });
  return { clock, ring, camera, problems };
}

test('each picture is shown for its time, once, and then the stream is at its end', async () => {
  const { clock, camera, problems } = setUp(await makeFolder('once'), { loop: false });
  const session = await clock.runUntilSettled(camera.open(settings, never));
  const openedMs = clock.nowMs();
  const shown: [string, number][] = [];
  const reading = (async () => {
    for await (const frame of session.frames(never)) {
      shown.push([basename(frame.source ?? ''), frame.receivedAtMs - openedMs]);
    }
  })();
  await clock.runUntilSettled(reading);
  expect(shown).toEqual([
    ['1.png', 0],
    ['1.png', 100],
    ['1.png', 200],
    ['3.png', 300],
    ['3.png', 400],
    ['3.png', 500],
  ]);
  expect([session.dropped, problems]).toEqual([0, ['2.png']]);
  await session.close();
  expect(clock.pendingTimers).toBe(0);
});

test('the folder begins again after its last picture', async () => {
  const { clock, camera } = setUp(await makeFolder('loop'));
  const session = await clock.runUntilSettled(camera.open(settings, never));
  const shown: string[] = [];
  const reading = (async () => {
    for await (const frame of session.frames(never)) {
      const name = basename(frame.source ?? '');
      if (shown.at(-1) !== name) shown.push(name);
      if (shown.length === 5) break;
    }
  })();
  await clock.runUntilSettled(reading);
  expect(shown).toEqual(['1.png', '3.png', '1.png', '3.png', '1.png']);
  await session.close();
});

test('a picture stands in the middle of the frame, shrunk to fit but never enlarged, with black around it', async () => {
  const { clock, ring, camera } = setUp(await makeFolder('paint'));
  const session = await clock.runUntilSettled(camera.open(settings, never));
  const seen = new Map<string, string>();
  const reading = (async () => {
    for await (const frame of session.frames(never)) {
      const pixels = ring.pixels(frame);
      const at = (x: number, y: number) =>
        [...pixels.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)].join();
      const name = basename(frame.source ?? '');
      if (name === '1.png') seen.set(name, [at(0, 9), at(0, 10), at(39, 19), at(39, 20)].join(' '));
      if (name === '3.png') seen.set(name, [at(14, 10), at(15, 10), at(24, 19), at(25, 19)].join(' '));
      if (seen.size === 2) break;
    }
  })();
  await clock.runUntilSettled(reading);
  expect(seen.get('1.png')).toBe('0,0,0 255,0,0 255,0,0 0,0,0'); // 80x20 became 40x10
  expect(seen.get('3.png')).toBe('0,0,0 0,0,255 0,0,255 0,0,0');
  await session.close();
});

test('a folder without a picture, with only broken ones, or that is not there is told when it is opened', async () => {
  const empty = join(root, 'empty');
  const broken = join(root, 'broken');
  await mkdir(empty);
  await mkdir(broken);
  await writeFile(join(broken, 'a.jpg'), 'x');
  const expected = { [empty]: 'not-found', [broken]: 'invalid-argument', [join(root, 'none')]: 'not-found' };
  for (const [path, kind] of Object.entries(expected)) {
    const { clock, camera } = setUp(path);
    const error = await clock.runUntilSettled(refusal(camera.open(settings, never)));
    expect([path, error.kind as string]).toEqual([path, kind]);
  }
});

test('pictures that go away while they are shown end the stream with an error, not silently', async () => {
  const folder = await makeFolder('gone');
  const { clock, camera } = setUp(folder);
  const session = await clock.runUntilSettled(camera.open(settings, never));
  await rm(folder, { recursive: true });
  const reading = (async () => {
    for await (const _ of session.frames(never));
  })();
  expect((await clock.runUntilSettled(refusal(reading))).kind).toBe('not-found');
  await session.close();
});
