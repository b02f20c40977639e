import { z } from 'zod';
import type { Clock } from '../../hal/contract/clock.ts';
import type { Asker } from '../credentials/scopes.ts';
import { RequestRate } from '../runtime/interface/request-rate.ts';
import { type Outcome, outcomeOf } from './answering.ts';
import { Refusal } from './refusal.ts';
import { type Answers, requestKind } from './requests.ts';
import type { FromServer, ToServer } from './worker-messages.ts';

const defaultLimitMs = 5_000;
/** What waits for the device at once, whoever asked. */
const mostUnderWay = 16;
/** Of one asker. A page asks a few times a second. */
const rate = { atOnce: 40, perSecond: 20 };
/** Askers whose rate is remembered; the oldest goes. */
const mostAskers = 256;

/** What pages have asked the device and wait for, on the thread of the page: bounded in number, pace and time. */
export class DeviceRequests {
  readonly #tell: (message: FromServer) => void;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #audit: (action: string, by: string, subjectId: string | null) => void;
  /** What is answered on this thread. */
  #here: Answers = {};
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  readonly #rates = new Map<string, RequestRate>();
  #asks = 0;

  /** `audit` hears of what the journal is to say. */
  constructor(
    tell: (message: FromServer) => void,
    clock: Pick<Clock, 'nowMs'>,
    audit: (action: string, by: string, subjectId: string | null) => void,
  ) {
    this.#tell = tell;
    this.#clock = clock;
    this.#audit = audit;
  }

  /** These kinds need no device, and are answered on this thread. */
  answerHere(answers: Answers): void {
    this.#here = answers;
  }

  /**
   * Asks the device; gives its answer as it may be sent. Rejects with Refusal where the asker may not, asks too much or
   * for what means nothing, and where the device refuses or takes too long.
   */
  async ask(name: string, body: unknown, asker: Asker): Promise<unknown> {
    const kind = requestKind(name);
    if (kind === undefined) throw new Refusal(404, 'there is nothing here');
    if (!asker.scopes.includes(kind.scope)) {
      throw new Refusal(403, `this is for those who may: ${kind.scope}`);
    }
    if (!this.#rateOf(asker).take()) {
      throw new Refusal(429, 'too many questions at once; again in a second', { 'retry-after': '1' });
    }
    const ask = kind.ask.safeParse(body);
    if (!ask.success) throw new Refusal(400, 'this is not what is asked for here');
    if (this.#waiting.size >= mostUnderWay) {
      throw new Refusal(503, 'the device is busy with other questions; again in a second', {
        'retry-after': '1',
      });
    }
    const outcome = await this.#outcome(name, ask.data, asker, kind.limitMs ?? defaultLimitMs);
    if (!outcome.done) throw new Refusal(outcome.status, outcome.message);
    const answer = kind.answer.parse(outcome.answer);
    if (kind.audit !== undefined) this.#audit(kind.audit, asker.name, subjectOf(answer));
    return answer;
  }

  /** The device's answer. One that nobody waits for any more is dropped. */
  answered({ id, outcome }: Extract<ToServer, { kind: 'answer' }>): void {
    this.#waiting.get(id)?.(outcome);
  }

  #outcome(name: string, ask: unknown, asker: Asker, limitMs: number): Promise<Outcome> {
    const id = ++this.#asks;
    const givenUp = new AbortController();
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(limit);
        this.#waiting.delete(id);
        resolve(outcome);
      };
      const limit = setTimeout(() => {
        givenUp.abort(new Error('it took too long'));
        this.#tell({ kind: 'given-up', id });
        settle({ done: false, status: 504, message: 'the device did not answer in time' });
      }, limitMs);
      this.#waiting.set(id, settle);
      if (!Object.hasOwn(this.#here, name)) this.#tell({ kind: 'asked', id, name, ask, asker });
      else void outcomeOf(this.#here, name, ask, asker, givenUp.signal).then(settle);
    });
  }

  #rateOf({ name }: Asker): RequestRate {
    let known = this.#rates.get(name);
    if (known === undefined) {
      known = new RequestRate(this.#clock, rate);
      const [oldest] = this.#rates.keys();
      if (this.#rates.size >= mostAskers && oldest !== undefined) this.#rates.delete(oldest);
      this.#rates.set(name, known);
    }
    return known;
  }
}

/** Whom an answer is about. */
function subjectOf(answer: unknown): string | null {
  return z.looseObject({ subjectId: z.string() }).safeParse(answer).data?.subjectId ?? null;
}
