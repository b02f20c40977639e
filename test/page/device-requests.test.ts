import { expect, jest, test } from 'bun:test';
import { type Asker, roles } from '../../src/credentials/scopes.ts';
import { Answering } from '../../src/page/answering.ts';
import { DeviceRequests } from '../../src/page/device-requests.ts';
import { Refusal } from '../../src/page/refusal.ts';
import { type Answers, RequestRefused } from '../../src/page/requests.ts';

const viewer: Asker = { name: 'vera', scopes: roles.viewer };
const anybody: Asker = { name: 'anybody', scopes: ['status'] };

/** Both sides of the page's thread, in one: what a device with these answers was asked, and what pages get. */
function asked(answers: Answers) {
  const seen: string[] = [];
  const time = { nowMs: 0 };
  const answering = new Answering((message) => {
    if (message.kind === 'answer') requests.answered(message);
  });
  const requests: DeviceRequests = new DeviceRequests(
    (message) => {
      seen.push(message.kind);
      if (message.kind === 'asked') answering.heard(message);
      if (message.kind === 'given-up') answering.givenUp(message.id);
    },
    { nowMs: () => time.nowMs },
    () => {},
  );
  answering.answerWith(answers);
  const ask = (name: string, body: unknown, asker = viewer) =>
    requests.ask(name, body, asker).catch((error: unknown) => {
      if (error instanceof Refusal) return error.status;
      throw error;
    });
  return { ask, seen, time, answering };
}

const nobody: Answers = { people: () => ({ people: [] }) };

test('whoever may is answered by the device', async () => {
  expect(await asked(nobody).ask('people', {})).toEqual({ people: [] });
});

test.each([
  ['without the right to', 'people', {}, anybody, 403],
  ['for what there is not', 'everything', {}, viewer, 404],
  ['for what every object has', 'constructor', {}, viewer, 404],
  ['with what means nothing', 'people', { all: true }, viewer, 400],
  ['with nothing', 'people', undefined, viewer, 400],
  ['for too many at once', 'names', { subjectIds: new Array(33).fill('p-1') }, viewer, 400],
] as const)(
  'whoever asks %s is refused, and the device never hears of it',
  async (_, name, body, asker, status) => {
    const { ask, seen } = asked(nobody);
    expect(await ask(name, body, asker)).toBe(status);
    expect(seen).toEqual([]);
  },
);

test('a flood of one asker ends at the server, and others are still answered', async () => {
  let answered = 0;
  const { ask, time } = asked({
    people: () => {
      answered++;
      return { people: [] };
    },
  });
  for (let i = 0; i < 500; i++) await ask('people', {});
  expect(answered).toBe(40);
  expect(await ask('people', {})).toBe(429);
  expect(await ask('people', {}, { ...viewer, name: 'victor' })).toEqual({ people: [] });
  time.nowMs += 100;
  expect(await ask('people', {})).toEqual({ people: [] });
});

test('no more than sixteen questions wait for the device', async () => {
  const release = Promise.withResolvers<void>();
  const { ask } = asked({
    people: async () => {
      await release.promise;
      return { people: [] };
    },
  });
  const waiting = Array.from({ length: 16 }, (_, i) => ask('people', {}, { ...viewer, name: `v${i}` }));
  expect(await ask('people', {})).toBe(503);
  release.resolve();
  expect(await Promise.all(waiting)).toEqual(new Array(16).fill({ people: [] }));
  expect(await ask('people', {})).toEqual({ people: [] });
});

test('a device that says why it does not is quoted; one that fails says nothing of how', async () => {
  const telling = asked({
    people: () => {
      throw new RequestRefused(409, 'another one does that');
    },
  });
  expect(await telling.ask('people', {})).toBe(409);
  const failing = asked({
    people: () => {
      throw new Error('Ana is at /secret/path');
    },
  });
  expect(await failing.ask('people', {})).toBe(500);
  expect(await asked({}).ask('people', {})).toBe(404);
});

test('a device that takes too long is not waited for, and is told so', async () => {
  jest.useFakeTimers();
  try {
    const { ask, seen } = asked({ people: () => new Promise(() => {}) });
    const answer = ask('people', {});
    jest.advanceTimersByTime(5_000);
    expect(await answer).toBe(504);
    expect(seen).toEqual(['asked', 'given-up']);
  } finally {
    jest.useRealTimers();
  }
});

test('what was asked of a device that begins anew is given up', async () => {
  const aborted = Promise.withResolvers<string>();
  const { ask, answering } = asked({
    people: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve(String(signal.reason));
          reject(signal.reason);
        });
      }),
  });
  const answer = ask('people', {});
  answering.answerWith(nobody);
  expect(await aborted.promise).toContain('began anew');
  expect(await answer).toBe(500);
});
