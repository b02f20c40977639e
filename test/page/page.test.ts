import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { namesAnswer } from '../../src/page/answers/names.ts';
import { Page, PageError } from '../../src/page/page.ts';
import { Onlookers } from '../../src/runtime/onlookers.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { sendRaw, statusOf, upgradeLines } from './raw-http.ts';

const clock = { nowMs: () => performance.now() };

let page: Page;
let port: number;
let trace: TraceRecorder;

const open = (at = 0) =>
  Page.open({
    port: at,
    address: '127.0.0.1',
    hosts: [],
    tls: null,
    anybody: ['status'],
    stateDirectory: null,
    journalDirectory: null,
    api: null,
    folders: null,
    traceFile: null,
    onEnded: () => undefined,
  });

beforeAll(async () => {
  page = await open();
  port = Number(new URL(page.url).port);
});

afterAll(async () => await page[Symbol.asyncDispose]());

beforeEach(() => {
  trace = new TraceRecorder(clock, 25_000);
  page.show({
    trace,
    facts: { device: 'run', simulated: [], scene: false },
    senses: {
      onlookers: new Onlookers(),
      ring: FrameRing.create({ widthPx: 8, heightPx: 8 }),
      mirrored: true,
    },
    answers: namesAnswer((subjectId) => (subjectId === 'p-1' ? 'Ana' : undefined)),
  });
});

const own = () => `http://127.0.0.1:${port}`;
const at = (path: string) => `${own()}${path}`;
const host = () => `Host: 127.0.0.1:${port}`;

async function post(
  path: string,
  body: object,
  headers: Record<string, string> = {},
  server = own(),
): Promise<Response> {
  return await fetch(`${server}${path}`, {
    method: 'POST',
    headers: { origin: own(), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** A socket of the page, and what it was told. */
async function listen(): Promise<{
  socket: WebSocket;
  messages: string[];
  told: (count: number) => Promise<void>;
}> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { origin: own() } });
  const messages: string[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    messages.push(String(data));
    wake();
  };
  const told = async (count: number) => {
    while (messages.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onclose = reject;
  });
  return { socket, messages, told };
}

describe('the page', () => {
  test('tells a browser where the device is, then what happens', async () => {
    trace.note('before');
    const { socket, messages, told } = await listen();
    await told(1);
    expect(JSON.parse(messages[0]!)).toMatchObject({ type: 'story', state: { seq: 1 } });
    trace.note('after');
    await told(2);
    expect(JSON.parse(messages.at(-1)!)).toMatchObject({
      type: 'records',
      records: [{ note: 'after', seq: 2 }],
    });
    socket.close();
  });

  test('gives the newest 20,000 records, one a line', async () => {
    for (let i = 0; i < 20_500; i++) trace.note('n');
    const lines = (await (await fetch(at('/records'))).text()).trim().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(JSON.parse(lines[0]!)).toMatchObject({ seq: 501 });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ seq: 20_500 });
  });

  test('is not served on a port that somebody else has, and says so', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const refused = await open(taken).catch((error: unknown) => error);
    other.close();
    expect(refused).toBeInstanceOf(PageError);
    expect(refused).toMatchObject({ portTaken: true });
  });

  test('lets the device go on with twenty browsers of which one reads nothing, and drops that one', async () => {
    const dead = sendRaw(port, upgradeLines(port, own()));
    while (!dead.received().includes('101 Switching')) await Bun.sleep(5);
    dead.socket.pause();
    const others = await Promise.all(Array.from({ length: 18 }, listen));
    const { socket, messages, told } = await listen();
    await told(1);
    const data = { text: 'x'.repeat(60) };
    let longestMs = 0;
    // Some six megabytes a second: all that the kernel and the server keep for it is full after a second or two.
    for (let round = 0; round < 120; round++) {
      const beforeMs = performance.now();
      for (let i = 0; i < 600; i++) trace.halIn('camera', 'frame', { data });
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      await Bun.sleep(20);
    }
    dead.socket.resume();
    await dead.closed;
    const heard = messages.length;
    trace.note('still here');
    await told(heard + 1);
    expect(longestMs).toBeLessThan(200);
    for (const each of [socket, ...others.map((other) => other.socket)]) each.close();
  }, 15_000);
});

describe('whoever attacks the page', () => {
  test('does not reach it under another name (DNS rebinding)', async () => {
    for (const name of [
      `evil.example:${port}`,
      'evil.example',
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
      '',
    ]) {
      for (const path of ['/', '/session', '/records', '/live']) {
        expect([name, path, await statusOf(port, [`GET ${path} HTTP/1.1`, `Host: ${name}`])]).toEqual([
          name,
          path,
          name === '' ? expect.any(Number) : 403,
        ]);
      }
    }
    expect(await statusOf(port, ['GET / HTTP/1.1', host()])).toBe(200);
    expect(await statusOf(port, ['GET / HTTP/1.1', `Host: localhost:${port}`])).toBe(200);
  });

  test('does not open its socket from another page, nor from none', async () => {
    for (const origin of [
      'http://evil.example',
      `https://127.0.0.1:${port}`,
      'http://127.0.0.1:1',
      'null',
      undefined,
    ]) {
      expect([origin, await statusOf(port, upgradeLines(port, origin))]).toEqual([origin, 403]);
    }
    expect(await statusOf(port, upgradeLines(port, own()))).toBe(101);
  });

  test('does not read or post from another page', async () => {
    const foreign = [host(), 'Sec-Fetch-Site: cross-site'];
    for (const path of ['/records', '/session', '/charts/vision.svg']) {
      expect([path, await statusOf(port, [`GET ${path} HTTP/1.1`, ...foreign])]).toEqual([path, 403]);
    }
    expect((await post('/session', { key: 'x' }, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await post('/ask/names', { subjectIds: ['p-1'] }, { origin: 'null' })).status).toBe(403);
  });

  test('does not leave its folder by any spelling of a path', async () => {
    const paths = [
      '/../package.json',
      '/../../../../etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/charts/../../package.json',
      '/charts/..%5c..%5cpackage.json.svg',
      '/charts/vision.svg/../../server.ts',
      '//etc/passwd',
      '/main.ts',
      '/page.css',
    ];
    for (const path of paths) {
      expect([path, await statusOf(port, [`GET ${path} HTTP/1.1`, host()])]).toEqual([path, 404]);
    }
  });

  test('runs no script and loads nothing from elsewhere, even if words got into the page', async () => {
    const { headers } = await fetch(at('/'));
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toMatch(/https?:|\*/);
    const html = await (await fetch(at('/'))).text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('learns no name without the key that was printed', async () => {
    expect(await (await fetch(at('/session'))).json()).toEqual({ name: null, scopes: ['status'] });
    expect((await post('/ask/names', { subjectIds: ['p-1'] })).status).toBe(401);
    const guessed = await post('/ask/names', { subjectIds: ['p-1'] }, { cookie: `vigil-${port}=guessed` });
    expect(guessed.status).toBe(401);

    const key = new URL(page.urlWithKey ?? '').hash.replace('#key=', '');
    const signedIn = await post('/session', { key });
    expect(await signedIn.json()).toMatchObject({
      name: 'whoever started the device',
      scopes: expect.arrayContaining(['names']),
    });
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    const named = await post('/ask/names', { subjectIds: ['p-1', 'p-2'] }, { cookie: cookie.split(';')[0]! });
    expect(await named.json()).toEqual({ names: { 'p-1': 'Ana' } });
  });

  test('does not learn who is known, nor makes the device work, without being signed in', async () => {
    expect((await post('/ask/people', {})).status).toBe(401);
    expect((await post('/ask/constructor', {})).status).toBe(404);
  });

  test('guesses keys ever more slowly', async () => {
    await using guarded = await open();
    const { origin } = new URL(guarded.url);
    const tryKey = (key: string) => post('/session', { key }, { origin }, origin);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await tryKey(`guess ${i}`)).status);
    expect(statuses.slice(0, 3)).toEqual([403, 403, 403]);
    expect(statuses.at(-1)).toBe(429);
    expect((await tryKey(new URL(guarded.urlWithKey ?? '').hash.replace('#key=', ''))).status).toBe(429);
  });

  test('is refused what is too long, of another kind, or no request', async () => {
    expect((await post('/session', { key: 'x'.repeat(5_000) })).status).toBe(413);
    const chunked = await fetch(at('/session'), {
      method: 'POST',
      headers: { origin: own(), 'content-type': 'application/json' },
      body: new Blob(['{', ' '.repeat(5_000), '}']).stream(),
    });
    expect(chunked.status).toBe(413);
    expect((await post('/session', { key: 'x'.repeat(300) })).status).toBe(400);
    expect((await post('/session', { kee: 'x' })).status).toBe(400);
    expect((await post('/session', { key: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(at('/'), { method: 'DELETE' })).status).toBe(405);
    const { socket } = await listen();
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    socket.send('hello');
    expect((await closed).code).toBe(1003);
  });
});
