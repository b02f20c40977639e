import type { WallClock } from '../../hal/contract/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { FaceEvidence, VoiceEvidence } from '../decide/evidence.ts';
import { type Hours, isWithinHours, type LocalTime, standingAt, weekdays } from '../decide/standing.ts';
import { presetOf } from './access-settings.ts';
import type { DevicePorts } from './ports.ts';

/**
 * Puts with evidence what the machines cannot ask a clock: whether it is night, and how the person whom it names
 * stands at that moment.
 */
export class Standings {
  readonly #wallClock: WallClock;
  readonly #termsOf: DevicePorts['termsOf'];
  readonly #localTime: (utcMs: number) => LocalTime;
  readonly #night: Hours | null;
  readonly #needsCalibration: boolean;
  #peopleChanged = false;

  constructor(
    { wallClock, termsOf, timeZone }: Pick<DevicePorts, 'wallClock' | 'termsOf' | 'timeZone'>,
    config: Pick<VigilConfig, 'access' | 'device'>,
  ) {
    const { access, device } = config;
    this.#needsCalibration = presetOf(config).needsCalibration;
    this.#wallClock = wallClock;
    this.#termsOf = termsOf;
    this.#localTime = localTimeIn(device.timeZone ?? timeZone);
    this.#night = access.night === undefined ? null : nightOf(access.night);
  }

  /** Who is known is not who the device started with: what it was calibrated on says nothing of them. */
  tellPeopleChanged(changed: boolean): void {
    this.#peopleChanged = changed;
  }

  with<Evidence extends FaceEvidence | VoiceEvidence>(evidence: Evidence): Evidence {
    const terms = evidence.subjectId === null ? undefined : this.#termsOf(evidence.subjectId);
    const unarmed = this.#needsCalibration && this.#peopleChanged;
    if (terms === undefined && this.#night === null && !unarmed) return evidence;
    const { trusted } = this.#wallClock;
    const local = this.#localTime(this.#wallClock.nowUtcMs());
    return {
      ...evidence,
      // While nobody knows what time it is, it may be night.
      ...(this.#night === null ? {} : { atNight: !trusted || isWithinHours(this.#night, local) }),
      ...(unarmed ? { unarmed: 'stale' } : {}),
      ...(terms === undefined ? {} : { standing: standingAt(terms, local, trusted) }),
    };
  }
}

/** Of a span as the configuration allows it. */
function nightOf(text: string): Hours {
  const minutes = text.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  const [fromMinute = 0, untilMinute = 0] = minutes;
  return { days: weekdays, fromMinute, untilMinute };
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
