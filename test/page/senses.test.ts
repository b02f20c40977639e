import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FrameRef } from '../../hal/contract/camera.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Journal } from '../../src/journal/journal.ts';
import { Page } from '../../src/page/page.ts';
import { type SenseMessage, unpackPicture } from '../../src/page/protocol.ts';
import { SensesShower } from '../../src/page/shown-senses.ts';
import type { ToServer } from '../../src/page/worker-messages.ts';
import { Onlookers } from '../../src/runtime/onlookers.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { statusOf, upgradeLines } from './raw-http.ts';

const onlookers = new Onlookers();
const ring = FrameRing.create({ widthPx: 64, heightPx: 48 });

let folder: string;
let page: Page;
let port: number;
let headers: { origin: string; cookie: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-page-'));
  const address = '127.0.0.1';
  page = await Page.open({
    ...{ port: 0, address, hosts: [], tls: null, anybody: ['status'] },
    ...{ stateDirectory: null, journalDirectory: folder, api: null, folders: null, traceFile: null },
    onEnded: () => undefined,
  });
  page.show({
    trace: new TraceRecorder({ nowMs: () => performance.now() }, 100),
    facts: { device: 'run', simulated: [], scene: false },
    senses: { onlookers, ring, mirrored: true },
    answers: {},
  });
  const { origin, hash, port: taken } = new URL(page.urlWithKey ?? '');
  port = Number(taken);
  const signedIn = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ key: hash.replace('#key=', '') }),
  });
  headers = { origin, cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '' };
});

afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A frame of one colour, as a camera leaves it. */
function paint(receivedAtMs: number, level: number): FrameRef {
  const slot = ring.claim() ?? 0;
  ring.slotBytes(slot).fill(level);
  return ring.publish(slot, { widthPx: 64, heightPx: 48, receivedAtMs });
}

describe('what the device sees and hears', () => {
  test('is shown to whoever may look, as long as they do, and the journal says so', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/senses`, { headers });
    socket.binaryType = 'arraybuffer';
    const messages: SenseMessage[] = [];
    socket.onmessage = ({ data }) => messages.push(data);
    onlookers.limits = { threshold: 0.125, margin: 0.03 };
    // Until the device knows that somebody looks.
    for (let i = 0; messages.length === 0 && i < 200; i++) {
      onlookers.sees(paint(i * 100, 200), []);
      await Bun.sleep(10);
    }
    const [packed] = messages;
    if (!(packed instanceof ArrayBuffer)) throw new Error('this is no picture');
    const { facts, jpeg } = unpackPicture(packed);
    expect(facts).toMatchObject({ widthPx: 64, heightPx: 48, mirrored: true, faces: [] });
    expect(facts.limits).toEqual({ threshold: 0.125, margin: 0.03 });
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([64, 48]);
    expect(Math.abs((data[0] ?? 0) - 200)).toBeLessThan(4);

    onlookers.hears({ atMs: 1_000, levelDbfs: Number.NEGATIVE_INFINITY, speech: true });
    const sound = '{"atMs":1000,"levelDbfs":null,"speech":true}';
    for (let i = 0; !messages.includes(sound) && i < 200; i++) await Bun.sleep(5);
    expect(messages).toContain(sound);
    socket.close();

    using journal = Journal.open({ directory: folder });
    expect(journal.list({ kinds: ['audit'], limit: 1 })).toMatchObject([
      { facts: { action: 'looked through the camera', through: 'the page' } },
    ]);
  });

  test('costs nothing while nobody looks, and a picture at a time while somebody does', () => {
    const posted: ToServer[] = [];
    const watched = new Onlookers();
    const shower = new SensesShower((message) => posted.push(message));
    shower.show({ onlookers: watched, ring, mirrored: false });
    watched.sees(paint(1_000, 1), []);
    expect(posted.map(({ kind }) => kind)).toEqual(['ring']);
    shower.setLooking(true);
    for (const atMs of [2_000, 2_200, 2_400]) watched.sees(paint(atMs, 1), []);
    shower.pictureDone();
    for (const atMs of [2_600, 2_650, 2_700]) {
      watched.sees(paint(atMs, 1), []);
      shower.pictureDone();
    }
    shower.setLooking(false);
    watched.sees(paint(3_000, 1), []);
    const shown = posted.flatMap((message) =>
      message.kind === 'picture' ? [message.frame.receivedAtMs] : [],
    );
    expect(shown).toEqual([2_000, 2_600, 2_700]);
  });

  test('is never half of one picture and half of the next: what was written again is gone', () => {
    const frame = paint(1, 10);
    expect(ring.copy(frame).every((value) => value === 10)).toBe(true);
    for (let i = 0; i < 4; i++) paint(2 + i, 20);
    expect(() => ring.copy(frame)).toThrow(HalError);
  });

  test('is a picture alone at a kiosk: who is who, and how near, stays here', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/kiosk/live`, { headers });
    socket.binaryType = 'arraybuffer';
    const messages: SenseMessage[] = [];
    socket.onmessage = ({ data }) => messages.push(data);
    const pictures = () => messages.filter((message) => typeof message !== 'string');
    for (let i = 0; pictures().length === 0 && i < 200; i++) {
      onlookers.sees(paint(100_000 + i * 100, 90), []);
      onlookers.hears({ atMs: 100_000 + i * 100, levelDbfs: -20, speech: true });
      await Bun.sleep(10);
    }
    const [packed] = pictures();
    if (packed === undefined) throw new Error('no picture came');
    expect(unpackPicture(packed).facts).toMatchObject({ limits: null, faces: [] });
    for (let i = 0; !messages.some((message) => typeof message === 'string') && i < 200; i++) {
      await Bun.sleep(10);
    }
    expect(messages.filter((message) => typeof message === 'string')).toEqual([
      '{"type":"kiosk","now":{"kind":"list"},"name":null,"today":[]}',
    ]);
    socket.close();
  });

  test('is not shown to whoever has not signed in, nor to another page', async () => {
    for (const path of ['/senses', '/kiosk/live']) {
      expect([path, await statusOf(port, upgradeLines(port, headers.origin, path))]).toEqual([path, 401]);
    }
    const foreign = [...upgradeLines(port, 'http://evil.example', '/senses'), `Cookie: ${headers.cookie}`];
    expect(await statusOf(port, foreign)).toBe(403);
  });
});
