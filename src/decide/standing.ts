export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * Hours of some days, in minutes after local midnight: from the first one up to the second, which is not in it. One
 * that is not later than the first is on the next day.
 */
export interface Hours {
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly untilMinute: number;
}

/** What was agreed about when a person is let in. */
export interface Terms {
  readonly disabled: boolean;
  /** Null: at any hour. */
  readonly hours: readonly Hours[] | null;
  /** The last day on which they are let in, as `2026-01-31`; null: without an end. */
  readonly lastDay: string | null;
}

/** A time of day where the device is. */
export interface LocalTime {
  /** As `2026-01-31`. */
  readonly date: string;
  readonly weekday: Weekday;
  /** After midnight: 0 to 1439. */
  readonly minute: number;
}

/** How a person with terms stands at one moment. Hours and dates themselves are in no trace. */
export interface Standing {
  readonly disabled: boolean;
  /** Null for a person without hours. */
  readonly withinHours: boolean | null;
  /** Null for a person without a last day. */
  readonly expired: boolean | null;
  /** False: nobody knows whether the two above are so. */
  readonly clockTrusted: boolean;
  /** Minutes since Monday midnight, local time. */
  readonly minuteOfWeek: number;
}

const minutesPerDay = 1_440;

/**
 * How a person with these terms stands at a local time. Pure. Hours that go past midnight belong to the day on which
 * they begin.
 */
export function standingAt(terms: Terms, local: LocalTime, clockTrusted: boolean): Standing {
  const { disabled, hours, lastDay } = terms;
  return {
    disabled,
    withinHours: hours?.some((each) => isWithinHours(each, local)) ?? null,
    // Dates of this form are in the order of their letters.
    expired: lastDay === null ? null : local.date > lastDay,
    clockTrusted,
    minuteOfWeek: weekdays.indexOf(local.weekday) * minutesPerDay + local.minute,
  };
}

export function isWithinHours(
  { days, fromMinute, untilMinute }: Hours,
  { weekday, minute }: LocalTime,
): boolean {
  const today = days.includes(weekday);
  if (fromMinute < untilMinute) return today && minute >= fromMinute && minute < untilMinute;
  const before = weekdays.at(weekdays.indexOf(weekday) - 1);
  return (
    (today && minute >= fromMinute) || (before !== undefined && days.includes(before) && minute < untilMinute)
  );
}

/** `sat 20:15` of minutes since Monday midnight. */
export function tellMinuteOfWeek(minuteOfWeek: number): string {
  const minute = minuteOfWeek % minutesPerDay;
  return `${weekdays[Math.floor(minuteOfWeek / minutesPerDay)] ?? ''} ${tellMinute(minute)}`;
}

/** `08:30` of minutes after midnight. */
export function tellMinute(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
