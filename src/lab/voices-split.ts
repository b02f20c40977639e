import { shuffled } from './statistics.ts';

/** A person and their recordings, whatever a recording is. */
export interface Person<R> {
  readonly person: string;
  readonly recordings: readonly R[];
}

/** Half of the people, on which a threshold is fitted that is then tried on the other half. */
export type Half = 0 | 1;

export interface SpeakerSplit<R> {
  readonly person: string;
  readonly half: Half;
  /** Three utterances for the open-set embedding, and what is tried against them: all the others. */
  readonly enrolled: readonly R[];
  readonly probes: readonly R[];
  /** Seven in ten for the trained network, those that are enrolled among them; and the rest, never seen by either. */
  readonly training: readonly R[];
  readonly test: readonly R[];
}

export interface Stranger<R> extends Person<R> {
  readonly half: Half;
}

export interface VoiceSplit<R> {
  readonly speakers: readonly SpeakerSplit<R>[];
  readonly strangers: readonly Stranger<R>[];
}

export const enrolledUtterances = 3;
const trainingShare = 0.7;

/**
 * Divides people into halves and each speaker's recordings into those that are learnt from and those that are tried,
 * whole recordings always: two pieces of one recording are too much alike to be on both sides. `random` decides, from
 * 0 to below 1. A speaker has four recordings or more.
 */
export function splitVoices<R>(
  speakers: readonly Person<R>[],
  strangers: readonly Person<R>[],
  random: () => number,
): VoiceSplit<R> {
  return {
    speakers: inHalves(speakers, random).map(({ person, half, recordings }) => {
      const order = shuffled(recordings, random);
      const trained = Math.max(enrolledUtterances, Math.floor(order.length * trainingShare));
      return {
        person,
        half,
        enrolled: order.slice(0, enrolledUtterances),
        probes: order.slice(enrolledUtterances),
        training: order.slice(0, trained),
        test: order.slice(trained),
      };
    }),
    strangers: inHalves(strangers, random),
  };
}

/** As many in one half as in the other, or one more in the first; in the order in which they came. */
function inHalves<P>(people: readonly P[], random: () => number): (P & { readonly half: Half })[] {
  const first = new Set(shuffled([...people.keys()], random).slice(0, Math.ceil(people.length / 2)));
  return people.map((person, index) => ({ ...person, half: first.has(index) ? 0 : 1 }));
}

/** Pieces of `length` samples one after the other, none overlapping another; what is left at the end is dropped. */
export function cutPieces(samples: Float32Array, length: number): Float32Array[] {
  const count = Math.floor(samples.length / length);
  return Array.from({ length: count }, (_, i) => samples.subarray(i * length, (i + 1) * length));
}
