import fc from 'fast-check';
import type { Asked, Demand, Happening, Settings } from './reference.ts';

const person = fc.constantFrom('p_ana', 'p_bea');
const demand = fc.constantFrom<Demand>('either', 'either', 'face', 'voice', 'both', 'both');
const further = fc.constantFrom<Demand>('either', 'face', 'voice', 'both', 'nobody');
/** Mostly so. */
const likely = fc.constantFrom(true, true, true, true, true, true, true, false);
const unlikely = likely.map((value) => !value);

export const anySettings: fc.Arbitrary<Settings> = fc.record({
  always: demand,
  night: further,
  impaired: further,
  windowMs: fc.constantFrom(4_000, 10_000),
  neededWeight: fc.constantFrom(null, 0, 2, 4),
  strangersBlock: fc.boolean(),
  armed: likely,
  resultMs: fc.constant(300),
  pictureMs: fc.constant(1_500),
  speechMs: fc.constant(3_000),
  tries: fc.option(
    fc.record({ allowed: fc.integer({ min: 1, max: 3 }), withinMs: fc.constantFrom(5_000, 20_000) }),
  ),
  lockoutMs: fc.constant(3_000),
  longestLockoutMs: fc.constant(8_000),
});

const age = (limitMs: number) =>
  fc.constantFrom(0, 0, 0, 0, limitMs, limitMs, limitMs + 1, 9_000, -1, Number.NaN);

const terms: fc.Arbitrary<Asked['terms']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 2,
    arbitrary: fc.record({
      banned: unlikely,
      inHours: fc.constantFrom(null, true, true, false),
      over: fc.constantFrom(null, false, false, true),
      clockSet: likely,
    }),
  },
);

const askedBy = (recognised: fc.Arbitrary<boolean>): fc.Arbitrary<Omit<Asked, 'atMs'>> =>
  fc
    .record({
      what: fc.constant('asks' as const),
      with: fc.constantFrom('face', 'voice'),
      track: fc.integer({ min: 1, max: 3 }),
      recognised,
      person,
      resultAgeMs: age(300),
      weight: fc.constantFrom(-1, 1, 1.5, 2, 3),
      night: unlikely,
      impaired: unlikely,
      terms,
    })
    .chain((asked) =>
      age(asked.with === 'face' ? 1_500 : 3_000).map((takenAgeMs) => ({
        ...asked,
        takenAgeMs,
        person: asked.recognised ? asked.person : null,
      })),
    );

type Timeless<H extends Happening> = H extends unknown ? Omit<H, 'atMs'> : never;

function happenings(recognised: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Happening[]> {
  const what = fc.oneof(
    { weight: 6, arbitrary: askedBy(recognised) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('leaves' as const), person }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant('strangers' as const),
        tracks: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      }),
    },
  );
  return fc
    .array(fc.tuple(fc.constantFrom(1, 500, 1_000, 2_500, 4_000, 4_001, 6_000), what), {
      minLength: 1,
      maxLength: 16,
    })
    .map((steps) => {
      // From a minute after the start on.
      let atMs = 60_000;
      return steps.map(([afterMs, happened]): Happening => {
        atMs += afterMs;
        return { ...(happened satisfies Timeless<Happening>), atMs };
      });
    });
}

/** One thing after another, with people who are known for the most part. */
export const visits = happenings(likely);

/** Faces of strangers, one after another, and now and then of somebody known. */
export const strangers: fc.Arbitrary<readonly Happening[]> = fc
  .array(fc.tuple(fc.constantFrom(500, 1_500, 2_500, 4_000, 6_000), fc.constantFrom(true, false, false)), {
    minLength: 8,
    maxLength: 24,
  })
  .map((faces) => {
    let atMs = 60_000;
    return faces.map(([afterMs, recognised], i): Happening => {
      atMs += afterMs;
      const person = recognised ? `p_${i}` : null;
      const fresh = { resultAgeMs: 0, takenAgeMs: 0, weight: 3, night: false, impaired: false, terms: null };
      return { what: 'asks', atMs, with: 'face', track: i, recognised, person, ...fresh };
    });
  });

/** A device that lets in every face that is known, but for its budget. */
export const budgetAlone: fc.Arbitrary<Settings> = anySettings.map((settings) => ({
  ...settings,
  always: 'either',
  neededWeight: null,
  armed: true,
  tries: settings.tries ?? { allowed: 2, withinMs: 5_000 },
}));
