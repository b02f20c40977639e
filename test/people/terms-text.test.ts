import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { weekdays } from '../../src/decide/standing.ts';
import { parseHours, parseLastDay, tellHours, tellTerms } from '../../src/people/terms-text.ts';

test('hours are read as people write them', () => {
  expect(parseHours('Mon-Fri 08:00-18:00')).toEqual([
    { days: ['mon', 'tue', 'wed', 'thu', 'fri'], fromMinute: 480, untilMinute: 1_080 },
  ]);
  expect(parseHours('sat-mon 22:30-24:00')[0]?.days).toEqual(['sat', 'sun', 'mon']);
  expect(parseHours('06:00-07:00')[0]?.days).toEqual([...weekdays]);
  expect(parseHours(' sat 09:00-12:00 , sun 10:00-11:00')).toHaveLength(2);
});

test.each([
  [''],
  ['always'],
  ['mon'],
  ['mon-fri'],
  ['mon 8:00-18:00'],
  ['mon 08:00-24:01'],
  ['mon 08:00-18:60'],
  ['mon 24:00-08:00'],
  ['mop 08:00-18:00'],
  ['mon 08:00-18:00,'],
])('%p are no hours, and the error shows how they are written', (text) => {
  expect(() => parseHours(text)).toThrow(/no hours; allowed: as mon-fri 08:00-18:00, sat 22:00-02:00/);
});

test('hours without a minute in them are refused: a whole day is written otherwise', () => {
  expect(() => parseHours('mon 08:00-08:00')).toThrow(
    "'mon 08:00-08:00' has no minute in it; a whole day is 00:00-24:00",
  );
});

test.each([['2026-02-29'], ['2026-13-01'], ['26-01-01'], ['tomorrow'], ['2026-01-01T00:00:00Z']])(
  '%p is no day',
  (text) => {
    expect(() => parseLastDay(text)).toThrow('allowed: a date as 2026-01-31');
  },
);

test('what is told of hours reads as the same hours', () => {
  const day = fc.constantFrom(...weekdays);
  const minute = fc.integer({ min: 0, max: 1_439 });
  fc.assert(
    fc.property(day, day, minute, minute, (first, last, from, until) => {
      fc.pre(from !== until);
      const time = (at: number) =>
        `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
      const hours = parseHours(`${first}-${last} ${time(from)}-${time(until)}`);
      // All seven days are told without them, from Monday on.
      expect(parseHours(tellHours(hours)).map(({ days, ...times }) => [days.toSorted(), times])).toEqual(
        hours.map(({ days, ...times }) => [days.toSorted(), times]),
      );
    }),
  );
});

test('terms are told in words, and of a person without any there is nothing to tell', () => {
  expect(tellTerms({ disabled: false, hours: null, lastDay: null })).toEqual([]);
  expect(tellTerms({ disabled: true, hours: parseHours('sat 09:00-12:00'), lastDay: '2026-01-31' })).toEqual([
    'disabled',
    'sat 09:00-12:00',
    'until 2026-01-31',
  ]);
});
