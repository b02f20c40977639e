import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForDevice } from '../../../hal/linux/device-watch.ts';
import { openDescriptors } from './support.ts';

let dev: string;
const never = new AbortController().signal;
beforeEach(async () => {
  dev = await mkdtemp(join(tmpdir(), 'vigil-dev-'));
});
afterEach(() => rm(dev, { recursive: true, force: true }));

/** The time until the promise resolved. */
async function after(work: Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work;
  return performance.now() - beganMs;
}

test('a device that is there is found at once', async () => {
  await writeFile(join(dev, 'video0'), '');
  expect(await after(waitForDevice(join(dev, 'video0'), never))).toBeLessThan(50);
});

test('a device that appears is found when it does', async () => {
  const waiting = after(waitForDevice(join(dev, 'video0'), never));
  await Bun.sleep(60);
  await writeFile(join(dev, 'other'), '');
  await Bun.sleep(40);
  await writeFile(join(dev, 'video0'), '');
  const tookMs = await waiting;
  expect(tookMs).toBeGreaterThan(90);
  expect(tookMs).toBeLessThan(300);
});

test('a link in folders that do not exist yet is found, also when the folders go and come', async () => {
  const link = join(dev, 'v4l/by-id/camera');
  const waiting = waitForDevice(link, never);
  await Bun.sleep(20);
  await mkdir(join(dev, 'v4l/by-id'), { recursive: true });
  await Bun.sleep(20);
  await rm(join(dev, 'v4l'), { recursive: true });
  await Bun.sleep(20);
  await mkdir(join(dev, 'v4l/by-id'), { recursive: true });
  await Bun.sleep(20);
  await symlink('../../video0', link); // dangling: the node comes later
  await Bun.sleep(20);
  await writeFile(join(dev, 'video0'), '');
  await writeFile(join(dev, 'v4l/by-id/other'), ''); // udev makes the link after the node
  await waiting;
});

test('a folder that goes at the moment it is looked at is waited for again', async () => {
  const folder = join(dev, 'v4l/by-id');
  const waiting = waitForDevice(join(folder, 'camera'), never);
  for (let i = 0; i < 300; i++) {
    await mkdir(folder, { recursive: true });
    await rm(join(dev, 'v4l'), { recursive: true });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'camera'), '');
  await waiting;
});

test('abort rejects with the reason of the signal and leaves no descriptor', async () => {
  const before = openDescriptors();
  const controller = new AbortController();
  const waiting = waitForDevice(join(dev, 'video0'), controller.signal);
  await Bun.sleep(10);
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await waiting.catch((error: unknown) => error)).toBe(reason);
  expect(openDescriptors()).toBeLessThanOrEqual(before + 1); // one inotify instance may stay for all watches
});
