import { describe, expect, test } from 'bun:test';
import { grantedTo, type Person, run, type Simulated } from './simulate.ts';

/** From the true change until it is noticed. */
const noticedWithinMs = 500;
const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

function replacedAtMs({ records }: Simulated): number[] {
  return records.flatMap((record) => {
    if (record.kind !== 'event' || record.event !== 'TRACK.ENDED') return [];
    return record.data.why === 'replaced' ? [record.tMs] : [];
  });
}

/** Stands in place from one time to another. */
function standing(subject: string, fromMs: number, untilMs: number): Person {
  const stops = [{ distanceM: 1, stayMs: untilMs - fromMs }];
  return { subject, entersAtMs: fromMs, from: 'here', to: 'here', stops };
}

describe('another person who stands in the very place of the one before, from one frame to the next', () => {
  test.each(seeds)('is noticed within 500 ms (seed %p)', async (seed) => {
    const changeMs = 8_000 + 37 * seed;
    const people = [standing('p_ana', 2_000, changeMs), standing('p_eve', changeMs, 16_000)];
    const simulated = await run({ people, seed }, 20_000);
    const noticed = replacedAtMs(simulated);
    expect(noticed).toHaveLength(1);
    expect(noticed[0]! - changeMs).toBeLessThanOrEqual(noticedWithinMs);
    expect(grantedTo(simulated)).toEqual(['p_ana']);
  });

  test.each(seeds)(
    'is served when known, once, and the first one again when they come back for good (seed %p)',
    async (seed) => {
      const people = [
        standing('p_ana', 2_000, 8_000),
        standing('p_bea', 8_000, 16_000),
        standing('p_ana', 16_000, 22_000),
      ];
      const simulated = await run({ people, seed }, 28_000);
      expect(replacedAtMs(simulated)).toHaveLength(2);
      expect(grantedTo(simulated)).toEqual(['p_ana', 'p_bea', 'p_ana']);
    },
  );
});

describe('two people who cross before the camera', () => {
  test.each(seeds)('are never taken for one another (seed %p)', async (seed) => {
    const crossing = (subject: string, distanceM: number, from: 'left' | 'right', to: 'left' | 'right') => ({
      subject,
      entersAtMs: 2_000,
      from,
      to,
      walkingSpeedMps: 0.6,
      stops: [{ distanceM, stayMs: 0 }],
    });
    const people = [
      crossing('p_eve', 1, 'left', 'right'),
      crossing('p_mal', 1.15, 'right', 'left'),
      standing('p_ana', 12_000, 15_000),
    ];
    const simulated = await run({ people, seed }, 20_000);
    // Neither is enrolled: whoever is granted now was mixed up with nobody.
    expect(grantedTo(simulated)).toEqual(['p_ana']);
    expect(simulated.breaches).toEqual([]);
  });
});
