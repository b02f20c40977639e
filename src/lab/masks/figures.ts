import { type Rate, rateOf, rateWhere } from '../../decide/rate.ts';
import { unitSum } from '../../models/unit.ts';
import { distanceBetween, judgeMatch, type MatchLimits, type Neighbour } from '../../vision/match.ts';

/** What of a person is enrolled. */
export type Enrolled = 'masked' | 'bare' | 'both' | 'mean';

/** A person with one sample with a mask and one without, and the pictures that they are tried with. */
export interface EnrolledPerson {
  readonly person: string;
  readonly masked: Float32Array;
  readonly bare: Float32Array;
}

/** A picture that is tried; `person` is nobody who is enrolled for a stranger's. */
export interface Probe {
  readonly person: string;
  readonly masked: boolean;
  readonly stranger: boolean;
  /** Null where no face was found: nobody is named then. */
  readonly embedding: Float32Array | null;
}

export interface EnrolledFigures {
  readonly enrolled: Enrolled;
  /** Given their own name by the device's rule, of the pictures of enrolled people with and without a mask. */
  readonly recognisedMasked: Rate;
  readonly recognisedBare: Rate;
  readonly namedWrongly: Rate;
  /** Given a name, of the pictures of strangers. */
  readonly strangersMasked: Rate;
  readonly strangersBare: Rate;
  /** Answers that are right, of all: the own name, and nobody for a stranger. */
  readonly accuracy: Rate;
  /** The squared distance under which 1 % of the strangers' pictures come to somebody; null without strangers. */
  readonly fittedThreshold: number | null;
  /** Recognised at that threshold, without a margin. */
  readonly recognisedFitted: Rate | null;
}

/** The share of strangers' pictures for which a threshold is fitted. */
const fittedShare = 0.01;

/** What comes of trying all pictures, for each way to enrol. */
export function tableOf(
  people: readonly EnrolledPerson[],
  probes: readonly Probe[],
  limits: MatchLimits,
): EnrolledFigures[] {
  return (['masked', 'bare', 'both', 'mean'] as const).map((enrolled) => {
    const samples = people.map((person) => ({ person: person.person, samples: samplesOf(person, enrolled) }));
    const answers = probes.map((probe): Answer => {
      const nearest = probe.embedding === null ? [] : nearestPeople(samples, probe.embedding);
      const match = judgeMatch(nearest, limits);
      return { probe, nearest: nearest[0], named: match.decision === 'known' ? match.subjectId : null };
    });
    return { enrolled, ...figuresOf(answers) };
  });
}

interface Answer {
  readonly probe: Probe;
  readonly nearest: Neighbour | undefined;
  readonly named: string | null;
}

function samplesOf({ masked, bare }: EnrolledPerson, enrolled: Enrolled): Float32Array[] {
  switch (enrolled) {
    case 'masked':
      return [masked];
    case 'bare':
      return [bare];
    case 'both':
      return [masked, bare];
    case 'mean':
      return [unitSum([masked, bare])];
  }
}

/** Each person as near as the nearest of their samples, the nearest first. */
function nearestPeople(
  people: readonly { readonly person: string; readonly samples: readonly Float32Array[] }[],
  embedding: Float32Array,
): Neighbour[] {
  return people
    .map(({ person, samples }) => ({
      subjectId: person,
      distance: Math.min(...samples.map((sample) => distanceBetween(sample, embedding))),
    }))
    .sort((a, b) => a.distance - b.distance);
}

function figuresOf(answers: readonly Answer[]): Omit<EnrolledFigures, 'enrolled'> {
  const known = answers.filter(({ probe }) => !probe.stranger);
  const strangers = answers.filter(({ probe }) => probe.stranger);
  const isRight = ({ probe, named }: Answer) => (probe.stranger ? named === null : named === probe.person);
  const among = (some: readonly Answer[], masked: boolean) =>
    some.filter(({ probe }) => probe.masked === masked);
  const threshold = thresholdOf(strangers);
  return {
    recognisedMasked: rateWhere(among(known, true), isRight),
    recognisedBare: rateWhere(among(known, false), isRight),
    namedWrongly: rateWhere(known, ({ probe, named }) => named !== null && named !== probe.person),
    strangersMasked: rateWhere(among(strangers, true), ({ named }) => named !== null),
    strangersBare: rateWhere(among(strangers, false), ({ named }) => named !== null),
    accuracy: rateWhere(answers, isRight),
    fittedThreshold: threshold,
    recognisedFitted:
      threshold === null
        ? null
        : rateOf(
            known.filter(
              ({ probe, nearest }) => nearest?.subjectId === probe.person && nearest.distance < threshold,
            ).length,
            known.length,
          ),
  };
}

/** The largest distance with at most the fitted share of the strangers strictly below it. */
function thresholdOf(strangers: readonly Answer[]): number | null {
  const distances = strangers
    .map(({ nearest }) => nearest?.distance ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  const threshold = distances[Math.floor(fittedShare * distances.length)];
  return threshold === undefined || threshold === Number.POSITIVE_INFINITY ? null : threshold;
}
