import { UsageError } from './command.ts';

/**
 * A moment on the trace's clock, as `option` gives it. `14:03:22` is that time on the day of the trace's end. Throws
 * UsageError.
 */
export function momentOf(option: string, text: string, utcOffsetMs: number | null, endMs: number): number {
  const span = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  if (span !== null) return Number(span[1]) * (span[2] === 's' ? 1_000 : 1);
  const timeOfDay = /^(\d{1,2})(:\d{2}(:\d{2}(\.\d+)?)?)$/.exec(text);
  if (utcOffsetMs !== null) {
    const day = new Date(endMs + utcOffsetMs).toISOString().slice(0, 10);
    const iso = timeOfDay === null ? text : `${day}T${timeOfDay[1]?.padStart(2, '0')}${timeOfDay[2]}Z`;
    const utcMs = /^\d{4}-\d{2}-\d{2}T/.test(iso) ? Date.parse(iso) : Number.NaN;
    if (!Number.isNaN(utcMs)) return utcMs - utcOffsetMs;
  }
  throw new UsageError(
    `${option} ${text}: not a time. Allowed: 12.5s or 800ms on the trace's clock${
      utcOffsetMs === null
        ? '; this trace does not say the time of day'
        : ', 14:03:22 or 2025-01-31T14:03:22Z'
    }`,
  );
}

/** A moment of the trace for people: the time of day where it is known, and the trace's clock. */
export function timeText(tMs: number, utcOffsetMs: number | null): string {
  const seconds = `${(tMs / 1_000).toFixed(3)} s`;
  if (utcOffsetMs === null) return seconds;
  return `${new Date(tMs + utcOffsetMs).toISOString().slice(11, 23)} (${seconds})`;
}
