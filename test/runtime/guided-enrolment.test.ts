import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../hal/linux/clock.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { parseConfig } from '../../src/config/read.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { type EnrolmentBeginning, GuidedEnrolment, JoinRefused } from '../../src/runtime/guided-enrolment.ts';
import { InputError } from '../../src/runtime/input-error.ts';
import { Onlookers } from '../../src/runtime/onlookers.ts';
import { openRealModels } from '../../src/runtime/real-models.ts';
import { frameRing } from '../../src/runtime/simulation.ts';
import type { WorkerFaceModels } from '../../src/vision/worker-face-models.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';

const { config } = parseConfig('', undefined, []);
const ring = frameRing(config);
const picture = (path: string) => readFileSync(join(import.meta.dir, '../../demo', path));
const bea = picture('people/Bea.jpg');
const cleo = picture('people/Cleo.jpg');

let models: WorkerFaceModels;

beforeAll(async () => {
  models = await openRealModels(
    config,
    temporaryFolder(),
    ring,
    new SystemClock(),
    new AbortController().signal,
  );
});

afterAll(async () => await models?.close());
afterEach(removeTemporary);

/** An enrolment from pictures, of Bea unless it is said otherwise. */
function begun(
  change: Partial<EnrolmentBeginning> = {},
  store: PeopleStore = openStore(temporaryFolder()),
  used = config,
) {
  const clock = new VirtualClock();
  const onlookers = new Onlookers();
  let over = false;
  const enrolment = new GuidedEnrolment(
    {
      ...{ clock, store, onlookers, ring, config: used, models: () => models, cameraName: () => 'front' },
      wallClock: { nowUtcMs: () => 1_700_000_000_000 },
    },
    { name: 'Bea', consentVersion: '1', look: 'bare', source: 'pictures', by: 'olga', ...change },
    () => {
      over = true;
    },
  );
  return { enrolment, store, clock, over: () => over };
}

test('a picture from a file enrols somebody, and nothing is kept before that is said', async () => {
  const { enrolment, store, over } = begun();
  await enrolment.addPicture(bea, 'bea.jpg');
  expect(enrolment.state()).toMatchObject({ phase: 'review', pictures: [{ look: 'bare' }] });
  expect(store.people()).toEqual([]);
  expect(enrolment.save(false)).toMatchObject({ name: 'Bea', isNew: true, pictures: 1 });
  expect(store.find('bea')?.consent).toMatchObject({ recordedBy: 'olga', textVersion: '1' });
  expect(over()).toBe(true);
});

test.each([
  ['what is no picture', Buffer.from('not a picture at all'), 'no picture'],
  ['a picture without a face', picture('../docs/page/machines-wide-light.webp'), 'no-face'],
] as const)('%s is refused, with why', async (_, bytes, why) => {
  const { enrolment } = begun();
  const refused = await enrolment.addPicture(bytes, 'x').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InputError);
  expect(String(refused)).toContain(why);
  expect(() => enrolment.save(false)).toThrow('no picture yet');
  enrolment.end();
});

test('pictures of two people are not one person’s', async () => {
  const { enrolment } = begun();
  await enrolment.addPicture(bea, 'bea.jpg');
  const refused = await enrolment.addPicture(cleo, 'cleo.jpg').catch((error: unknown) => error);
  expect(String(refused)).toContain('another person');
  enrolment.end();
});

test('a face that is known by another name is kept only where somebody knows better', async () => {
  const { enrolment: first, store } = begun();
  await first.addPicture(bea, 'bea.jpg');
  first.save(false);
  const { enrolment } = begun({ name: 'Zoe' }, store);
  await enrolment.addPicture(bea, 'zoe.jpg');
  expect(() => enrolment.save(false)).toThrow(JoinRefused);
  expect(store.people()).toHaveLength(1);
  expect(enrolment.save(true)).toMatchObject({ name: 'Zoe', isNew: true });
});

test('it does not begin with a name that is none, another text of consent, or a mask that helps nobody', () => {
  const refusing = parseConfig('[vision]\ncovered = "refuse"\n', undefined, []).config;
  expect(() => begun({ name: ' / ' })).toThrow('name');
  expect(() => begun({ consentVersion: '0' })).toThrow('consent');
  expect(() => begun({ look: 'mask' }, undefined, refusing)).toThrow('covered');
  begun({ look: 'mask' }).enrolment.end();
});

test('one that nobody asks about any more ends, and keeps nothing', async () => {
  const { enrolment, store, clock, over } = begun();
  await enrolment.addPicture(bea, 'bea.jpg');
  await clock.runUntil(15_000);
  enrolment.state();
  await clock.runUntil(30_000);
  expect(over()).toBe(false);
  await clock.runUntil(36_000);
  expect(over()).toBe(true);
  expect(store.people()).toEqual([]);
});
