import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  type LocalTime,
  type Standing,
  standingAt,
  type Terms,
  weekdays,
} from '../../src/decide/standing.ts';
import { parseHours } from '../../src/people/terms-text.ts';
import { decided, face } from './attempts.ts';

const anyTime: Terms = { disabled: false, hours: null, lastDay: null };
const at = (weekday: LocalTime['weekday'], time: string, date = '2026-01-05'): LocalTime => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return { date, weekday, minute: hour * 60 + minute };
};
const answer = (terms: Partial<Terms>, local: LocalTime, trusted = true) => {
  return answerTo(standingAt({ ...anyTime, ...terms }, local, trusted));
};

const answerTo = (standing: Standing) => {
  const own = decided(face({ standing }));
  return own.granted ? 'granted' : own.code;
};

describe('a person with hours', () => {
  const hours = parseHours('mon-fri 08:00-18:00, sat 22:00-02:00');
  test.each([
    ['mon', '07:59', 'outside-hours'],
    ['mon', '08:00', 'granted'],
    ['fri', '17:59', 'granted'],
    ['fri', '18:00', 'outside-hours'],
    ['sat', '10:00', 'outside-hours'],
    ['sat', '22:00', 'granted'],
    ['sun', '01:59', 'granted'],
    ['sun', '02:00', 'outside-hours'],
    ['sat', '01:00', 'outside-hours'],
    ['sun', '23:00', 'outside-hours'],
  ] as const)('on %s at %s: %s', (weekday, time, expected) => {
    expect(answer({ hours }, at(weekday, time))).toBe(expected);
  });

  test('is told which time it is there when it is outside them', () => {
    const standing = standingAt({ ...anyTime, hours }, at('sat', '20:15'), true);
    expect(decided(face({ standing }))).toMatchObject({
      code: 'outside-hours',
      account: { minuteOfWeek: 5 * 1_440 + 20 * 60 + 15 },
    });
  });
});

test('a last day is let in to its end, and not on the day after', () => {
  expect(answer({ lastDay: '2026-01-31' }, at('sat', '23:59', '2026-01-31'))).toBe('granted');
  expect(answer({ lastDay: '2026-01-31' }, at('sun', '00:00', '2026-02-01'))).toBe('expired');
});

test('while the clock was not set, hours and a last day let nobody in, and whoever has neither is let in', () => {
  const noon = at('mon', '12:00');
  expect(answer({ hours: parseHours('00:00-24:00') }, noon, false)).toBe('clock-not-trusted');
  expect(answer({ lastDay: '2099-12-31' }, noon, false)).toBe('clock-not-trusted');
  expect(answer({}, noon, false)).toBe('granted');
  expect(decided(face()).granted).toBe(true);
});

test('a disabled person is told so first, whatever else stands in the way', () => {
  const terms = { disabled: true, hours: parseHours('sat 10:00-11:00'), lastDay: '2020-01-01' };
  expect(answer(terms, at('mon', '12:00'), false)).toBe('disabled');
});

test('whoever has earned nothing is refused for that, whatever their terms', () => {
  const standing = standingAt({ ...anyTime, disabled: true }, at('mon', '12:00'), true);
  expect(decided(face({ standing, embeddedAtMs: 0 }))).toMatchObject({ code: 'stale-evidence' });
});

test('hours hold as many minutes of a week as they say, over midnight and the end of the week too', () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  fc.assert(
    fc.property(fc.constantFrom(...weekdays), minute, minute, (day, fromMinute, untilMinute) => {
      fc.pre(fromMinute !== untilMinute);
      const terms = { ...anyTime, hours: [{ days: [day], fromMinute, untilMinute }] };
      let within = 0;
      for (const weekday of weekdays) {
        for (let now = 0; now < 1_440; now++) {
          const standing = standingAt(terms, { date: '2026-01-05', weekday, minute: now }, true);
          if (standing.withinHours === true) within++;
        }
      }
      expect(within).toBe((untilMinute - fromMinute + 1_440) % 1_440);
    }),
    { numRuns: 10 },
  );
});
