import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { z } from 'zod';
import { serveApi } from './served-api.ts';

const requests = 10_000;

test('ten thousand requests as fast as they are taken are refused, and leave the device’s thread alone', async () => {
  await using api = await serveApi();
  const token = api.token('status');
  const flood = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'flood.ts'), api.url, token, String(requests)],
    { stdout: 'pipe', stderr: 'inherit' },
  );
  // The thread of this test stands for the device's: the page has its own.
  const gaps: number[] = [];
  let lastMs = performance.now();
  const ticking = setInterval(() => {
    const nowMs = performance.now();
    gaps.push(nowMs - lastMs);
    lastMs = nowMs;
  }, 5);
  const startMs = performance.now();
  const statuses = z
    .record(z.string(), z.number())
    .parse(JSON.parse(await new Response(flood.stdout).text()));
  clearInterval(ticking);
  const seconds = (performance.now() - startMs) / 1_000;
  const answered = statuses['200'] ?? 0;
  expect(answered + (statuses['429'] ?? 0)).toBe(requests);
  // What one token may: at once, and a second.
  expect(answered).toBeLessThanOrEqual(60 + 20 * (seconds + 1));
  gaps.sort((a, b) => a - b);
  expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan(50);
  expect(api.measured()).toBe(0);
  // Others are answered again right after.
  await Bun.sleep(100);
  expect((await api.get('/api/v1/health', api.token('status'))).status).toBe(200);
}, 20_000);
