import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchForCamera } from '../../src/runtime/live-camera.ts';

// The one folder of /dev in which anybody may make files.
const shm = '/dev/shm';
const missing = !existsSync(shm);
const reason = missing ? ' (skipped: there is no /dev/shm)' : '';
const limitMs = 3_000;

test.skipIf(missing)(
  `a camera that is plugged in again is told at once, whichever driver it is read through${reason}`,
  async () => {
    const folder = await mkdtemp(join(shm, 'vigil-'));
    const node = join(folder, 'video0');
    const sources = [
      node,
      `gstreamer:v4l2src device=${node} ! jpegdec`,
      `gstreamer:v4l2src device="${node}"`,
      `opencv:${node}`,
    ];
    const ended = new AbortController();
    const appeared = sources.map(
      (source) =>
        new Promise<string>((resolve) => watchForCamera(source, () => resolve(source), ended.signal)),
    );
    const beganMs = performance.now();
    await writeFile(node, '');
    expect(await Promise.all(appeared)).toEqual(sources);
    expect(performance.now() - beganMs).toBeLessThan(limitMs);
    ended.abort(new Error('over'));
    await rm(folder, { recursive: true });
  },
);

test('one that is there, and one on the network, is not watched for', async () => {
  const ended = new AbortController();
  let told = 0;
  for (const source of ['/dev/null', 'rtsp://cam/1', 'csi:0', 'gstreamer:videotestsrc']) {
    watchForCamera(source, () => told++, ended.signal);
  }
  await Promise.resolve();
  ended.abort(new Error('over'));
  expect(told).toBe(0);
});
