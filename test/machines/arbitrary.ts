import fc from 'fast-check';
import { faults } from './faults.ts';
import { type Person, type Setting, speech, type TimedFault, visitor } from './simulate.ts';

const subject = fc.constantFrom('p_ana', 'p_bea', 'p_eve', 'p_mal');

export const person: fc.Arbitrary<Person> = fc
  .record({
    subject,
    entersAtMs: fc.integer({ min: 1_000, max: 40_000 }),
    stayMs: fc.integer({ min: 100, max: 20_000 }),
    distanceM: fc.double({ min: 0.4, max: 3, noNaN: true }),
    lateralM: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
    yawDeg: fc.constantFrom(0, 0, 0, 20, 45, -60),
  })
  .map(({ subject, entersAtMs, stayMs, ...where }) => visitor(subject, entersAtMs, stayMs, where));

const voice = fc
  .record({
    subject,
    fromMs: fc.integer({ min: 500, max: 40_000 }),
    forMs: fc.integer({ min: 300, max: 9_000 }),
  })
  .map(({ subject, fromMs, forMs }) => speech(subject, fromMs, forMs));

/**
 * Any fault for a while. Models that take everybody for somebody known are left out: who is let in by them says
 * nothing about the device.
 */
const struck: fc.Arbitrary<TimedFault> = fc
  .record({
    fault: fc.constantFrom(
      ...[...faults.values()].filter(
        ({ fault }) => fault !== 'models-mistaken' && fault !== 'voice-models-mistaken',
      ),
    ),
    fromMs: fc.integer({ min: 0, max: 50_000 }),
    lastsMs: fc.integer({ min: 10, max: 15_000 }),
  })
  .map(({ fault, fromMs, lastsMs }) => ({ ...fault, fromMs, untilMs: fromMs + lastsMs }));

export const seed = fc.integer({ min: 1, max: 1_000_000 });

/** Whoever comes and speaks, whatever breaks; every other device hears. */
export const anySetting: fc.Arbitrary<Setting> = fc
  .record({
    people: fc.array(person, { maxLength: 6 }),
    faults: fc.array(struck, { maxLength: 4 }),
    seed,
    sounds: fc.option(fc.array(voice, { maxLength: 4 }), { nil: undefined }),
  })
  .map(({ sounds, ...setting }) => (sounds === undefined ? setting : { ...setting, sounds }));
