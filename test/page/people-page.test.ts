import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page as Tab } from 'playwright-core';
import { z } from 'zod';
import { Credentials } from '../../src/credentials/credentials.ts';
import { Journal } from '../../src/journal/journal.ts';
import { Page } from '../../src/page/page.ts';
import { launchBrowser, noBrowser, openTab, type WatchedTab } from './browser.ts';
import { type PeopleDevice, startPeopleDevice } from './people-device.ts';

setDefaultTimeout(20_000);

// Treated as an address of a network: nothing is seen without signing in.
const address = '127.0.0.2';
const password = 'three green lamps';

const violationsSchema = z.array(z.object({ id: z.string(), impact: z.string().nullable() }));

describe.skipIf(noBrowser !== undefined)('people in a browser', () => {
  const state = mkdtempSync(join(tmpdir(), 'vigil-people-page-'));
  let device: PeopleDevice;
  let page: Page;
  let browser: Browser;
  let watched: WatchedTab;
  let tab: Tab;

  beforeAll(async () => {
    using credentials = Credentials.open({
      directory: state,
      wallClock: { nowUtcMs: () => Date.now(), trusted: true },
    });
    await credentials.addUser({ name: 'olga', role: 'operator', password });
    await credentials.addUser({ name: 'vera', role: 'viewer', password });
    [device, browser] = await Promise.all([startPeopleDevice(state), launchBrowser()]);
    page = await Page.open({
      ...{
        port: 0,
        address,
        hosts: [],
        tls: null,
        anybody: [],
        stateDirectory: state,
        journalDirectory: state,
      },
      folders: { dataset: join(state, 'none'), audios: join(state, 'none'), trained: join(state, 'none') },
      ...{ api: null, traceFile: null, onEnded: () => undefined },
    });
    page.show(device.shown);
    watched = await openTab(browser);
    tab = watched.page;
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    await page?.[Symbol.asyncDispose]();
    await device?.[Symbol.asyncDispose]();
    rmSync(state, { recursive: true, force: true });
  });

  async function signIn(name: string): Promise<void> {
    await tab.goto(`${page.url}login`);
    await tab.fill('#name', name);
    await tab.fill('#password', password);
    await tab.click('#sign-in');
    await tab.waitForSelector('#account button');
    await tab.click('#menu a[href="#people"]');
  }

  /** What axe finds that is serious, in what is shown now. */
  async function violations(): Promise<string[]> {
    const source = await Bun.file(require.resolve('axe-core/axe.min.js')).text();
    await tab.evaluate(source);
    const found = violationsSchema.parse(await tab.evaluate(`axe.run(document).then((r) => r.violations)`));
    return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
  }

  test('a wrong password is told, and leads nowhere', async () => {
    await tab.goto(page.url);
    expect(tab.url()).toEndWith('/login');
    await tab.fill('#name', 'olga');
    await tab.fill('#password', 'three red lamps');
    await tab.click('#sign-in');
    await tab.waitForSelector('#problem:not(:empty)');
    expect(tab.url()).toEndWith('/login');
    expect(await violations()).toEqual([]);
  });

  test('somebody before the camera is enrolled step by step, and then recognised', async () => {
    await signIn('olga');
    device.stage.act({
      do: 'comes',
      who: 'cleo',
      distanceM: 0.5,
      lateralM: 0,
      yawDeg: 0,
      masked: false,
      from: 'here',
      speedMps: 2,
    });
    await tab.click('#enrol-open');
    await tab.fill('#enrol-name', 'Nora');
    await tab.waitForSelector('#enrol-consent-text:text("Nora agrees")');
    await tab.check('#enrol-consent');
    expect(await violations()).toEqual([]);
    await tab.click('#enrol-form button[type=submit]');
    await tab.waitForSelector('#enrol-countdown:text-matches("^[1-5]$")');
    await tab.waitForSelector('#enrol-pictures li', { timeout: 15_000 });
    await tab.click('#enrol-enough');
    const granted = device.granted('Nora');
    await tab.click('#enrol-save');
    await tab.waitForSelector('.person strong:text-is("Nora")');
    const nora = device.store.find('Nora');
    expect(nora?.consent).toMatchObject({ recordedBy: 'olga', textVersion: '1' });
    await granted;
  }, 40_000);

  test('a viewer sees who is known, and can change nothing', async () => {
    await signIn('vera');
    await tab.waitForSelector('.person strong:text-is("Nora")');
    expect(await tab.locator('#known button').count()).toBe(0);
    expect(await tab.isVisible('#enrol-open')).toBe(false);
    expect(await violations()).toEqual([]);
  });

  test('whoever is forgotten is gone, after what goes was shown, and the journal says who did so', async () => {
    await signIn('olga');
    await tab.click('.person button:text-is("Forget")');
    await tab.waitForSelector('#erase-plan li');
    expect(await tab.textContent('#erase-plan')).toContain('1 sample');
    await tab.click('#erase button.danger');
    await tab.waitForSelector('#known-note:text("Nora is forgotten")');
    expect(await tab.locator('.person').count()).toBe(0);
    expect(device.store.people()).toEqual([]);
    using journal = Journal.open({ directory: state });
    const audits = journal
      .list({ kinds: ['audit'], limit: 20 })
      .map(({ facts }) => `${facts?.by} ${facts?.action}`);
    expect(audits).toContain('olga enrolled');
    expect(audits).toContain('olga erased a person');
  });

  test('no request left the machine, and nothing was complained of', () => {
    const hosts = new Set(watched.requests.map((url) => new URL(url).host).filter((host) => host !== ''));
    expect([...hosts]).toEqual([new URL(page.url).host]);
    // The browser itself says that a wrong password was refused.
    expect(watched.complaints.filter((text) => !text.includes('status of 403'))).toEqual([]);
  });
});
