import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/read.ts';
import type { Scope } from '../../../src/credentials/scopes.ts';
import { enrolCandidate } from '../../../src/runtime/enrol-pictures.ts';
import { openFaceSession } from '../../../src/runtime/face-session.ts';
import { traceData } from '../../../src/trace/data.ts';
import { wavBytes } from '../../hal/linux/wav-bytes.ts';
import { granted } from '../../journal/temporary.ts';
import { parseExposition } from '../metrics/parse-exposition.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
let ana: string;

beforeAll(async () => {
  api = await serveApi();
  ana = api.store.add('Ana').subjectId;
});
afterAll(async () => await api[Symbol.asyncDispose]());

const problem = z.strictObject({
  ...{ type: z.literal('about:blank'), title: z.string(), status: z.int(), detail: z.string().min(5) },
});

/** The status of an answer that is a problem, which says why. */
async function problemOf(response: Response): Promise<number> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const { status } = problem.parse(await response.json());
  expect(status).toBe(response.status);
  return status;
}

const json = async (response: Response) => {
  expect(response.status).toBeLessThan(300);
  return z.looseObject({}).parse(await response.json());
};

describe('a program', () => {
  test('without a token, with a wrong one, a revoked one or one that is over is not answered', async () => {
    const path = '/api/v1/health';
    expect(await problemOf(await api.get(path))).toBe(401);
    expect(await problemOf(await api.get(path, 'vigil_abcdefgh_x'))).toBe(401);
    const revoked = api.token('status');
    expect((await api.get(path, revoked)).status).toBe(200);
    api.credentials.revokeToken(revoked.split('_')[1] ?? '');
    expect(await problemOf(await api.get(path, revoked))).toBe(401);
    const expiresAtUtcMs = Date.now() + 20;
    const over = api.credentials.createToken({ name: 'over', scopes: ['status'], expiresAtUtcMs }).secret;
    while (Date.now() <= expiresAtUtcMs) await Bun.sleep(5);
    expect(await problemOf(await api.get(path, over))).toBe(401);
  });

  test('may do what its token’s scopes say, and nothing else', async () => {
    const status = api.token('status');
    expect(await problemOf(await api.get('/api/v1/people', status))).toBe(403);
    expect(
      await problemOf(await api.send('POST', '/api/v1/people', api.token('names'), { name: 'Bea' })),
    ).toBe(403);
    expect(await problemOf(await api.get('/metrics', api.token('people')))).toBe(403);
  });

  test('that a website has a browser make is not answered by another host’s name', async () => {
    const token = api.token('status');
    const response = await fetch(`${api.url}/api/v1/health`, {
      headers: { authorization: `Bearer ${token}`, host: 'evil.example' },
    });
    expect(response.status).toBe(403);
  });

  test('learns how the device is', async () => {
    api.trace.record({ kind: 'snapshot', actor: 'device', states: ['operating.vision'], tags: [] });
    await Bun.sleep(20);
    const health = await json(await api.get('/api/v1/health', api.token('status')));
    expect(health).toMatchObject({ state: 'operating', problem: false, failing: [], version: '0.1.0' });
  });

  test('asks for something that is not there, or by another method, and is told so', async () => {
    const token = api.token('status');
    expect(await problemOf(await api.get('/api/v1/nothing', token))).toBe(404);
    expect(await problemOf(await api.get('/api/v1/people/%ff', api.token('names')))).toBe(404);
    const wrong = await api.send('PUT', '/api/v1/health', token, {});
    expect(wrong.headers.get('allow')).toBe('GET');
    expect(await problemOf(wrong)).toBe(405);
    expect(await problemOf(await api.get('/api/v1/health?verbose=1', token))).toBe(400);
  });

  test('gets the figures in Prometheus’s format, and the device is asked at most once a second', async () => {
    const token = api.token('status');
    const before = api.measured();
    const texts = await Promise.all(
      Array.from({ length: 20 }, async () => await (await api.get('/metrics', token)).text()),
    );
    expect(api.measured() - before).toBeLessThanOrEqual(2);
    const names = parseExposition(texts[0] ?? '').map(({ name }) => name);
    expect(names).toContain('vigil_api_requests_total');
    expect(names).toContain('vigil_resident_memory_bytes');
  });
});

describe('people', () => {
  test('are told, added, changed and erased, and it is journaled who did so', async () => {
    const token = api.token('names', 'people');
    expect(await json(await api.get(`/api/v1/people/${ana}`, token))).toMatchObject({ id: ana, name: 'Ana' });
    const bea = await json(await api.send('POST', '/api/v1/people', token, { name: '  Bea ' }));
    expect(bea).toMatchObject({ name: 'Bea', disabled: false, hours: null });
    expect(await problemOf(await api.send('POST', '/api/v1/people', token, { name: 'BEA' }))).toBe(409);
    const path = `/api/v1/people/${bea.id}`;
    const terms = { hours: 'mon-fri 08:00-18:00', lastDay: '2030-01-31', disabled: true };
    expect(await json(await api.send('PATCH', path, token, terms))).toMatchObject(terms);
    expect(await json(await api.send('PATCH', path, token, { hours: null }))).toMatchObject({
      ...{ ...terms, hours: null },
    });
    expect(await problemOf(await api.send('PATCH', path, token, { hours: 'at night' }))).toBe(422);
    api.journal.append([granted(String(bea.id))]);
    mkdirSync(join(api.folder, 'dataset'));
    writeFileSync(join(api.folder, 'dataset/Bea.jpg'), 'a picture');
    expect(await json(await api.send('DELETE', path, token, ''))).toMatchObject({
      ...{ samples: 0, journalEntries: 4, filesDeleted: 1, failed: 0 },
    });
    expect(existsSync(join(api.folder, 'dataset/Bea.jpg'))).toBe(false);
    expect(await problemOf(await api.get(path, token))).toBe(404);
    const audits = api.journal.list({ kinds: ['audit'], limit: 10 }).map(({ facts }) => facts?.action);
    expect(audits).toContain('erased a person');
    expect(audits).toContain('added a person');
    expect(JSON.stringify(api.journal.list({ limit: 50 }))).not.toContain(String(bea.id));
  });

  test('lose a sample by its id', async () => {
    const token = api.token('names', 'people');
    api.store.enrol({ name: 'Cy', consent: null, samples: [sample('ab'), sample('cd')] });
    const cy = api.store.find('Cy')?.subjectId ?? '';
    const list = z.looseObject({ samples: z.array(z.looseObject({ id: z.string() })) });
    const before = list.parse(await json(await api.get(`/api/v1/people/${cy}/samples`, token))).samples;
    expect(before).toHaveLength(2);
    expect(JSON.stringify(before)).not.toContain('embedding');
    const path = `/api/v1/people/${cy}/samples/${before[0]?.id}`;
    const after = list.parse(await json(await api.send('DELETE', path, token, ''))).samples;
    expect(after.map(({ id }) => id)).toEqual([before[1]?.id ?? '']);
    expect(await problemOf(await api.send('DELETE', path, token, ''))).toBe(404);
  });

  test('are not touched by a body of any other kind', async () => {
    const token = api.token('people');
    const send = async (body: string | Uint8Array<ArrayBuffer> | ReadableStream, type: string | null) =>
      await problemOf(
        await fetch(`${api.url}/api/v1/people`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, ...(type === null ? {} : { 'content-type': type }) },
          body,
        }),
      );
    const ok = 'application/json';
    expect(await send('{"name":"Dan"}', 'text/plain')).toBe(415);
    expect(await send('{"name":', ok)).toBe(400);
    expect(await send(Uint8Array.of(0x22, 0xff, 0x22), ok)).toBe(400);
    for (const body of [
      'null',
      '[]',
      '""',
      '{}',
      '{"name":1}',
      '{"name":"x","admin":true}',
      '{"__proto__":{}}',
    ]) {
      expect(await send(body, ok)).toBe(400);
    }
    expect(await send(JSON.stringify({ name: '../../etc/passwd' }), ok)).toBe(422);
    expect(await send(JSON.stringify({ name: 'a'.repeat(100) }), ok)).toBe(422);
    expect(await send(JSON.stringify({ name: 'a'.repeat(20_000) }), ok)).toBe(413);
    expect(await send(`${'['.repeat(8_000)}${']'.repeat(8_000)}`, ok)).toBe(400);
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('[') as Uint8Array<ArrayBuffer>);
        controller.close();
      },
    });
    expect(await send(endless, ok)).toBe(411);
    expect(api.store.people().map(({ name }) => name)).not.toContain('Dan');
  });
});

describe('events', () => {
  const page = z.object({
    events: z.array(z.looseObject({ id: z.string(), type: z.string(), name: z.string().optional() })),
    next: z.int().nullable(),
  });

  test('are told page by page, with names for those who may', async () => {
    api.journal.append(Array.from({ length: 7 }, (_, day) => granted(ana, day)));
    const token = api.token('status', 'names');
    const seen: string[] = [];
    for (let next: number | null = null, first = true; first || next !== null; first = false) {
      const before = next === null ? '' : `&before=${next}`;
      const answer = await json(
        await api.get(`/api/v1/events?kind=decision&person=${ana}&limit=3${before}`, token),
      );
      const { events, next: after } = page.parse(answer);
      expect(events.every(({ type, name }) => type === 'granted' && name === 'Ana')).toBe(true);
      seen.push(...events.map(({ id }) => id));
      next = after;
    }
    expect(new Set(seen).size).toBe(7);
    const without = await (await api.get('/api/v1/events', api.token('status'))).text();
    expect(without).not.toContain('Ana');
    for (const query of [
      'limit=0',
      'limit=1e3',
      'limit=',
      'limit=201',
      'before=-1',
      'kind=x',
      'limit=1&limit=2',
    ]) {
      expect(await problemOf(await api.get(`/api/v1/events?${query}`, token))).toBe(400);
    }
  });

  test('are streamed as they happen, and those that were missed first', async () => {
    const token = api.token('status', 'names');
    const happen = (grantId: string) =>
      api.trace.record({
        ...{ kind: 'event', event: 'ACCESS.GRANTED', to: 'device', from: 'device/access' },
        data: traceData({ by: 'face', trackId: 1, grant: { grantId, subjectId: ana } }),
      });
    /** Reads until something fits, and hangs up. */
    const listen = async (until: RegExp, lastId?: string) => {
      const response = await fetch(`${api.url}/api/v1/events/stream`, {
        headers: {
          authorization: `Bearer ${token}`,
          ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
        },
      });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      let text = '';
      for await (const bytes of response.body ?? []) {
        text += new TextDecoder().decode(bytes);
        if (text.includes(': here') && !text.includes('event:') && lastId === undefined) happen('g-1');
        if (until.test(text)) return text;
      }
      throw new Error(text);
    };
    const first = await listen(/"grantId":"g-1".*\n\n/);
    expect(first).toContain('event: granted');
    expect(first).toContain('"name":"Ana"');
    const id = /id: (\S+)\nevent: granted/.exec(first)?.[1] ?? '';
    happen('g-2');
    const second = await listen(/g-2/, id);
    expect(second).not.toContain('g-1');
  });
});

describe('the OpenAPI document', () => {
  test('is told to anybody, and names what each route needs', async () => {
    const document = await json(await api.get('/api/v1/openapi.json'));
    expect(document.openapi).toBe('3.1.1');
    const text = JSON.stringify(document);
    for (const [, ref = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = ref
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
      expect(target).toBeDefined();
    }
    const operations = Object.values(
      z.record(z.string(), z.record(z.string(), z.looseObject({}))).parse(document.paths),
    ).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });
});

/** Enrols the one face of a picture. */
async function enrolFace(name: string, input: string): Promise<void> {
  const { config } = parseConfig('', undefined);
  const signal = new AbortController().signal;
  await using session = await openFaceSession({ input, config, stateDirectory: api.folder }, signal);
  const look = { input: session.input, models: session.models };
  for await (const picture of session.pictures(signal)) {
    if (picture.kind !== 'picture') throw new Error(picture.message);
    const candidate = await enrolCandidate(picture, { ...look, keepOriginals: false }, signal);
    if (!('sample' in candidate)) throw new Error(candidate.message);
    api.store.enrol({ name, consent: null, samples: [candidate.sample] });
  }
}

function sample(content: string) {
  return {
    kind: 'face' as const,
    pipelineId: 'test',
    embedding: Float32Array.of(1, 0, content.charCodeAt(0)),
    quality: { score: 0.9 },
    provenance: { source: 'file' as const, path: `/${content}.jpg`, contentSha256: content.repeat(32) },
  };
}

describe('a picture or a recording that is sent', () => {
  const root = resolve(import.meta.dir, '../../..');
  const post = async (path: string, body: Uint8Array, type: string, ...scopes: Scope[]) =>
    await fetch(api.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token('recognise', ...scopes)}`, 'content-type': type },
      body: Uint8Array.from(body),
    });

  test('is answered with who is in it, and nothing of it is kept', async () => {
    const picture = readFileSync(join(root, 'demo/visitors/ana-another-day.jpg'));
    const unknown = await json(await post('/api/v1/recognise', picture, 'image/jpeg', 'names'));
    expect(unknown).toMatchObject({ faces: [{ decision: 'unknown', person: null }] });
    await enrolFace('Ana', join(root, 'demo/people/Ana.jpg'));
    const known = await json(await post('/api/v1/recognise', picture, 'image/jpeg', 'names'));
    expect(known).toMatchObject({ faces: [{ decision: 'known', person: ana, name: 'Ana' }] });
    const nameless = await json(await post('/api/v1/recognise', picture, 'image/jpeg'));
    expect(JSON.stringify(nameless)).not.toContain('Ana');
    const left = readdirSync(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
    expect(left.filter((name) => name.startsWith('vigil-upload-'))).toEqual([]);
  }, 20_000);

  test('with nobody’s voice in it says so', async () => {
    const hum = Array.from({ length: 32_000 }, (_, at) => Math.sin(at / 20) / 4);
    const sound = wavBytes([hum]);
    const heard = await json(await post('/api/v1/identify', sound, 'audio/wav'));
    expect(heard).toMatchObject({ decision: 'no-speech', person: null, score: null });
  }, 20_000);

  test('that is none is refused in words that do not say where it lay', async () => {
    const junk = new TextEncoder().encode('<svg onload="alert(1)">');
    const refused = await post('/api/v1/recognise', junk, 'image/png');
    const text = await refused.clone().text();
    expect(await problemOf(refused)).toBe(422);
    expect(text).not.toContain('vigil-upload');
    expect(await problemOf(await post('/api/v1/identify', junk, 'audio/wav'))).toBe(422);
    expect(await problemOf(await post('/api/v1/identify', new Uint8Array(0), 'audio/wav'))).toBe(400);
    expect(await problemOf(await post('/api/v1/recognise', junk, 'image/svg+xml'))).toBe(415);
  });

  test('has limits that are told', async () => {
    const answer = await json(await api.get('/api/v1/calibration', api.token('status')));
    expect(answer).toMatchObject({ faces: { threshold: 0.9375 }, voices: { margin: 0.05 } });
  });
});
