import { describe, expect, test } from 'bun:test';
import { localTimeIn } from '../../src/runtime/standings.ts';
import { grantedTo, run, speech, visitor } from '../machines/simulate.ts';

const inBerlin = (utc: string) => localTimeIn('Europe/Berlin')(Date.parse(utc));

describe('local time in Berlin', () => {
  test('is an hour ahead in winter and two in summer, with the day that it is there', () => {
    expect(inBerlin('2026-01-31T23:30:00Z')).toEqual({ date: '2026-02-01', weekday: 'sun', minute: 30 });
    expect(inBerlin('2026-07-31T22:30:59Z')).toEqual({ date: '2026-08-01', weekday: 'sat', minute: 30 });
  });

  test('leaves an hour out when clocks go forward', () => {
    expect(inBerlin('2026-03-29T00:59:59Z').minute).toBe(119);
    expect(inBerlin('2026-03-29T01:00:00Z').minute).toBe(180);
  });

  test('has an hour twice when they go back', () => {
    expect(inBerlin('2026-10-25T00:30:00Z').minute).toBe(150);
    expect(inBerlin('2026-10-25T01:30:00Z').minute).toBe(150);
  });
});

test('a midnight is the first minute of its day, whatever the zone', () => {
  for (const zone of ['UTC', 'Asia/Kathmandu', 'America/St_Johns']) {
    const minutes = Array.from({ length: 96 }, (_, quarter) =>
      localTimeIn(zone)(Date.UTC(2026, 0, 5) + quarter * 900_000),
    );
    expect(Math.min(...minutes.map(({ minute }) => minute))).toBe(0);
    expect(Math.max(...minutes.map(({ minute }) => minute))).toBe(1_425);
  }
});

test('hours and days of a person are in no trace, only how they stand', async () => {
  const terms = {
    disabled: false,
    hours: [{ days: ['sat'], fromMinute: 480, untilMinute: 481 }],
    lastDay: '2031-07-08',
  } as const;
  const simulated = await run(
    {
      people: [visitor('p_ana', 2_000, 9_000)],
      sounds: [speech('p_ana', 3_000, 6_000)],
      replacePorts: () => ({ termsOf: (id) => (id === 'p_ana' ? terms : undefined) }),
    },
    14_000,
  );
  expect(grantedTo(simulated)).toEqual([]);
  const trace = JSON.stringify(simulated.records);
  expect(trace).toContain('"outside-hours"');
  // A Monday at eight, when simulated time begins.
  expect(trace).toContain(
    '"standing":{"disabled":false,"withinHours":false,"expired":false,"clockTrusted":true,"minuteOfWeek":480}',
  );
  for (const kept of ['fromMinute', '2031', 'lastDay']) expect(trace).not.toContain(kept);
});
