import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { anySettings, budgetAlone, strangers, visits } from './arbitrary.ts';
import { answersOf } from './device.ts';
import { type Happening, keptOutBy, type Rules, rules, type Settings } from './reference.ts';

const runs = 300;
/** A wrong reference is found out in fewer, and the search ends with the first. */
const mutantRuns = 1_500;

const stories = fc.tuple(visits, anySettings);
const storiesOfStrangers = fc.tuple(strangers, budgetAlone);

/** The first attempt about which the device and a reference disagree, in words; null where there is none. */
function disagreement(happenings: readonly Happening[], settings: Settings, by: Rules): string | null {
  const past = answersOf(happenings, settings);
  for (const [i, { happening, letIn }] of past.entries()) {
    if (happening.what !== 'asks') continue;
    const keptOut = keptOutBy(happening, past.slice(0, i), settings, by);
    if (letIn && keptOut !== null) return `let in, against ${keptOut}`;
    if (!letIn && keptOut === null) return 'kept out, against nothing';
  }
  return null;
}

test('whatever is seen and heard, the device lets in whom its requirements let in, and nobody else', () => {
  fc.assert(
    fc.property(fc.oneof(stories, stories, storiesOfStrangers), ([happenings, settings]) => {
      expect(disagreement(happenings, settings, rules)).toBeNull();
    }),
    { numRuns: runs },
  );
  const letIn = fc
    .sample(stories, { numRuns: 100, seed: 1 })
    .flatMap(([happenings, settings]) => answersOf(happenings, settings).filter((past) => past.letIn));
  expect(letIn.length).toBeGreaterThan(10);
});

describe('the reference notices the lack of each of its rules:', () => {
  test.each(Object.keys(rules).map((name) => [name] as const))('%s', (name) => {
    const without: Rules = { ...rules, [name]: () => false };
    const found = fc.check(
      fc.property(name.startsWith('ACT-3') ? storiesOfStrangers : stories, ([happenings, settings]) => {
        return disagreement(happenings, settings, without) === null;
      }),
      { numRuns: mutantRuns, seed: 1, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});

/** Settings read wrongly: the reference believes in these and the device in the right ones. */
const misread: Readonly<Record<string, (settings: Settings) => Settings>> = {
  'the night': (settings) => ({ ...settings, night: 'either' }),
  'the impairment': (settings) => ({ ...settings, impaired: 'either' }),
  'a window that is a millisecond shorter': (settings) => ({ ...settings, windowMs: settings.windowMs - 1 }),
  'a window that is a millisecond longer': (settings) => ({ ...settings, windowMs: settings.windowMs + 1 }),
  'a result that may be a millisecond older': (settings) => ({ ...settings, resultMs: 301 }),
  'a result that must be a millisecond younger': (settings) => ({ ...settings, resultMs: 299 }),
  'a picture that may be a millisecond older': (settings) => ({ ...settings, pictureMs: 1_501 }),
  'speech that may be a millisecond older': (settings) => ({ ...settings, speechMs: 3_001 }),
  'a little less evidence': (settings) => ({
    ...settings,
    neededWeight: settings.neededWeight === null ? null : settings.neededWeight - 0.5,
  }),
  'one more try': (settings) => ({
    ...settings,
    tries: settings.tries === null ? null : { ...settings.tries, allowed: settings.tries.allowed + 1 },
  }),
  'tries that are never forgotten': (settings) => ({
    ...settings,
    tries: settings.tries === null ? null : { ...settings.tries, withinMs: 1e9 },
  }),
  'a lockout that is a second shorter': (settings) => ({ ...settings, lockoutMs: 2_000 }),
  'lockouts that do not grow': (settings) => ({ ...settings, longestLockoutMs: 3_000 }),
  'lockouts that grow for ever': (settings) => ({ ...settings, longestLockoutMs: 1e9 }),
};

describe('the reference notices what is misread:', () => {
  test.each(Object.entries(misread))('%s', (what, misreads) => {
    const found = fc.check(
      fc.property(/tries|try|lockout/.test(what) ? storiesOfStrangers : stories, ([happenings, settings]) => {
        const past = answersOf(happenings, settings);
        return past.every(({ happening, letIn }, i) => {
          if (happening.what !== 'asks') return true;
          return letIn === (keptOutBy(happening, past.slice(0, i), misreads(settings)) === null);
        });
      }),
      { numRuns: mutantRuns, seed: 1, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});

test('every rule of the reference is of a requirement that there is', () => {
  const document = readFileSync(resolve(import.meta.dir, '../../../docs/requirements.md'), 'utf8');
  for (const name of Object.keys(rules)) expect(document).toContain(`| ${name.split(' ')[0]} |`);
});

test('the reference shares no code with the device', () => {
  const source = readFileSync(resolve(import.meta.dir, 'reference.ts'), 'utf8');
  expect(source).not.toMatch(/^import|import\(/m);
});
