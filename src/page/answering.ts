import type { z } from 'zod';
import type { Asker } from '../credentials/scopes.ts';
import {
  type Answers,
  type Ask,
  isRequestName,
  type RequestName,
  RequestRefused,
  requests,
} from './requests.ts';
import type { FromServer, ToServer } from './worker-messages.ts';

export type Outcome = Extract<ToServer, { kind: 'answer' }>['outcome'];

/** Answers what pages ask, on the device's thread: what is asked is done in turns of its own, and awaited by nobody. */
export class Answering {
  readonly #post: (message: ToServer) => void;
  readonly #underWay = new Map<number, AbortController>();
  #answers: Answers = {};

  constructor(post: (message: ToServer) => void) {
    this.#post = post;
  }

  /** Another device answers from now on; what the one before was asked is given up. */
  answerWith(answers: Answers): void {
    for (const abort of this.#underWay.values()) abort.abort(new Error('the device began anew'));
    this.#answers = answers;
  }

  heard(message: Extract<FromServer, { kind: 'asked' }>): void {
    const { id, name, ask, asker } = message;
    const abort = new AbortController();
    this.#underWay.set(id, abort);
    void outcomeOf(this.#answers, name, ask, asker, abort.signal).then((outcome) => {
      this.#underWay.delete(id);
      this.#post({ kind: 'answer', id, outcome });
    });
  }

  /** Nobody waits for it any more. */
  givenUp(id: number): void {
    this.#underWay.get(id)?.abort(new Error('it took too long'));
  }
}

/** What comes of a question that was let through. */
export async function outcomeOf(
  answers: Answers,
  name: string,
  ask: unknown,
  asker: Asker,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const answer = isRequestName(name) ? answerOf(answers, name) : undefined;
    if (answer === undefined) return refused(404, 'this device cannot tell that');
    return { done: true, answer: await answer(ask, asker, signal) };
  } catch (error) {
    if (error instanceof RequestRefused) return refused(error.status, error.message);
    return refused(500, 'the device failed at it, and goes on');
  }
}

/** The asks of each kind: with the type of that kind, which `requests` has for all of them together. */
const kinds: { readonly [Name in RequestName]: { readonly ask: z.ZodType<Ask<Name>> } } = requests;

/** The answer to a kind, as one to what has yet to be checked. */
function answerOf<Name extends RequestName>(answers: Answers, name: Name) {
  const answer = answers[name];
  if (answer === undefined) return undefined;
  const { ask: schema } = kinds[name];
  return (ask: unknown, asker: Asker, signal: AbortSignal) => answer(schema.parse(ask), asker, signal);
}

function refused(status: number, message: string): Outcome {
  return { done: false, status, message };
}
