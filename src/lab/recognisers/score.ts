import { setImmediate } from 'node:timers/promises';
import type { AnsweredFold } from './figures.ts';
import type { Fold } from './folds.ts';
import type { Answer, Method } from './methods.ts';

/** A fold that a method was tried on, and what it cost. */
export interface ScoredFold extends AnsweredFold {
  readonly trainMs: number;
  readonly sizeBytes: number;
  /** Of one face, on average. */
  readonly answerMs: number;
}

/** Between so many faces the event loop gets its turn, so that an interrupt is heard. */
const facesATurn = 20;

/**
 * Trains a method and tries it; `personOf` says whose each picture is. Rejects with TrainingError, with the signal's
 * reason on abort.
 */
export async function scoreFold(
  method: Method,
  { enrolled, known, strangers }: Fold,
  personOf: readonly number[],
  signal: AbortSignal,
): Promise<ScoredFold> {
  const startMs = performance.now();
  const trained = method.train(enrolled);
  const trainMs = performance.now() - startMs;
  let answerMs = 0;
  const answersTo = async (pictures: readonly number[]) => {
    const answers: Answer[] = [];
    for (const [i, picture] of pictures.entries()) {
      if (i % facesATurn === 0) await setImmediate();
      signal.throwIfAborted();
      const askedMs = performance.now();
      answers.push(trained.answer(picture));
      answerMs += performance.now() - askedMs;
    }
    return answers;
  };
  const ofKnown = await answersTo(known);
  const ofStrangers = await answersTo(strangers);
  return {
    known: ofKnown.map((answer, i) => ({ ...answer, is: personOf[known[i]!]! })),
    strangers: ofStrangers,
    trainMs,
    sizeBytes: trained.sizeBytes,
    answerMs: answerMs / Math.max(1, known.length + strangers.length),
  };
}
