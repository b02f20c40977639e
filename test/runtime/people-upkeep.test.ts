import { afterEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { readConfig } from '../../src/config/read.ts';
import { Journal } from '../../src/journal/journal.ts';
import { keepPeople } from '../../src/runtime/people-upkeep.ts';
import { consent, faceSample } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

afterEach(removeTemporary);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A winter's evening in Berlin, where it is an hour later. */
const startUtcMs = Date.UTC(2026, 0, 31, 22, 30);

/** A device whose people agreed until the 30th, until the 31st, and without an end. */
async function device() {
  const folder = temporaryFolder();
  const stateDirectory = join(folder, 'state');
  const store = openStore(stateDirectory, startUtcMs);
  for (const [index, [name, expiresOn]] of (
    [
      ['Ana', '2026-01-30'],
      ['Eva', '2026-01-31'],
      ['Ida', null],
    ] as const
  ).entries()) {
    store.enrol({ name, consent: { ...consent, expiresOn }, samples: [faceSample(index)] });
  }
  await Bun.write(join(folder, 'dataset/Ana.jpg'), 'a picture of her');
  const clock = new VirtualClock();
  const wallClock = { trusted: true, aheadMs: 0, nowUtcMs };
  function nowUtcMs(): number {
    return startUtcMs + wallClock.aheadMs + clock.nowMs();
  }
  const { config } = await readConfig({
    file: undefined,
    flags: [{ key: 'device.time_zone', value: 'Europe/Berlin', flag: '--test' }],
  });
  const errors: unknown[] = [];
  const ending = new AbortController();
  const begin = () =>
    keepPeople(
      {
        ...{ config, store, clock, wallClock, timeZone: 'UTC' },
        places: {
          stateDirectory,
          dataset: join(folder, 'dataset'),
          audios: join(folder, 'audios'),
          trained: join(folder, 'trained'),
          traceFile: undefined,
        },
        clearCaches: () => 0,
        onErased: () => {},
        onError: (error) => errors.push(error),
      },
      ending.signal,
    );
  const names = () => store.people().map(({ name }) => name);
  /** Lets time go by, and what is done in it be done. */
  const pass = async (untilMs: number, expected: readonly string[]) => {
    await clock.runUntil(untilMs);
    for (let turn = 0; turn < 200 && !Bun.deepEquals(names(), expected); turn++) await Bun.sleep(2);
    expect(names()).toEqual([...expected]);
  };
  return { folder, stateDirectory, store, clock, wallClock, errors, ending, begin, pass };
}

test('whose consent has expired is erased with all that there is of them, and a receipt and who did it are journaled', async () => {
  const { folder, stateDirectory, ending, begin, pass, errors } = await device();
  const kept = begin();
  await pass(1_000, ['Eva', 'Ida']);
  // Eva agreed until the end of the day, which is in Berlin half an hour later.
  await pass(hourMs - 1_000, ['Eva', 'Ida']);
  await pass(2 * hourMs, ['Ida']);
  ending.abort();
  await kept;
  expect([errors, existsSync(join(folder, 'dataset/Ana.jpg'))]).toEqual([[], false]);
  using journal = Journal.open({ directory: stateDirectory });
  expect(journal.list({ kinds: ['receipt'], limit: 9 })).toHaveLength(2);
  expect(journal.list({ kinds: ['audit'], limit: 9 })[0]?.facts).toMatchObject({
    action: 'erased a person whose consent had expired',
    by: 'the device',
  });
});

test('while the time of day is not to be trusted nobody is erased; once it is, they are', async () => {
  const { wallClock, begin, pass, ending } = await device();
  wallClock.trusted = false;
  const kept = begin();
  await pass(2 * dayMs, ['Ana', 'Eva', 'Ida']);
  wallClock.trusted = true;
  await pass(2 * dayMs + 120_000, ['Ida']);
  ending.abort();
  await kept;
});

test('what was done to people is kept for its days and then gone, with the samples that it could bring back', async () => {
  const { store, begin, pass, ending, clock, wallClock } = await device();
  const ida = store.find('Ida')?.subjectId ?? '';
  store.enrol({ name: 'Ida', consent: null, samples: [faceSample(8)] });
  store.removeSample(store.samples(ida)[0]!);
  const kept = begin();
  await pass(1_000, ['Eva', 'Ida']);
  await pass(2 * hourMs, ['Ida']);
  expect(store.history()).toHaveLength(3);
  wallClock.aheadMs = 91 * dayMs;
  for (let turn = 4; turn < 50 && store.history().length > 0; turn++) {
    await clock.runUntil(turn * hourMs);
    await Bun.sleep(2);
  }
  expect([store.history(), store.undo(), store.samples(ida).length]).toEqual([[], undefined, 1]);
  ending.abort();
  await kept;
});
