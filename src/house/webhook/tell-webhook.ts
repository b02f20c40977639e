import type { Clock, WallClock } from '../../../hal/contract/clock.ts';
import { Backoff } from '../backoff.ts';
import type { HouseEvent } from '../event.ts';
import { type KnownPeople, withName } from '../people-known.ts';
import type { Post } from './post.ts';
import { secretBytes, signatureHeaders } from './sign.ts';

/** Events that wait for the receiver; the oldest go first. */
const mostWaiting = 1_000;
/** An event that could not be delivered for so long is of no use any more. */
const mostAgeMs = 86_400_000;
/** A receiver may ask to be left alone, but not for ever. */
const longestRetryAfterMs = 600_000;

/** Refusals that another try may cure: too late, too early, too often (RFC 9110, RFC 8470, RFC 6585). */
const passingStatuses = [408, 425, 429];

export interface WebhookOptions {
  readonly post: Post;
  /** Gives the secret, anew for each delivery. Rejects where it cannot be had. */
  readonly secret: () => Promise<string | null>;
  readonly withNames: boolean;
  readonly clock: Clock;
  readonly wallClock: Pick<WallClock, 'nowUtcMs'>;
  /** Numbers from 0 to below 1. */
  readonly draw: () => number;
  readonly onNote: (text: string) => void;
}

interface Waiting {
  readonly event: HouseEvent;
  readonly sinceMs: number;
}

/** Sends each event to a program over HTTP, signed, in order, until it is taken. */
export class WebhookTeller {
  readonly #options: WebhookOptions;
  readonly #backoff: Backoff;
  #people: KnownPeople = new Map();
  #waiting: Waiting[] = [];
  #lost = 0;
  #wake: () => void = () => {};

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.draw);
  }

  /** Events that were dropped since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Who is known: whoever is erased is not told of any more. */
  setPeople(people: KnownPeople): void {
    const gone = [...this.#people.keys()].filter((person) => !people.has(person));
    this.#people = people;
    this.#waiting = this.#waiting.filter(
      ({ event }) => !('person' in event) || !gone.includes(event.person ?? ''),
    );
  }

  /** Never throws and never waits. */
  tell(event: HouseEvent): void {
    this.#waiting.push({ event, sinceMs: this.#options.clock.nowMs() });
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift();
      this.#lost++;
    }
    this.#wake();
  }

  /** Sends until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onNote } = this.#options;
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    let told = '';
    let lostBefore = 0;
    const note = (text: string) => {
      if (text !== told) onNote(`webhook: ${text}`);
      told = text;
    };
    while (!signal.aborted) {
      const [next] = this.#waiting;
      if (next === undefined) {
        const woken = Promise.withResolvers<void>();
        this.#wake = woken.resolve;
        await Promise.race([woken.promise, aborted.promise]);
        continue;
      }
      if (clock.nowMs() - next.sinceMs > mostAgeMs) {
        this.#lost++;
        this.#done(next);
        continue;
      }
      const outcome = await this.#deliver(next.event, signal);
      if (signal.aborted) return;
      if (outcome.kind === 'later') {
        note(`${outcome.why}; trying again`);
        await clock.sleep(outcome.afterMs, signal).catch(() => undefined);
        continue;
      }
      this.#done(next);
      this.#backoff.reset();
      if (outcome.kind === 'refused') note(outcome.why);
      else if (told !== '') {
        const lost = this.#lost - lostBefore;
        note(lost === 0 ? 'taken again' : `taken again; ${lost} events were dropped`);
        lostBefore = this.#lost;
        told = '';
      }
    }
  }

  async #deliver(event: HouseEvent, signal: AbortSignal): Promise<Outcome> {
    const { post, secret, withNames, wallClock } = this.#options;
    const later = (why: string, afterMs = this.#backoff.nextMs()): Outcome => ({
      kind: 'later',
      why,
      afterMs,
    });
    try {
      const key = await secret();
      if (key === null) return later('there is no secret: set webhook.secret_file');
      const body = JSON.stringify(withNames ? withName(event, this.#people) : event);
      const signed = { id: event.id, sentAtUtcMs: wallClock.nowUtcMs(), body };
      const { status, retryAfterMs } = await post(body, signatureHeaders(secretBytes(key), signed), signal);
      if (status >= 200 && status < 300) return { kind: 'taken' };
      if (status >= 300 && status < 400) {
        return { kind: 'refused', why: `it redirects (${status}), which is not followed: set webhook.url` };
      }
      if (status < 500 && !passingStatuses.includes(status)) {
        return { kind: 'refused', why: `it refuses events (${status}); they are dropped` };
      }
      const asked = Math.min(retryAfterMs ?? 0, longestRetryAfterMs);
      return later(`it answers ${status}`, Math.max(asked, this.#backoff.nextMs()));
    } catch (error) {
      return later(error instanceof Error ? error.message : String(error));
    }
  }

  /** Others may have been dropped meanwhile, this one with them. */
  #done(delivered: Waiting): void {
    if (this.#waiting[0] === delivered) this.#waiting.shift();
  }
}

type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number };
