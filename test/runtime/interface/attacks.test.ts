import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { interfaceVersion, statusSchema } from '../../../src/runtime/interface/messages.ts';
import { runningInterface } from '../../../src/runtime/interface/running.ts';
import { type ServedDevice, serveDevice } from '../../support/served-device.ts';

let open: ServedDevice;
let shut: ServedDevice;
beforeAll(async () => {
  open = await serveDevice({ testDoors: true });
  shut = await serveDevice({ testDoors: false });
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await shut[Symbol.asyncDispose]();
});

const begin = {
  ...{ v: interfaceVersion, id: 1, ask: 'begin' },
  ...{ seed: 1, models: 'oracle', hears: false, enrolled: [], config: {} },
};

function bearing(device: ServedDevice): Record<string, string> {
  return { authorization: `Bearer ${device.token}` };
}

/** Status and words of the answer; on a connection of its own. */
async function ask(
  device: ServedDevice,
  path: string,
  headers: Record<string, string>,
  init: RequestInit = {},
) {
  const response = await fetch(device.url + path, {
    ...init,
    headers: { connection: 'close', ...headers },
  });
  return { status: response.status, text: await response.text() };
}

/** How a WebSocket ends that sends these messages: what it was told, and the reason for its close. */
async function talk(
  device: ServedDevice,
  messages: readonly (string | Uint8Array)[],
  headers = bearing(device),
) {
  const socket = new WebSocket(`${device.url.replace('http', 'ws')}/v1/test`, { headers });
  const told: string[] = [];
  const closed = Promise.withResolvers<{ told: string[]; reason: string; code: number }>();
  socket.addEventListener('message', ({ data }) => told.push(String(data)));
  socket.addEventListener('open', () => {
    for (const message of messages) socket.send(message);
  });
  socket.addEventListener('close', ({ reason, code }) => closed.resolve({ told, reason, code }));
  const limit = setTimeout(() => socket.close(), 2_000);
  const ended = await closed.promise;
  clearTimeout(limit);
  await over(device);
  return ended;
}

/** Done when the device takes another test. */
async function over(device: ServedDevice): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { status, text } = await ask(device, '/v1/status', bearing(device));
    if (status === 200 && statusSchema.parse(JSON.parse(text)).testDoors?.running !== true) return;
    await Bun.sleep(20);
  }
  throw new Error('the test is not over');
}

describe('whoever has no right', () => {
  test('learns nothing without the token or with a wrong one, on every path and method', async () => {
    const device = shut;
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${device.token}` },
    ]) {
      const { status, text } = await ask(device, '/v1/status', headers);
      expect(status).toBe(401);
      expect(text).not.toContain(device.token);
      expect(text).not.toContain('config');
    }
    expect((await ask(device, '/v1/nowhere', {})).status).toBe(401);
    expect((await ask(device, '/v1/test', {}, { method: 'POST' })).status).toBe(401);
  });

  test('who guesses tokens is slowed down, and whoever has the token is not', async () => {
    await using device = await serveDevice({ testDoors: false });
    const statuses = new Map<number, number>();
    for (let i = 0; i < 30; i++) {
      const { status } = await ask(device, '/v1/status', { authorization: `Bearer guess${i}` });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(statuses.get(429)).toBeGreaterThan(15);
    expect((await ask(device, '/v1/status', bearing(device))).status).toBe(200);
  });

  test('the token is a file of its owner alone, another at each start, and gone with the device', async () => {
    const device = await serveDevice({ testDoors: false });
    expect(statSync(device.tokenPath).mode & 0o777).toBe(0o600);
    expect(device.token).not.toBe(shut.token);
    expect(device.token.length).toBeGreaterThan(40);
    expect((await runningInterface(device.stateDirectory))?.url).toBe(device.url);
    await device[Symbol.asyncDispose]();
    expect(existsSync(device.tokenPath)).toBe(false);
    expect(await runningInterface(device.stateDirectory)).toBeUndefined();
  });

  test('a page of a website is refused even with the token, by HTTP and by WebSocket', async () => {
    const headers = { ...bearing(open), origin: 'https://example.org' };
    expect((await ask(open, '/v1/status', headers)).status).toBe(403);
    const { told } = await talk(open, [JSON.stringify(begin)], headers);
    expect(told).toEqual([]);
  });

  test('a name that was made to point here is refused; addresses and localhost are not', async () => {
    const port = new URL(open.url).port;
    for (const host of [`attacker.example:${port}`, 'attacker.example', '', '127.0.0.1.attacker.example']) {
      expect((await ask(open, '/v1/status', { ...bearing(open), host })).status).not.toBe(200);
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await ask(open, '/v1/status', { ...bearing(open), host })).status).toBe(200);
    }
  });

  test('it listens on the loopback address alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const url = open.url.replace('127.0.0.1', address);
      expect(
        await fetch(url, { headers: bearing(open) }).then(
          () => 'answered',
          () => 'refused',
        ),
      ).toBe('refused');
    }
    expect(new URL(open.url).hostname).toBe('127.0.0.1');
  });
});

describe('whoever has the token', () => {
  test('reads how the device is, without a path or an address of it', async () => {
    const { status, text } = await ask(open, '/v1/status', bearing(open));
    expect(status).toBe(200);
    const told = statusSchema.parse(JSON.parse(text));
    expect(told.config['output.green.hold_ms']).toBeNumber();
    expect(told.config['camera.source']).toBeUndefined();
    expect(told.testDoors).toMatchObject({ last: null, running: false });
    expect(text).not.toContain(open.stateDirectory);
  });

  test('cannot leave the paths that there are', async () => {
    for (const path of [
      '/../../etc/passwd',
      '/v1/..%2f..%2fetc/passwd',
      '/v1/status/../../x',
      '//etc/passwd',
      '/',
    ]) {
      const { status, text } = await ask(open, path, bearing(open));
      expect(status).toBe(404);
      expect(text).not.toContain('root:');
    }
    expect((await ask(open, '/v1/trace?from=-1', bearing(open))).status).toBe(400);
    expect((await ask(open, '/v1/trace?from=x', bearing(open))).status).toBe(400);
  });

  test('cannot fill the memory: a body that is too large is refused', async () => {
    const body = 'x'.repeat(200_000);
    const { status } = await ask(open, '/v1/status', bearing(open), { method: 'POST', body });
    expect([404, 413]).toContain(status);
    expect((await ask(open, '/v1/status', bearing(open))).status).toBe(200);
  });

  test('cannot flood it', async () => {
    await using device = await serveDevice({ testDoors: false });
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => ask(device, '/v1/status', bearing(device))),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(50);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
  });

  test('finds the test doors shut unless the device was started with them', async () => {
    const upgrade = { upgrade: 'websocket', connection: 'Upgrade' };
    const { status, text } = await ask(shut, '/v1/test', { ...bearing(shut), ...upgrade });
    expect(status).toBe(403);
    expect(text).toContain('--allow-test-doors');
    expect((await talk(shut, [JSON.stringify(begin)])).told).toEqual([]);
  });

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['no object', 'null', 'another version'],
    ['another version', JSON.stringify({ ...begin, v: 99 }), 'another version'],
    ['an unknown request', JSON.stringify({ v: 1, id: 1, ask: 'unlock' }), 'ask'],
    ['a field too many', JSON.stringify({ ...begin, door: 'open' }), 'door'],
    ['a name that is a path', JSON.stringify({ ...begin, enrolled: ['../../ana'] }), 'enrolled'],
    ['a number that is none', JSON.stringify({ ...begin, seed: '1' }), 'seed'],
    [
      'an unknown fault',
      JSON.stringify({ v: 1, id: 1, ask: 'break', fault: { fault: 'fire' }, forMs: null }),
      'fault',
    ],
    ['bytes', new Uint8Array([1, 2, 3]), 'no text'],
  ] as const)('is cut off for a message that is %s', async (_, message, words) => {
    const { told, reason, code } = await talk(open, [message]);
    expect(told).toEqual([]);
    expect(code).toBe(1008);
    expect(reason).toContain(words);
  });

  test('is cut off for a message that is too long, and for too many', async () => {
    expect((await talk(open, [JSON.stringify({ ...begin, pad: 'x'.repeat(100_000) })])).code).not.toBe(1000);
    const clock = JSON.stringify({ v: 1, id: 1, ask: 'now' });
    const { reason } = await talk(
      open,
      Array.from({ length: 2_000 }, () => clock),
    );
    expect(reason).toBe('too many requests');
  });

  test('cannot name a file, an address or a model of the device in a test, nor what is no key', async () => {
    await using device = await serveDevice({ testDoors: true });
    const keys = ['output.green.file', 'trace.file', 'state.directory', 'camera.source', 'vision.embedder'];
    for (const key of [...keys, 'nothing', '__proto__.polluted']) {
      const text = JSON.stringify({ ...begin, config: { [key]: '/etc/passwd' } });
      const { told } = await talk(device, [text, 'the end']);
      expect(JSON.parse(told[0] ?? '')).toMatchObject({ error: { of: 'asked' } });
      expect(told[0]).toContain(key);
    }
    expect({}).not.toHaveProperty('polluted');
  });
});
