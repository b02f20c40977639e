import { shuffled } from './statistics.ts';

/** A person and their recordings, whatever a recording is. */
export interface Person<R> {
  readonly person: string;
  readonly recordings: readonly R[];
}

/** Half of the people, on which a threshold is fitted that is then tried on the other half. */
export type Half = 0 | 1;

export interface SpeakerSplit<R> extends Person<R> {
  readonly half: Half;
  /** Seven in ten recordings for the trained network: to learn from, and to choose the best weights by. */
  readonly training: readonly R[];
  readonly validation: readonly R[];
  /** The rest, which it never sees. */
  readonly test: readonly R[];
}

export interface Stranger<R> extends Person<R> {
  readonly half: Half;
}

export interface VoiceSplit<R> {
  readonly speakers: readonly SpeakerSplit<R>[];
  readonly strangers: readonly Stranger<R>[];
}

const learntShare = 0.7;
const validationShare = 0.2;

/**
 * Divides people into halves, brings each speaker's recordings into another order and divides them into those that
 * are learnt from and those that are tried, whole recordings always: two pieces of one recording are too much alike
 * to be on both sides. `random` decides, from 0 to below 1. A speaker has four recordings or more.
 */
export function splitVoices<R>(
  speakers: readonly Person<R>[],
  strangers: readonly Person<R>[],
  random: () => number,
): VoiceSplit<R> {
  return {
    speakers: inHalves(speakers, random).map(({ person, half, recordings }) => {
      const order = shuffled(recordings, random);
      const learnt = Math.floor(order.length * learntShare);
      const training = learnt - Math.max(1, Math.floor(order.length * validationShare));
      return {
        person,
        half,
        recordings: order,
        training: order.slice(0, training),
        validation: order.slice(training, learnt),
        test: order.slice(learnt),
      };
    }),
    strangers: inHalves(strangers, random),
  };
}

/** The people of either half alone; null where a half would have one speaker, who has no second best, or no stranger. */
export function halvesOf<R>(split: VoiceSplit<R>): readonly [VoiceSplit<R>, VoiceSplit<R>] | null {
  const half = (which: Half): VoiceSplit<R> => ({
    speakers: split.speakers.filter((person) => person.half === which),
    strangers: split.strangers.filter((person) => person.half === which),
  });
  const halves = [half(0), half(1)] as const;
  const enough = halves.every(({ speakers, strangers }) => speakers.length >= 2 && strangers.length >= 1);
  return enough ? halves : null;
}

/** One speaker's recordings: what is enrolled, and what is tried against it. */
export interface Enrolment<R> {
  readonly enrolled: readonly R[];
  readonly probes: readonly R[];
}

/**
 * Enrols so many utterances of every speaker in turn, until one speaker has no fresh ones left: no recording is
 * enrolled twice. One list a turn, in it an enrolment a speaker, in the order of the speakers.
 */
export function enrolmentsInTurn<R>(speakers: readonly Person<R>[], utterances: number): Enrolment<R>[][] {
  const fewest = Math.min(...speakers.map(({ recordings }) => recordings.length));
  return Array.from({ length: Math.floor(fewest / utterances) }, (_, turn) =>
    speakers.map(({ recordings }) => {
      const from = turn * utterances;
      const to = from + utterances;
      return {
        enrolled: recordings.slice(from, to),
        probes: [...recordings.slice(0, from), ...recordings.slice(to)],
      };
    }),
  );
}

/** As many in one half as in the other, or one more in the first; in the order in which they came. */
function inHalves<P>(people: readonly P[], random: () => number): (P & { readonly half: Half })[] {
  const first = new Set(shuffled([...people.keys()], random).slice(0, Math.ceil(people.length / 2)));
  return people.map((person, index) => ({ ...person, half: first.has(index) ? 0 : 1 }));
}

/**
 * Pieces of `length` samples, a new one each `hop`; unless a hop is given, one after the other without overlap. What
 * is left at the end is dropped.
 */
export function cutPieces(samples: Float32Array, length: number, hop = length): Float32Array[] {
  const count = Math.max(0, Math.floor((samples.length - length) / hop) + 1);
  return Array.from({ length: count }, (_, i) => samples.subarray(i * hop, i * hop + length));
}
