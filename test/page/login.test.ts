import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Credentials } from '../../src/credentials/credentials.ts';
import type { Role } from '../../src/credentials/scopes.ts';
import { Journal } from '../../src/journal/journal.ts';
import { namesAnswer } from '../../src/page/answers/names.ts';
import { Page, type PageOptions } from '../../src/page/page.ts';
import { Onlookers } from '../../src/runtime/onlookers.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { sendRaw, statusOf, upgradeLines } from './raw-http.ts';

// Every address that begins with 127 is of this machine; all but 127.0.0.1 are treated as those of a network.
const address = '127.0.0.2';
const password = 'three green lamps';
const wallClock = { nowUtcMs: () => Date.now(), trusted: true };
const state = mkdtempSync(join(tmpdir(), 'vigil-login-'));
const options: PageOptions = {
  port: 0,
  address,
  hosts: ['door.lan'],
  tls: null,
  anybody: [],
  stateDirectory: state,
  journalDirectory: state,
  api: null,
  folders: null,
  traceFile: null,
  onEnded: () => undefined,
};

let credentials: Credentials;
let page: Page;
let port: number;

beforeAll(async () => {
  credentials = Credentials.open({ directory: state, wallClock });
  for (const role of ['viewer', 'operator', 'admin'] as const)
    await credentials.addUser({ name: role, role, password });
  page = await open({});
  port = Number(new URL(page.url).port);
});

afterAll(async () => {
  await page[Symbol.asyncDispose]();
  credentials.close();
  rmSync(state, { recursive: true });
});

async function open(more: Partial<PageOptions>): Promise<Page> {
  const opened = await Page.open({ ...options, ...more });
  opened.show({
    trace: new TraceRecorder({ nowMs: () => performance.now() }, 100),
    facts: { device: 'run', simulated: [], scene: false },
    senses: {
      onlookers: new Onlookers(),
      ring: FrameRing.create({ widthPx: 8, heightPx: 8 }),
      mirrored: true,
    },
    answers: { ...namesAnswer(() => 'Ana'), people: () => ({ people: [] }) },
  });
  return opened;
}

type Headers = Readonly<Record<string, string>>;
const originOf = (at: Page) => new URL(at.url).origin;

function post(path: string, body: object, headers: Headers = {}, at = page): Promise<Response> {
  return fetch(`${originOf(at)}${path}`, {
    method: 'POST',
    headers: { origin: originOf(at), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    tls: { rejectUnauthorized: false },
  });
}

const get = (path: string, headers: Headers = {}, at = page) =>
  fetch(`${originOf(at)}${path}`, { headers, redirect: 'manual', tls: { rejectUnauthorized: false } });

/** The cookie of each user of `page` that was asked for: comparing a password takes time. */
const cookies = new Map<string, Promise<Headers>>();

function cookieOf(name: string): Promise<Headers> {
  const cookie = cookies.get(name) ?? signIn(name);
  cookies.set(name, cookie);
  return cookie;
}

async function signIn(name: string, at = page): Promise<Headers> {
  const response = await post('/session', { name, password }, {}, at);
  expect(response.status).toBe(200);
  return { cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

describe('a page that can be reached from elsewhere', () => {
  test('is not served while nobody could sign in, and says what to do', async () => {
    for (const stateDirectory of [null, join(state, 'empty')]) {
      const refused = await open({ stateDirectory }).catch((error: unknown) => error);
      expect(String(refused)).toContain('vigil user add');
    }
  });

  test('shows nothing before signing in but where to do so', async () => {
    const first = await get('/');
    expect([first.status, first.headers.get('location')]).toEqual([303, '/login']);
    expect(await (await get('/login')).text()).toContain('type="password"');
    expect(await (await get('/session')).json()).toEqual({ name: null, scopes: [] });
    for (const path of ['/records', '/charts/vision.svg'])
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    for (const name of ['names', 'people']) expect((await post(`/ask/${name}`, {})).status).toBe(401);
    const own = [`Host: ${address}:${port}`, `Origin: ${originOf(page)}`];
    const upgrade = upgradeLines(port, undefined).filter((line) => !line.startsWith('Host:'));
    expect(await statusOf(port, [...upgrade, ...own], address)).toBe(401);
  });

  test('takes no key: it could be read on its way', async () => {
    expect(page.urlWithKey).toBeNull();
    expect((await post('/session', { key: '' })).status).toBe(403);
    await signIn('viewer'); // whoever was right may try again at once
  });

  test('lets each user do what their role says, and no more', async () => {
    const scopes = async (role: Role) => {
      const session: unknown = await (await get('/session', await cookieOf(role))).json();
      return z.object({ name: z.literal(role), scopes: z.array(z.string()) }).parse(session).scopes;
    };
    expect(await scopes('viewer')).not.toContain('people');
    expect(await scopes('operator')).toContain('people');
    expect(await scopes('operator')).not.toContain('operate');
    expect(await scopes('admin')).toContain('operate');
    const viewer = await cookieOf('viewer');
    expect((await get('/', viewer)).status).toBe(200);
    expect((await get('/records', viewer)).status).toBe(200);
    expect(await (await post('/ask/people', {}, viewer)).json()).toEqual({ people: [] });
  });

  test('gives a cookie that no script reads, no other site sends, and that ends with signing out', async () => {
    const response = await post('/session', { name: 'viewer', password });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^vigil-\d+=[\w-]{22}; Path=\/; HttpOnly; SameSite=Strict$/);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect((await post('/sign-out', {}, { ...headers, origin: 'http://evil.example' })).status).toBe(403);
    expect((await get('/records', headers)).status).toBe(200);
    await post('/sign-out', {}, headers);
    expect((await get('/records', headers)).status).toBe(401);
  });

  test('ends what somebody has open when they are removed, within a second', async () => {
    await credentials.addUser({ name: 'guest', role: 'viewer', password });
    const headers = await cookieOf('guest');
    const socket = new WebSocket(`ws://${address}:${port}/live`, {
      headers: { ...headers, origin: originOf(page) },
    });
    await new Promise((resolve) => {
      socket.onmessage = resolve;
    });
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    credentials.removeUser('guest');
    expect((await get('/records', headers)).status).toBe(401);
    expect((await closed).code).toBe(4401);
  });
});

describe('whoever attacks the login', () => {
  test('guesses ever more slowly, also by many tries at once, while others sign in from elsewhere', async () => {
    await using guarded = await open({});
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        post('/session', { name: 'admin', password: `guess ${i}` }, {}, guarded),
      ),
    );
    const statuses = tries.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([403, 429]));
    expect(statuses.filter((status) => status === 403).length).toBeLessThanOrEqual(3);
    while ((await post('/session', { name: 'admin', password: 'guess' }, {}, guarded)).status !== 429);
    const right = await post('/session', { name: 'admin', password }, {}, guarded);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('learns nothing from the answer about who there is', async () => {
    const told = async (name: string) => {
      const response = await post('/session', { name, password: 'wrong but long' });
      await signIn('viewer'); // the limit begins anew
      return `${response.status} ${await response.text()}`;
    };
    expect(await told('admin')).toBe(await told('nobody'));
  });

  test('stands in the journal, by address and never by what was typed', async () => {
    await post('/session', { name: 'a secret', password: 'another secret' });
    await signIn('viewer');
    using journal = Journal.open({ directory: state });
    const [newest, before] = journal.list({ kinds: ['audit'], limit: 2 }).map(({ facts }) => facts);
    expect(newest).toEqual({ action: 'signed in', by: 'viewer', through: 'the page' });
    expect(before).toEqual({ action: 'failed to sign in', by: 'somebody at 127.0.0.1', through: 'the page' });
  });

  test('does not sign in, or change anything, from another page', async () => {
    const foreign = { origin: 'http://evil.example' };
    expect((await post('/session', { name: 'admin', password }, foreign)).status).toBe(403);
    const admin = await cookieOf('admin');
    for (const origin of ['http://evil.example', 'null', `https://${address}:${port}`, `http://${address}`]) {
      expect([origin, (await post('/ask/people', {}, { ...admin, origin })).status]).toEqual([origin, 403]);
    }
    const form = { ...admin, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('/ask/people', {}, form)).status).toBe(415);
  });

  test('does not open the socket of somebody who is signed in from another page', async () => {
    const { cookie } = await cookieOf('admin');
    const lines = (origin: string) => [
      ...upgradeLines(port, origin).filter((line) => !line.startsWith('Host:')),
      `Host: ${address}:${port}`,
      `Cookie: ${cookie}`,
    ];
    expect(await statusOf(port, lines('http://evil.example'), address)).toBe(403);
    expect(await statusOf(port, lines(originOf(page)), address)).toBe(101);
  });

  test('does not reach it under a name that is not its own (DNS rebinding)', async () => {
    const admin = await cookieOf('admin');
    const status = (host: string) =>
      statusOf(port, ['GET /records HTTP/1.1', `Host: ${host}`, `Cookie: ${admin.cookie}`], address);
    for (const host of [
      `evil.example:${port}`,
      `door.lan.evil.example:${port}`,
      'door.lan',
      `127.0.0.9:${port}`,
    ]) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
    for (const host of [`door.lan:${port}`, `DOOR.LAN:${port}`, `${address}:${port}`]) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
  });

  test('finds no secret in what the device says of itself, nor in an answer', async () => {
    const said: string[] = [];
    const wrong = await post('/session', { name: 'admin', password: 'a secret that is wrong' });
    said.push(await wrong.text());
    const { cookie = '' } = await cookieOf('admin');
    const session = cookie.split('=')[1] ?? '';
    said.push(
      await (await get('/session', { cookie })).text(),
      await (await get('/records', { cookie })).text(),
    );
    for (const text of said) {
      expect(text).not.toContain('secret');
      expect(text).not.toContain(session);
      expect(text).not.toContain('argon2');
    }
  });

  test('cannot hold the server by sending slowly or without end', async () => {
    const { socket, received, closed } = sendRaw(
      port,
      [
        'POST /session HTTP/1.1',
        `Host: ${address}:${port}`,
        `Origin: ${originOf(page)}`,
        'Content-Type: application/json',
        'Content-Length: 900000000',
      ],
      address,
    );
    while (!received().includes('\r\n')) await new Promise((resolve) => socket.once('data', resolve));
    expect(received()).toStartWith('HTTP/1.1 413');
    socket.destroy();
    await closed;
    expect((await get('/login')).status).toBe(200);
  });
});

test('with a certificate everything is encrypted, and the cookie goes over nothing else', async () => {
  const folder = join(import.meta.dir, '../credentials/certificates');
  const [cert, key] = ['valid.cert.pem', 'valid.key.pem'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  await using encrypted = await open({ tls: { cert: cert ?? '', key: key ?? '' } });
  expect(encrypted.url).toStartWith('https://');
  const response = await post('/session', { name: 'viewer', password }, {}, encrypted);
  expect(response.headers.get('set-cookie')).toMatch(
    /^__Host-vigil-\d+=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  const policy = (await get('/login', {}, encrypted)).headers.get('content-security-policy');
  expect(policy).toContain(`connect-src 'self' wss://${address}`);
  const plain = await fetch(encrypted.url.replace('https', 'http')).catch(() => undefined);
  expect(plain?.ok ?? false).toBe(false);
});

test('at this machine itself the machines can be watched without signing in, and nothing more', async () => {
  await using here = await open({ address: '127.0.0.1', anybody: ['status'] });
  expect((await get('/', {}, here)).status).toBe(200);
  expect((await get('/records', {}, here)).status).toBe(200);
  expect((await post('/ask/names', { subjectIds: [] }, {}, here)).status).toBe(401);
  const operator = await signIn('operator', here);
  expect((await post('/ask/names', { subjectIds: ['p-1'] }, operator, here)).status).toBe(200);
});
