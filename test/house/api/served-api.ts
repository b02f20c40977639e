import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { SystemClock, SystemWallClock } from '../../../hal/linux/clock.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { Credentials } from '../../../src/credentials/credentials.ts';
import type { Scope } from '../../../src/credentials/scopes.ts';
import { HouseFeed } from '../../../src/house/feed.ts';
import { Meter } from '../../../src/house/metrics/meter.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { Page } from '../../../src/page/page.ts';
import { PeopleStore } from '../../../src/people/store.ts';
import { Onlookers } from '../../../src/runtime/onlookers.ts';
import { TraceRecorder } from '../../../src/trace/recorder.ts';

export interface ServedApi extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly trace: TraceRecorder;
  readonly store: PeopleStore;
  readonly journal: Journal;
  readonly credentials: Credentials;
  /** How often the device's thread was asked for its figures. */
  readonly measured: () => number;
  /** A new token's secret. */
  token(...scopes: readonly [Scope, ...Scope[]]): string;
  get(path: string, token?: string): Promise<Response>;
  send(method: string, path: string, token: string, body: unknown): Promise<Response>;
}

/** The API as a device serves it, on a free port, with stores of its own and no machine behind it. */
export async function serveApi(): Promise<ServedApi> {
  const { config } = parseConfig('', undefined);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-api-'));
  // Nothing of whoever runs the tests may be erased.
  const folders = {
    dataset: join(folder, 'dataset'),
    audios: join(folder, 'audios'),
    trained: join(folder, 'trained'),
  };
  const wallClock = new SystemWallClock();
  const store = PeopleStore.open({ directory: folder, wallClock });
  const journal = Journal.open({ directory: folder });
  const credentials = Credentials.open({ directory: folder, wallClock });
  const trace = new TraceRecorder(new SystemClock());
  const page = await Page.open({
    ...{ port: 0, address: '127.0.0.1', hosts: [], tls: null, anybody: [] },
    ...{ stateDirectory: null, journalDirectory: null, folders: null, traceFile: null },
    api: { stateDirectory: folder, keepsJournal: true, version: '0.1.0', folders, config },
    onEnded: () => undefined,
  });
  const meter = new Meter('0.1.0');
  const feed = new HouseFeed();
  feed.listen((events) => meter.hear(events));
  feed.listen((events) => page.tellHouse(events));
  let measured = 0;
  meter.show({ trace, people: () => 2, voices: () => 1 });
  feed.show({ trace, wallClock });
  page.show({
    trace,
    facts: { device: 'run', simulated: [], scene: false },
    senses: {
      onlookers: new Onlookers(),
      ring: FrameRing.create({ widthPx: 8, heightPx: 8 }),
      mirrored: false,
    },
    answers: {
      metrics: () => {
        measured++;
        return { families: meter.read(0) };
      },
    },
  });
  const url = page.url.replace(/\/$/, '');
  let tokens = 0;
  const headers = (token: string | undefined) =>
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    ...{ url, folder, trace, store, journal, credentials, measured: () => measured },
    token: (...scopes) =>
      credentials.createToken({ name: `t${++tokens}`, scopes, expiresAtUtcMs: null }).secret,
    get: (path, token) => fetch(url + path, { headers: headers(token) }),
    send: (method, path, token, body) =>
      fetch(url + path, {
        method,
        headers: { ...headers(token), 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      feed[Symbol.dispose]();
      await page[Symbol.asyncDispose]();
      for (const open of [store, journal, credentials]) open.close();
      rmSync(folder, { recursive: true });
    },
  };
}
