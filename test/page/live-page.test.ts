import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { z } from 'zod';
import { machines } from '../../machines/index.ts';
import { chartOf, statesOf } from '../../src/charts/chart.ts';
import { type TraceRecord, traceRecordSchema } from '../../src/trace/record.ts';
import { launchBrowser, noBrowser, openTab, type WatchedTab } from './browser.ts';
import { type RunningDemo, startDemo } from './running-demo.ts';

/** What the page showed at one moment. */
const sampleSchema = z.object({ seq: z.int(), machine: z.string(), lit: z.array(z.string()) });
const pathsSchema = z.array(z.string());

const samplesWanted = 1_000;

/** Run in the page. */
const statesDrawn = `[...document.querySelectorAll('#chart .state')].map((group) => group.dataset.state)`;

/** Runs in the page: waits of a few milliseconds, and another chart now and then. */
const takeSamples = `(async () => {
  const samples = [];
  const tabs = [...document.querySelectorAll('#tabs button')].filter(({ id }) => id !== 'tab-visit');
  while (samples.length < ${samplesWanted}) {
    if (samples.length % 40 === 0) tabs[(samples.length / 40) % tabs.length].click();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
    if (document.querySelector('#chart svg') === null) continue; // this chart is still on its way
    samples.push({
      seq: Number(document.body.dataset.seq),
      machine: document.querySelector('#tabs [aria-selected=true]').id.replace('tab-', ''),
      lit: [...document.querySelectorAll('#chart .active-leaf')].map((group) => group.dataset.state),
    });
  }
  return samples;
})()`;

/** The leaf states of each actor after each of its snapshots, oldest first. */
function statesOverTime(
  records: readonly TraceRecord[],
): Map<string, { seq: number; states: readonly string[] }[]> {
  const told = new Map<string, { seq: number; states: readonly string[] }[]>();
  for (const record of records) {
    if (record.kind !== 'snapshot') continue;
    told.set(record.actor, [...(told.get(record.actor) ?? []), { seq: record.seq, states: record.states }]);
  }
  return told;
}

describe.skipIf(noBrowser !== undefined)(
  `the page of a running demo${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`,
  () => {
    let demo: RunningDemo;
    let browser: Browser;
    let tab: WatchedTab;

    beforeAll(async () => {
      [demo, browser] = await Promise.all([startDemo(), launchBrowser()]);
      tab = await openTab(browser);
      await tab.page.goto(demo.url);
      await tab.page.waitForSelector('#chart svg');
      await tab.page.waitForSelector('#connection[data-state=live]');
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await demo?.[Symbol.asyncDispose]();
    });

    test('has a chart of every machine with every one of its states', async () => {
      for (const [name, machine] of Object.entries(machines)) {
        await tab.page.click(`#tab-${name}`);
        await tab.page.waitForSelector(`#chart svg:has(#chart-${name})`);
        const drawn = pathsSchema.parse(await tab.page.evaluate(statesDrawn));
        expect([name, drawn.toSorted()]).toEqual([
          name,
          [...statesOf(chartOf(machine))].map(({ path }) => path).toSorted(),
        ]);
      }
    }, 30_000);

    test('lights the states that the trace has, at a thousand random moments', async () => {
      const samples = z.array(sampleSchema).parse(await tab.page.evaluate(takeSamples));
      const lines = (await (await fetch(new URL('/records', demo.url))).text()).trim().split('\n');
      const told = statesOverTime(lines.map((line) => traceRecordSchema.parse(JSON.parse(line))));
      const machinesSeen = new Set<string>();
      let compared = 0;
      for (const { seq, machine, lit } of samples) {
        const actor = machine === 'device' ? 'device' : `device/${machine}`;
        const states = told.get(actor)?.findLast((snapshot) => snapshot.seq <= seq)?.states;
        if (states === undefined) continue; // it has not moved for as long as records are kept
        expect([seq, machine, lit.toSorted()]).toEqual([seq, machine, states.toSorted()]);
        machinesSeen.add(machine);
        compared++;
      }
      expect(machinesSeen.size).toBeGreaterThanOrEqual(5);
      expect(compared).toBeGreaterThan(samplesWanted / 2);
    }, 30_000);

    test('tells of a state and a transition that are clicked, and of delays and guards', async () => {
      const { page } = tab;
      await page.click('#tab-watchdog');
      await page.waitForSelector('#chart svg:has(#chart-watchdog)');
      await page.waitForSelector('#delays progress');
      await page.waitForSelector('#guards .said-yes');
      await page.click('#chart .state[data-state="vision.alive"] > .name');
      expect(await page.textContent('#chosen h4')).toBe('vision › alive');
      expect(await page.textContent('#chosen')).toMatch(/Progress was made lately.*Active for/);
      expect(await page.textContent('#chosen')).toMatch(/Ways out:.*after late after → vision › late/);
      await page.click('#chosen .way:has-text("after late after")');
      expect(await page.textContent('#chosen h4')).toBe('vision › alive → vision › late');
      expect(await page.textContent('#chosen')).toMatch(/(Not taken|Taken .*) since \d\d:\d\d:\d\d/);

      await page.click('#tab-vision');
      await page.waitForSelector('#chart svg:has(#chart-vision)');
      expect(await page.textContent('#running')).toContain('look');
    }, 15_000);

    test('is also read by the keyboard', async () => {
      const { page } = tab;
      await page.focus('#tab-device');
      await page.click('#tab-device');
      await page.keyboard.press('ArrowRight');
      expect(await page.getAttribute('#tab-vision', 'aria-selected')).toBe('true');
      await page.selectOption('#state-choice', 'running.idle');
      expect(await page.textContent('#chosen h4')).toBe('running › idle');
      expect(await page.locator('#chart .chosen').getAttribute('data-state')).toBe('running.idle');
    });

    test('says what the lamps were told and what they answered', async () => {
      expect(await tab.page.textContent('#outputs')).toMatch(/Green lamptold: (on|off)answered: (on|off)/);
      expect(await tab.page.textContent('#outputs')).toMatch(/Red lamptold: (on|off)/);
      expect(await tab.page.textContent('#sources')).toContain('Seeing makes progress');
    });

    test('asks this machine alone, and has nothing to complain of', () => {
      const { host } = new URL(demo.url);
      expect(tab.requests.length).toBeGreaterThan(5);
      expect(tab.requests.filter((url) => new URL(url).host !== host)).toEqual([]);
      expect(tab.complaints).toEqual([]);
    });
  },
);
