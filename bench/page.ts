/**
 * The page in Chromium while the built-in scene plays, and what it costs the device: `bun bench/page.ts`. Size of what
 * is sent, first paint on loopback, work a frame and the longest tasks from a trace of the first 20 s.
 */

import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { buildAssets } from '../src/page/assets.ts';
import { launchBrowser, noBrowser } from '../test/page/browser.ts';
import { startDemo } from '../test/page/running-demo.ts';
import { categories, mainThreadOf } from './support/browser-trace.ts';
import { finish, progress, rounded } from './support/report.ts';
import { percentile } from './support/statistics.ts';

const bench = 'page';
const watchedMs = 20_000;
/** So that the chart is laid out: it is cached afterwards, and elkjs is not part of the page. */
const warmMs = 12_000;

if (noBrowser !== undefined) finish({ bench, skipped: noBrowser, figures: [] });

const { page: html, files } = await buildAssets();
const sent = [html, ...files.filter(({ name }) => /^(page|icon)\./.test(name)).map(({ body }) => body)];
const bundleKb = sent.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1_000;

progress('starting the built-in scene ...');
await using demo = await startDemo();
const browser = await launchBrowser();
const first = await browser.newPage();
await first.goto(demo.url);
await first.waitForSelector('#chart svg');
await first.waitForTimeout(warmMs);
await first.close();

progress(`watching a page for ${watchedMs / 1_000} s ...`);
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await browser.startTracing(page, { categories });
await page.goto(demo.url);
await page.waitForTimeout(watchedMs);
const trace = await browser.stopTracing();
const firstPaintMs = z
  .number()
  .parse(await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`));
await browser.close();
const { tasksMs, framesMs } = mainThreadOf(trace.toString());

finish({
  bench,
  figures: [
    { what: 'the page gzipped, without charts', value: rounded(bundleKb), unit: 'kB', limit: { most: 300 } },
    { what: 'first paint', value: rounded(firstPaintMs), unit: 'ms', limit: { most: 1_000 } },
    {
      what: 'work a frame, 95 %',
      value: rounded(percentile(framesMs, 0.95)),
      unit: 'ms',
      limit: { most: 8 },
    },
    { what: 'longest task', value: rounded(Math.max(...tasksMs)), unit: 'ms', limit: { most: 50 } },
    { what: 'tasks over 50 ms', value: tasksMs.filter((ms) => ms > 50).length, unit: '' },
    { what: 'frames', value: framesMs.length, unit: '' },
  ],
});
