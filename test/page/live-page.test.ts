import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { z } from 'zod';
import { machines } from '../../machines/index.ts';
import { chartOf, statesOf } from '../../src/charts/chart.ts';
import { viewNames } from '../../src/page/views.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';
import { readTrace } from '../../src/trace/read-file.ts';
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
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    if (document.querySelector('#chart svg') === null) continue; // this chart is still on its way
    samples.push({
      seq: Number(document.body.dataset.seq),
      machine: document.querySelector('#tabs [aria-selected=true]').id.replace('tab-', ''),
      lit: [...document.querySelectorAll('#chart .active-leaf')].map((group) => group.dataset.state),
    });
  }
  return samples;
})()`;

/** Runs in the page. */
const coloursOfPicture = `(() => {
  const { width, height } = document.querySelector('#picture');
  const { data } = document.querySelector('#picture').getContext('2d').getImageData(0, 0, width, height);
  return new Set(new Uint32Array(data.buffer)).size;
})()`;

/** Runs in the page. What stands around a view is looked at once; in the dark only the colours are others. */
const checkedByAxe = (view: string, colorScheme: 'light' | 'dark') => {
  const options = colorScheme === 'light' ? '{}' : `{ runOnly: ['color-contrast'] }`;
  return `axe.run(${view === viewNames[0] ? 'document' : `'#view-${view}'`}, ${options}).then(({ violations }) => violations)`;
};

const saidSchema = z.array(z.tuple([z.string(), z.string(), z.boolean()]));

/** Runs in the kiosk: what it said, in order, and whether with a picture. */
const noteWhatIsSaid = `(() => {
  window.said = [];
  const [kiosk, headline, portrait] = ['kiosk', 'headline', 'portrait'].map((id) => document.getElementById(id));
  const note = () => {
    const now = [kiosk.dataset.kind, headline.textContent, !portrait.hidden];
    const last = said.at(-1);
    if (last?.[1] === now[1] && last[0] === now[0]) said[said.length - 1] = now;
    else said.push(now);
  };
  new MutationObserver(note).observe(kiosk, { attributes: true, subtree: true, childList: true });
})()`;

/** Runs in the page: goes to records at random, with one chart after another. */
const scrubAbout = `(async () => {
  const samples = [];
  const scrub = document.querySelector('#scrub');
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  for (const machine of ['device', 'vision', 'output']) {
    document.querySelector('#tab-' + machine).click();
    for (let i = 0; i < 25; i++) {
      scrub.value = String(Math.floor(Math.random() * (Number(scrub.max) + 1)));
      scrub.dispatchEvent(new Event('input'));
      await nextFrame();
      samples.push({
        seq: Number(document.body.dataset.seq),
        machine,
        lit: [...document.querySelectorAll('#chart .active-leaf')].map((group) => group.dataset.state),
      });
    }
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
    let kiosk: WatchedTab;
    let folder: string;

    beforeAll(async () => {
      [demo, browser] = await Promise.all([startDemo(), launchBrowser()]);
      kiosk = await openTab(browser, { viewport: { width: 800, height: 480 } });
      await kiosk.page.goto(new URL('/kiosk', demo.url).href);
      await kiosk.page.evaluate(noteWhatIsSaid);
      tab = await openTab(browser);
      folder = await mkdtemp(join(tmpdir(), 'vigil-page-'));
      await tab.page.goto(demo.url);
      await tab.page.waitForSelector('#chart svg');
      await tab.page.waitForSelector('#connection[data-state=live]');
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
      await demo?.[Symbol.asyncDispose]();
    });

    test('has a chart of every machine with every one of its states', async () => {
      for (const [name, machine] of Object.entries(machines)) {
        await tab.page.click(`#tab-${name}`);
        await tab.page.waitForSelector(`#chart svg:has(#chart-${name})`, { timeout: 60_000 });
        const drawn = pathsSchema.parse(await tab.page.evaluate(statesDrawn));
        expect([name, drawn.toSorted()]).toEqual([
          name,
          [...statesOf(chartOf(machine))].map(({ path }) => path).toSorted(),
        ]);
      }
    }, 120_000);

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

    test('shows what the camera sees and the microphone hears, with why it says so, while somebody looks', async () => {
      const { page } = tab;
      await page.click('#menu a[href="#live"]');
      await page.waitForSelector('#picture:not([hidden])');
      await page.waitForSelector('#level:not([hidden])');
      // Somebody is in the built-in scene most of the time.
      await page.waitForSelector('#faces .face .scale:not([hidden])', { timeout: 25_000 });
      expect(await page.textContent('#faces .face')).toMatch(
        /\d+ · .+ at distance 0\.\d{3}, known up to 0\.125/,
      );
      expect(await page.getAttribute('#picture', 'aria-label')).toContain('face');
      const colours = z.int().parse(await page.evaluate(coloursOfPicture));
      expect(colours).toBeGreaterThan(100);
      await page.click('#menu a[href="#machines"]');
      await page.waitForSelector('#picture', { state: 'hidden' });
    }, 40_000);

    test('says what the lamps were told and what they answered', async () => {
      const { page } = tab;
      await page.click('#menu a[href="#live"]');
      await page.waitForSelector('#outputs:has-text("Green lamp")');
      expect(await page.textContent('#outputs')).toMatch(/Green lamptold: (on|off)answered: (on|off)/);
      expect(await page.textContent('#outputs')).toMatch(/Red lamptold: (on|off)/);
      await page.click('#menu a[href="#health"]');
      await page.waitForSelector('#sources:has-text("Seeing makes progress")');
      await page.click('#menu a[href="#machines"]');
    });

    test('stops at a record, steps, and goes on', async () => {
      const { page } = tab;
      await page.click('#pause');
      expect(await page.textContent('#position')).toMatch(/^Paused at record (\d+) of \1, /);
      const seq = await page.getAttribute('body', 'data-seq');
      await page.click('#back');
      await page.waitForSelector(`body[data-seq='${Number(seq) - 1}']`);
      await page.focus('#scrub');
      await page.keyboard.press('ArrowRight');
      await page.waitForSelector(`body[data-seq='${seq}']`);
      await page.click('#records summary');
      await page.selectOption('#record-kind', 'snapshot');
      await page.fill('#record-words', 'device/watchdog');
      const lines = await page.locator('#record-list .record').allTextContents();
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => !/snapshot.*device\/watchdog is in/.test(line))).toEqual([]);
      await page.click('#records summary');
      await page.click('#pause');
      expect(await page.textContent('#position')).toMatch(/^Live: /);
    }, 15_000);

    test('hands out the time that is shown as a trace, and shows the recorded states of one that is opened', async () => {
      const { page } = tab;
      for (let i = 0; i < 6; i++) await page.click('#time-wider');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
      expect(download.suggestedFilename()).toBe('vigil-trace.ndjson');
      const file = join(folder, 'saved.ndjson');
      await download.saveAs(file);
      const { records, utcOffsetMs } = await readTrace(file);
      expect(records.length).toBeGreaterThan(500);
      expect(Math.abs((utcOffsetMs ?? 0) + (records.at(-1)?.tMs ?? 0) - Date.now())).toBeLessThan(10_000);

      await page.setInputFiles('#file', file);
      await page.waitForSelector('body[data-view=file]');
      const told = statesOverTime(records);
      const samples = z.array(sampleSchema).parse(await page.evaluate(scrubAbout));
      for (const { seq, machine, lit } of samples) {
        const actor = machine === 'device' ? 'device' : `device/${machine}`;
        const states = told.get(actor)?.findLast((snapshot) => snapshot.seq <= seq)?.states ?? [];
        expect([seq, machine, lit.toSorted()]).toEqual([seq, machine, states.toSorted()]);
      }
      expect(new Set(samples.map(({ seq }) => seq)).size).toBeGreaterThan(30);
      await page.click('#pause');
      await page.waitForSelector('body[data-view=live]');
    }, 20_000);

    test('says what is wrong with a file that is no trace, and stays with the device', async () => {
      const { page } = tab;
      const file = join(folder, 'bad.ndjson');
      await Bun.write(file, '{"v":1,"seq":1}\nhello\n');
      await page.setInputFiles('#file', file);
      await page.waitForSelector('#file-problem:has-text("bad.ndjson:1")');
      expect(await page.getAttribute('body', 'data-view')).not.toBe('file');
    });

    test('lists what the journal has, with what a decision rested on and the trace around it', async () => {
      const { page } = tab;
      await page.click('#menu a[href="#history"]');
      await page.selectOption('#history-kind', 'decision');
      const decision = page.locator('#history details', { hasText: 'Granted to' }).first();
      await decision.locator('summary').first().click();
      expect(await decision.locator('dl').textContent()).toMatch(/answergranted.*byface.*distance0\.\d+/);
      await decision.locator('summary', { hasText: 'The trace around it' }).click();
      expect(await decision.locator('.record', { hasText: 'ACCESS.GRANTED' }).count()).toBeGreaterThan(0);
      await decision.locator('button').click();
      await page.waitForSelector('body[data-view=paused] #view-machines:not([hidden])');
      await page.click('#pause');
      await page.waitForSelector('body[data-view=live]');
    }, 15_000);

    test('tells how fast it is, and how the machine is', async () => {
      const { page } = tab;
      await page.click('#menu a[href="#health"]');
      await page.waitForSelector('#machine:has-text("Disk that is free")');
      await page.waitForSelector('#pace:has-text("95 % within")');
      expect(await page.textContent('#boots')).toContain('started');
      await page.click('#menu a[href="#machines"]');
    }, 15_000);

    test('goes from view to view by its menu, its address and the keyboard', async () => {
      const { page } = tab;
      await page.focus('#menu a[href="#live"]');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#view-live:not([hidden])');
      expect(await page.isVisible('#view-machines')).toBe(false);
      expect(await page.getAttribute('#menu a[href="#live"]', 'aria-current')).toBe('page');
      expect(await page.title()).toBe('Vigil · Live');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.goBack();
      await page.waitForSelector('#view-machines:not([hidden])');
    });

    test('is fit for a screen reader in every view, in light and in dark', async () => {
      const source = await Bun.file(require.resolve('axe-core/axe.min.js')).text();
      await tab.page.evaluate(source);
      for (const [view, colorScheme] of viewNames.flatMap(
        (name) =>
          [
            [name, 'light'],
            [name, 'dark'],
          ] as const,
      )) {
        await tab.page.emulateMedia({ colorScheme });
        await tab.page.click(`#menu a[href='#${view}']`);
        await tab.page.waitForSelector(`#view-${view}:not([hidden])`);
        const violations = z
          .array(
            z.object({ id: z.string(), impact: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
          )
          .parse(await tab.page.evaluate(checkedByAxe(view, colorScheme)));
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const found = serious.map(({ id, nodes }) => [
          id,
          nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)),
        ]);
        expect([view, colorScheme, found]).toEqual([view, colorScheme, []]);
      }
    }, 20_000);

    test('speaks the language of the browser, or the one that is chosen', async () => {
      const { page, complaints } = await openTab(browser, { locale: 'es-MX' });
      await page.goto(demo.url);
      await page.waitForSelector('#menu a:has-text("Máquinas")');
      expect(await page.getAttribute('html', 'lang')).toBe('es');
      await page.selectOption('#language', 'en');
      await page.waitForSelector('#menu a:has-text("Machines")');
      await page.reload();
      await page.waitForSelector('#menu a:has-text("Machines")');
      expect(complaints).toEqual([]);
      await page.close();
    });

    test('greets at the kiosk, with name and picture, and is kind to strangers; then lists who came', async () => {
      const { page } = kiosk;
      await page.waitForFunction(`said.some(([kind]) => kind === 'unknown')`, undefined, { timeout: 60_000 });
      const said = saidSchema.parse(await page.evaluate('said'));
      const welcomes = said.filter(([kind]) => kind === 'welcome');
      expect(welcomes.length).toBeGreaterThan(0);
      for (const [, headline, hasPicture] of welcomes) {
        expect(headline).toMatch(/^Welcome, (Ana|Bea|Cleo)!$/);
        expect(hasPicture).toBe(true);
      }
      expect(said.find(([kind]) => kind === 'unknown')?.[1]).toBe('I don’t know you yet');
      // Until the scene leaves nobody standing there.
      await page.waitForSelector('#kiosk[data-kind=list] #today li canvas', { timeout: 30_000 });
      expect(await page.textContent('#today')).toMatch(/(Ana|Bea|Cleo)\d\d:\d\d/);
      expect(await page.isVisible('#picture')).toBe(true);
      expect(await page.locator('a').count()).toBe(0); // nothing else is reached from it
      const { scrollHeight, height } = z
        .object({ scrollHeight: z.number(), height: z.number() })
        .parse(await page.evaluate('({ scrollHeight: document.body.scrollHeight, height: innerHeight })'));
      expect(scrollHeight).toBeLessThanOrEqual(height);
    }, 60_000);

    test('lets people be dragged into the scene, and saves that as a scenario', async () => {
      const { page } = tab;
      await page.click('#menu a[href="#scene"]');
      const cleo = await page.getByRole('button', { name: 'Bring cleo in' }).boundingBox();
      const plan = await page.locator('#scene-plan svg').boundingBox();
      if (cleo === null || plan === null) throw new Error('the scene is not there');
      await page.mouse.move(cleo.x + 9, cleo.y + 9);
      await page.mouse.down();
      await page.mouse.move(plan.x + plan.width / 2, plan.y + plan.height / 2, { steps: 3 });
      await page.mouse.up();
      await page.focus('.standing[data-who=cleo]');
      await page.keyboard.press('ArrowDown');
      await page.waitForSelector('#scene-steps li:nth-child(2)');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#scene-save button')]);
      expect(download.suggestedFilename()).toBe('by-hand.yaml');
      const { steps } = parseYamlScenario(await Bun.file(await download.path()).text(), 'by-hand.yaml');
      expect(steps.map((step) => step.do)).toEqual(['comes', 'wait', 'moves', 'wait']);
      const [came, , moved] = steps;
      if (came?.do !== 'comes' || moved?.do !== 'moves') throw new Error('nobody came, or moved');
      expect(came.who).toBe('cleo');
      expect(Math.abs(came.lateralM)).toBeLessThan(0.2);
      // The middle of the plan; a line above it may come or go meanwhile. Nobody is put to the usual 1 m.
      expect(Math.abs(came.distanceM - 1.85)).toBeLessThan(0.5);
      expect(moved.distanceM).toBeCloseTo(came.distanceM - 0.1, 5);
    }, 15_000);

    test('asks this machine alone, and has nothing to complain of', () => {
      const { host } = new URL(demo.url);
      for (const { requests, complaints } of [tab, kiosk]) {
        expect(requests.length).toBeGreaterThan(4);
        expect(requests.filter((url) => new URL(url).host !== host)).toEqual([]);
        expect(complaints).toEqual([]);
      }
    });
  },
);
