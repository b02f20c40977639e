import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import type { HouseEvent } from '../../../src/house/event.ts';
import { type Post, postTo } from '../../../src/house/webhook/post.ts';
import { secretBytes, signatureHeaders } from '../../../src/house/webhook/sign.ts';
import { WebhookTeller } from '../../../src/house/webhook/tell-webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const never = new AbortController().signal;
const granted = (id: string): HouseEvent => ({
  ...{ id, at: '2026-11-25T12:00:00.000Z', type: 'granted', person: 'p_1', by: 'face' },
  ...{ score: 0.9, grantId: 'g' },
});

describe('a signature', () => {
  test('is that of the example of the specification', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md and its libraries' tests
    const headers = signatureHeaders(secretBytes(secret), {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      sentAtUtcMs: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('changes with every part of the message', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), fc.string(), (id, otherId, sentAtUtcMs, body) => {
        const sign = (message: Parameters<typeof signatureHeaders>[1]) =>
          signatureHeaders(secretBytes(secret), message)['webhook-signature'];
        const message = { id, sentAtUtcMs, body };
        fc.pre(id !== otherId);
        expect(sign(message)).not.toBe(sign({ ...message, id: otherId }));
        expect(sign(message)).not.toBe(sign({ ...message, sentAtUtcMs: sentAtUtcMs + 1_000 }));
        expect(sign(message)).not.toBe(sign({ ...message, body: `${body} ` }));
      }),
      { numRuns: 30 },
    );
  });

  test('with a short secret is refused', () => {
    expect(() => secretBytes('short')).toThrow('shorter');
  });
});

describe('a webhook', () => {
  let clock: VirtualClock;
  let notes: string[];
  let answers: (body: string) => ReturnType<Post>;
  let posts: { body: string; headers: Readonly<Record<string, string>>; atMs: number }[];
  let key: string | null;
  let teller: WebhookTeller;
  let stop: AbortController;

  beforeEach(() => {
    clock = new VirtualClock();
    [notes, posts, key, stop] = [[], [], secret, new AbortController()];
    answers = async () => ({ status: 204, retryAfterMs: null });
    teller = new WebhookTeller({
      ...{ clock, wallClock: { nowUtcMs: () => 1_800_000_000_000 + clock.nowMs() } },
      ...{ secret: async () => key, withNames: true, draw: () => 0.5 },
      post: async (body, headers) => {
        posts.push({ body, headers, atMs: clock.nowMs() });
        return await answers(body);
      },
      onNote: (text) => notes.push(text),
    });
    teller.setPeople(new Map([['p_1', 'Ana']]));
    void teller.run(stop.signal);
  });

  const idOf = (body: string) => (JSON.parse(body) as { id: string }).id;

  test('gets each event once, in order, signed by what it can check', async () => {
    teller.tell(granted('1'));
    teller.tell(granted('2'));
    await clock.runFor(100);
    expect(posts.map(({ body }) => idOf(body))).toEqual(['1', '2']);
    for (const { body, headers } of posts) {
      expect(JSON.parse(body)).toMatchObject({ person: 'p_1', name: 'Ana' });
      const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const expected = createHmac('sha256', secretBytes(secret)).update(text).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    }
  });

  test('that answers 500 is tried again, less and less often, and gets the same event', async () => {
    let left = 5;
    answers = async () => ({ status: left-- > 0 ? 500 : 200, retryAfterMs: null });
    teller.tell(granted('1'));
    await clock.runFor(600_000);
    expect(posts.map(({ body }) => idOf(body))).toEqual(['1', '1', '1', '1', '1', '1']);
    const waits = posts.slice(1).map(({ atMs }, index) => atMs - (posts[index]?.atMs ?? 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
    expect(notes).toEqual(['webhook: it answers 500; trying again', 'webhook: taken again']);
  });

  test('that asks to be left alone is, but not for ever', async () => {
    let first = true;
    answers = async () => {
      const asked = first ? { status: 429, retryAfterMs: 120_000 } : { status: 503, retryAfterMs: 1e12 };
      first = false;
      return asked;
    };
    teller.tell(granted('1'));
    await clock.runFor(119_000);
    expect(posts).toHaveLength(1);
    await clock.runFor(2_000);
    expect(posts).toHaveLength(2);
    await clock.runFor(600_000);
    expect(posts).toHaveLength(3);
  });

  test('that refuses or redirects loses that event and gets the next', async () => {
    answers = async (body) => ({
      status: idOf(body) === '1' ? 307 : idOf(body) === '2' ? 400 : 200,
      retryAfterMs: null,
    });
    for (const id of ['1', '2', '3']) teller.tell(granted(id));
    await clock.runFor(1_000);
    expect(posts.map(({ body }) => idOf(body))).toEqual(['1', '2', '3']);
    expect(notes.join()).toContain('not followed');
  });

  test('that is gone for two days gets the newest thousand events of the last day', async () => {
    answers = async () => {
      throw new Error('connect ECONNREFUSED');
    };
    for (let hour = 0; hour < 48; hour++) {
      for (let count = 0; count < 100; count++) teller.tell(granted(`${hour}-${count}`));
      await clock.runFor(3_600_000);
    }
    posts.length = 0;
    answers = async () => ({ status: 200, retryAfterMs: null });
    await clock.runFor(120_000);
    expect(posts).toHaveLength(1_000);
    expect(idOf(posts[0]?.body ?? '')).toBe('38-0');
    expect(notes.at(-1)).toContain('3800 events were dropped');
  });

  test('is sent nothing while there is no secret, and nothing about somebody who was erased', async () => {
    key = null;
    teller.tell(granted('1'));
    await clock.runFor(10_000);
    expect(posts).toEqual([]);
    expect(notes.join()).toContain('webhook.secret_file');
    teller.setPeople(new Map());
    key = secret;
    await clock.runFor(120_000);
    expect(posts).toEqual([]);
    expect(notes.join()).not.toContain(secret);
  });
});

describe('a post', () => {
  let server: Bun.Server<undefined> | undefined;
  afterEach(async () => await server?.stop(true));

  const serve = (fetch: (request: Request) => Response | Promise<Response>, limitMs?: number) => {
    server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch });
    return postTo(`http://127.0.0.1:${server.port}/`, undefined, limitMs);
  };

  test('follows no redirect', async () => {
    let asked = 0;
    const post = serve(() => {
      asked++;
      return Response.redirect('/elsewhere', 308);
    });
    expect((await post('{}', {}, never)).status).toBe(308);
    expect(asked).toBe(1);
  });

  test('does not wait for an answer without an end', async () => {
    const endless = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(65_536));
        await Bun.sleep(1);
      },
    });
    const post = serve(() => new Response(endless));
    expect((await post('{}', {}, never)).status).toBe(200);
  });

  test('to somebody who hangs ends in time, and at once when the device ends', async () => {
    const post = serve(() => new Promise<Response>(() => undefined), 50);
    const outcome = async (signal: AbortSignal) => {
      try {
        return await post('{}', {}, signal);
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    expect(await outcome(never)).toContain('within 50 ms');
    expect(await outcome(AbortSignal.abort(new Error('the device ends')))).toContain('the device ends');
  });
});
