import type { WallClock } from '../../hal/contract/clock.ts';
import type { FaceEvidence, VoiceEvidence } from '../decide/evidence.ts';
import { type LocalTime, standingAt, weekdays } from '../decide/standing.ts';
import type { DevicePorts } from './ports.ts';

/** Puts with evidence how the person whom it names stands at that moment: what the machines cannot ask a clock. */
export class Standings {
  readonly #wallClock: WallClock;
  readonly #termsOf: DevicePorts['termsOf'];
  readonly #localTime: (utcMs: number) => LocalTime;

  constructor(
    { wallClock, termsOf }: Pick<DevicePorts, 'wallClock' | 'termsOf'>,
    /** As `Europe/Berlin`. */
    timeZone: string,
  ) {
    this.#wallClock = wallClock;
    this.#termsOf = termsOf;
    this.#localTime = localTimeIn(timeZone);
  }

  with<Evidence extends FaceEvidence | VoiceEvidence>(evidence: Evidence): Evidence {
    const terms = evidence.subjectId === null ? undefined : this.#termsOf(evidence.subjectId);
    if (terms === undefined) return evidence;
    const local = this.#localTime(this.#wallClock.nowUtcMs());
    return { ...evidence, standing: standingAt(terms, local, this.#wallClock.trusted) };
  }
}

/**
 * Local time in a zone, by the rules of the zone for that moment: when clocks go forward an hour is not there, when
 * they go back an hour comes twice, and hours that name it hold both times.
 */
export function localTimeIn(timeZone: string): (utcMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (utcMs) => {
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
    return {
      date: `${part('year')}-${part('month')}-${part('day')}`,
      weekday: weekdays.find((day) => day === part('weekday').toLowerCase()) ?? 'mon',
      minute: Number(part('hour')) * 60 + Number(part('minute')),
    };
  };
}
