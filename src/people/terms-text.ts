import { type Hours, type Terms, tellMinute, type Weekday, weekdays } from '../decide/standing.ts';

/** How hours are written. */
export const hoursExample = 'mon-fri 08:00-18:00, sat 22:00-02:00';

/**
 * Hours as people write them: `mon-fri 08:00-18:00, sat 22:00-02:00`; without days every day; 24:00 is midnight at the
 * end of the day. Throws RangeError that says what is allowed.
 */
export function parseHours(text: string): readonly Hours[] {
  return text.split(',').map((entry) => {
    const [, first, last, from = '', until = ''] =
      /^\s*(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d{2}:\d{2})-(\d{2}:\d{2})\s*$/.exec(entry.toLowerCase()) ?? [];
    const fromMinute = minuteOf(from);
    const untilMinute = minuteOf(until);
    const days = first === undefined ? weekdays : daysFrom(first, last ?? first);
    if (days === undefined || fromMinute === undefined || untilMinute === undefined || fromMinute === 1_440) {
      throw new RangeError(`'${entry.trim()}' are no hours; allowed: as ${hoursExample}`);
    }
    if (fromMinute === untilMinute) {
      throw new RangeError(`'${entry.trim()}' has no minute in it; a whole day is 00:00-24:00`);
    }
    return { days, fromMinute, untilMinute };
  });
}

/** The last day of somebody, as `2026-01-31`. Throws RangeError for what is no day. */
export function parseLastDay(text: string): string {
  const day = new Date(`${text}T00:00:00Z`);
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text) return text;
  throw new RangeError(`'${text}' is no day; allowed: a date as 2026-01-31`);
}

/** Terms as they are written; what is not given is left out. Throws RangeError for hours and days that are none. */
export function parseTerms(written: {
  readonly hours?: string;
  readonly until?: string;
  readonly disabled?: boolean;
}): Partial<Terms> {
  const { hours, until, disabled } = written;
  return {
    ...(hours === undefined ? {} : { hours: parseHours(hours) }),
    ...(until === undefined ? {} : { lastDay: parseLastDay(until) }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

/** Hours as `parseHours` reads them. */
export function tellHours(hours: readonly Hours[]): string {
  return hours
    .map(({ days, fromMinute, untilMinute }) =>
      [...tellDays(days), `${tellMinute(fromMinute)}-${tellMinute(untilMinute)}`].join(' '),
    )
    .join(', ');
}

/** What there is to say of a person's terms, in words; nothing of one without. */
export function tellTerms({ disabled, hours, lastDay }: Terms): string[] {
  return [
    ...(disabled ? ['disabled'] : []),
    ...(hours === null ? [] : [tellHours(hours)]),
    ...(lastDay === null ? [] : [`until ${lastDay}`]),
  ];
}

function tellDays(days: readonly Weekday[]): string[] {
  const [first] = days;
  const last = days.at(-1);
  if (days.length === weekdays.length || first === undefined || last === undefined) return [];
  return [first === last ? first : `${first}-${last}`];
}

/** The days from one to another, over the end of the week too. */
function daysFrom(first: string, last: string): readonly Weekday[] | undefined {
  const names: readonly string[] = weekdays;
  const [from, until] = [names.indexOf(first), names.indexOf(last)];
  if (from === -1 || until === -1) return undefined;
  return from <= until
    ? weekdays.slice(from, until + 1)
    : [...weekdays.slice(from), ...weekdays.slice(0, until + 1)];
}

function minuteOf(text: string): number | undefined {
  const [hour = Number.NaN, minute = Number.NaN] = text.split(':').map(Number);
  const minutes = hour * 60 + minute;
  return minute < 60 && minutes <= 1_440 ? minutes : undefined;
}
