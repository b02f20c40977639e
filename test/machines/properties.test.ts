import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { anySetting, person, seed } from './arbitrary.ts';
import { grantedTo, type Person, place, type TimedFault, visitor } from './simulate.ts';
import { expectUnbroken, subjectOf } from './unbroken.ts';

const runMs = 90_000;
/** Of real time, on a slow machine. */
const timeLimitMs = 60_000;
/** A track is lost, and then the visit is over: less than this out of view is no leaving. */
const leavingMs = 2_000;

test(
  'whoever comes and whatever breaks, no rule is broken, the lamp is bounded, and nothing is left over',
  async () => {
    await fc.assert(fc.asyncProperty(anySetting, expectUnbroken), { numRuns: 60 });
  },
  timeLimitMs,
);

test(
  'without faults, nobody is granted twice without having been out of view for good between',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(person, { maxLength: 5 }), seed, async (people, sceneSeed) => {
        const simulated = place({ people, seed: sceneSeed });
        simulated.actor.start();
        await simulated.clock.runUntil(runMs);
        const grantedAtMs = new Map<string, number>();
        for (const record of simulated.records) {
          if (record.kind !== 'event' || record.event !== 'ACCESS.GRANTED' || record.to !== 'device')
            continue;
          const subject = subjectOf(record.data.grant);
          const before = grantedAtMs.get(subject);
          if (before !== undefined) {
            expect(longestAbsenceMs(people, subject, before, record.tMs)).toBeGreaterThanOrEqual(leavingMs);
          }
          grantedAtMs.set(subject, record.tMs);
        }
      }),
      { numRuns: 60 },
    );
  },
  timeLimitMs,
);

test(
  'who stands still is served once, whatever glitch comes between',
  async () => {
    const glitch = fc.record({
      fault: fc.constantFrom<TimedFault>(
        { fault: 'models-blind', fromMs: 0 },
        { fault: 'camera-black', fromMs: 0 },
        { fault: 'camera-garbled', fromMs: 0 },
        { fault: 'camera-stalled', fromMs: 0 },
        { fault: 'camera-frozen', fromMs: 0 },
        { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 0 },
        { fault: 'error', port: 'camera', error: 'io', call: 'read', fromMs: 0 },
        { fault: 'error', port: 'models', error: 'io', call: 'read', fromMs: 0 },
        { fault: 'models-slow', extraMs: 300, fromMs: 0 },
        { fault: 'models-phantom', fromMs: 0 },
      ),
      fromMs: fc.integer({ min: 4_000, max: 20_000 }),
      lastsMs: fc.integer({ min: 10, max: 1_000 }),
    });
    await fc.assert(
      fc.asyncProperty(glitch, seed, async ({ fault, fromMs, lastsMs }, sceneSeed) => {
        const faults = [{ ...fault, fromMs, untilMs: fromMs + lastsMs }];
        const simulated = place({ people: [visitor('p_ana', 2_000, 28_000)], faults, seed: sceneSeed });
        simulated.actor.start();
        await simulated.clock.runUntil(35_000);
        expect(grantedTo(simulated)).toEqual(['p_ana']);
      }),
      { numRuns: 100 },
    );
  },
  timeLimitMs,
);

/** How long at most nobody of this subject could be recognised between two times: away, too far, turned or covered. */
function longestAbsenceMs(people: readonly Person[], subject: string, fromMs: number, toMs: number): number {
  let longest = 0;
  let sinceMs = fromMs;
  for (let atMs = fromMs; atMs <= toMs; atMs += 10) {
    const seen = people.some((one) => one.subject === subject && isClearlySeen(one, people, atMs));
    if (seen) sinceMs = atMs;
    longest = Math.max(longest, atMs - sinceMs);
  }
  return longest;
}

function isHere({ entersAtMs, stops }: Person, atMs: number): boolean {
  return atMs >= entersAtMs && atMs < entersAtMs + (stops[0]?.stayMs ?? 0);
}

function isClearlySeen(one: Person, people: readonly Person[], atMs: number): boolean {
  const [stop] = one.stops;
  if (stop === undefined || !isHere(one, atMs)) return false;
  if (Math.abs(stop.yawDeg ?? 0) > 30 || stop.distanceM > 1.8) return false;
  const side = (person: Person) => (person.stops[0]?.lateralM ?? 0) / (person.stops[0]?.distanceM ?? 1);
  // Within the picture, and nobody before or behind them.
  return (
    Math.abs(side(one)) < 0.4 &&
    people.every((other) => other === one || !isHere(other, atMs) || Math.abs(side(other) - side(one)) > 0.6)
  );
}
