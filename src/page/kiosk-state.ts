import { Story, type StoryState } from '../trace/story.ts';
import type { KioskNow, KioskVisit, PageMessage } from './protocol.ts';
import { visitorsOf } from './visitors.ts';

/** Somebody is greeted for this long, and as long as they stand there after it, but no longer than the second. */
const greetLeastMs = 5_000;
const greetMostMs = 15_000;
/** What was said to somebody who has gone stays for this long. */
const lingerMs = 3_000;

/** What a kiosk says, from what a device tells. */
export class KioskState {
  readonly #nowUtcMs: () => number;
  #story = new Story();
  /** By subject, the latest last. */
  readonly #visits = new Map<string, number>();
  #grantedAtMs = Number.NEGATIVE_INFINITY;
  /** What was said to somebody last, and until when it was true. */
  #last: { readonly now: KioskNow; readonly untilMs: number } | undefined;

  constructor(nowUtcMs: () => number) {
    this.#nowUtcMs = nowUtcMs;
  }

  /** Somebody came before this kiosk was told anything. */
  remember({ subjectId, atUtcMs }: KioskVisit): void {
    if (atUtcMs > (this.#visits.get(subjectId) ?? 0)) this.#visits.set(subjectId, atUtcMs);
  }

  hear(message: PageMessage): void {
    if (message.type === 'story') {
      this.#story = new Story(message.state);
      this.#last = undefined;
    } else for (const record of message.records) this.#story.see(record);
    const granted = grantIn(this.#story.state);
    if (granted === undefined || granted.atMs <= this.#grantedAtMs) return;
    this.#grantedAtMs = granted.atMs;
    const atUtcMs = this.#nowUtcMs() - (message.nowMs - granted.atMs);
    this.#visits.delete(granted.subjectId);
    this.#visits.set(granted.subjectId, Math.round(atUtcMs));
  }

  /** Another device began: its clock has nothing to do with the one before. */
  forgetClock(): void {
    this.#grantedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** What is said at this time of the device. */
  at(nowMs: number): KioskNow {
    const now = this.#sayAt(nowMs);
    if (now.kind !== 'list') {
      this.#last = { now, untilMs: nowMs };
      return now;
    }
    const last = this.#last;
    const lingers = last !== undefined && last.now.kind !== 'looking' && nowMs - last.untilMs < lingerMs;
    return lingers ? last.now : now;
  }

  /** Everybody who was let in since midnight, the latest first. */
  today(): readonly KioskVisit[] {
    const midnight = new Date(this.#nowUtcMs()).setHours(0, 0, 0, 0);
    return [...this.#visits]
      .map(([subjectId, atUtcMs]) => ({ subjectId, atUtcMs }))
      .filter(({ atUtcMs }) => atUtcMs >= midnight)
      .sort((a, b) => b.atUtcMs - a.atUtcMs);
  }

  #sayAt(nowMs: number): KioskNow {
    const { state } = this.#story;
    const [foremost] = visitorsOf(state);
    const granted = grantIn(state);
    if (granted !== undefined) {
      const sinceMs = nowMs - granted.atMs;
      const standsThere = foremost?.trackId === granted.trackId && foremost?.phase === 'granted';
      if (sinceMs < greetLeastMs || (standsThere && sinceMs < greetMostMs)) {
        return { kind: 'welcome', subjectId: granted.subjectId };
      }
    }
    switch (foremost?.phase) {
      case 'arriving':
      case 'deciding':
        return { kind: 'looking', decision: hintIn(foremost.face?.decision) };
      case 'unknown':
        return { kind: 'unknown' };
      case 'refused':
        return { kind: 'refused', code: state.answer?.code ?? '' };
      default:
        return { kind: 'list' };
    }
  }
}

interface Grant {
  readonly atMs: number;
  readonly trackId: number | null;
  readonly subjectId: string;
}

/** The last answer, where it let somebody in. */
function grantIn({ answer }: StoryState): Grant | undefined {
  const subjectId = (answer?.evidence ?? answer?.voice)?.subjectId ?? null;
  if (answer === null || answer.answer !== 'granted' || subjectId === null) return undefined;
  return { atMs: answer.atMs, trackId: answer.trackId, subjectId };
}

/** Looks that say who somebody is are no hint of what they should do. */
function hintIn(decision: string | undefined): string | null {
  return decision === undefined || ['known', 'unknown', 'unsure'].includes(decision) ? null : decision;
}
