import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  atRestOrSoon,
  enrolled,
  grantedTo,
  greenEdges,
  type Person,
  place,
  type TimedFault,
  visitor,
} from './simulate.ts';

const runMs = 90_000;
/** Of real time, on a slow machine. */
const timeLimitMs = 60_000;
const maxOnMs = 5_000;
/** A track is lost, and then the visit is over: less than this out of view is no leaving. */
const leavingMs = 2_000;

const person: fc.Arbitrary<Person> = fc
  .record({
    subject: fc.constantFrom('p_ana', 'p_bea', 'p_eve', 'p_mal'),
    entersAtMs: fc.integer({ min: 1_000, max: 40_000 }),
    stayMs: fc.integer({ min: 100, max: 20_000 }),
    distanceM: fc.double({ min: 0.4, max: 3, noNaN: true }),
    lateralM: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
    yawDeg: fc.constantFrom(0, 0, 0, 20, 45, -60),
  })
  .map(({ subject, entersAtMs, stayMs, ...where }) => visitor(subject, entersAtMs, stayMs, where));

const struck: fc.Arbitrary<TimedFault> = fc
  .record({
    fault: fc.constantFrom<TimedFault>(
      { fault: 'camera-stalled', fromMs: 0 },
      { fault: 'camera-frozen', fromMs: 0 },
      { fault: 'camera-black', fromMs: 0 },
      { fault: 'camera-slow', fps: 2, fromMs: 0 },
      { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 0 },
      { fault: 'error', port: 'models', error: 'io', fromMs: 0 },
      { fault: 'models-hang', fromMs: 0 },
      { fault: 'models-slow', extraMs: 400, fromMs: 0 },
      { fault: 'models-nan', fromMs: 0 },
      { fault: 'models-phantom', fromMs: 0 },
      { fault: 'models-blind', fromMs: 0 },
      { fault: 'line-stuck', line: 'green', on: false, fromMs: 0 },
      { fault: 'keeper-gone', fromMs: 0 },
      { fault: 'keeper-client-silent', fromMs: 0 },
      { fault: 'error', port: 'output', call: 'read', error: 'io', fromMs: 0 },
      { fault: 'error', port: 'watchdog', error: 'io', fromMs: 0 },
    ),
    fromMs: fc.integer({ min: 0, max: 50_000 }),
    lastsMs: fc.integer({ min: 10, max: 15_000 }),
  })
  .map(({ fault, fromMs, lastsMs }) => ({ ...fault, fromMs, untilMs: fromMs + lastsMs }));

const seed = fc.integer({ min: 1, max: 1_000_000 });

test(
  'whoever comes and whatever breaks, no rule is broken, the lamp is bounded, and nothing is left over',
  async () => {
    const settings = fc.record({
      people: fc.array(person, { maxLength: 6 }),
      faults: fc.array(struck, { maxLength: 4 }),
      seed,
    });
    await fc.assert(
      fc.asyncProperty(settings, async (setting) => {
        const simulated = place(setting);
        const { clock, actor } = simulated;
        await clock.runUntil(0);
        actor.start();
        await clock.runUntil(runMs);
        expect(actor.getSnapshot().status).toBe('active');
        expect(atRestOrSoon(simulated)).toBe(true);

        const edges = greenEdges(simulated);
        edges.forEach(([atMs, on], i) => {
          if (!on) expect(atMs - edges[i - 1]![0]).toBeLessThanOrEqual(maxOnMs);
        });
        for (const record of simulated.records) {
          if (record.kind !== 'event' || record.event !== 'ACCESS.GRANTED' || record.to !== 'device')
            continue;
          expect(enrolled).toContain(subjectOf(record.data.grant));
        }

        await simulated.stop();
        expect(simulated.breaches).toEqual([]);
        expect(clock.pendingTimers).toBe(0);
        expect(simulated.leasedSlots()).toBe(0);
        expect(simulated.keeper.outputs.get('green')?.level).toBe(false);
      }),
      { numRuns: 60 },
    );
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

function subjectOf(grant: unknown): string {
  const subject = typeof grant === 'object' && grant !== null ? Reflect.get(grant, 'subjectId') : undefined;
  return String(subject);
}

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
