import type { LlrLine } from '../../decide/calibration.ts';
import { type Rate, rateOf } from '../../decide/rate.ts';
import { distanceBetween, type MatchLimits } from '../../vision/match.ts';
import { fitLine } from './line.ts';

/** A face with whose it is. */
export interface OwnedFace {
  readonly person: string;
  /** Of unit length. */
  readonly embedding: Float32Array;
}

export interface CalibrationInput {
  /** Samples of the people who are enrolled, by subject id. */
  readonly enrolled: readonly OwnedFace[];
  /** Pictures of people who are not, by whatever tells them apart. */
  readonly strangers: readonly OwnedFace[];
  readonly limits: MatchLimits;
  /** The weight of a distance as the model has it from elsewhere. */
  readonly modelLine: LlrLine;
  /** The share of strangers who may be taken for somebody. */
  readonly wantedRate: number;
}

/** What becomes of strangers and of the enrolled under some limits. */
export interface Outcome extends MatchLimits {
  /** Strangers of whom one picture or more is named as somebody. */
  readonly falseAccepts: Rate;
  /** Own pictures that are not named as their person, compared with the person's other pictures. */
  readonly falseRejects: Rate;
  /** Own pictures that are named as somebody else. */
  readonly confused: Rate;
}

export interface ConfusablePair {
  readonly person: string;
  readonly other: string;
  /** Between their mean faces, squared L2. */
  readonly distance: number;
}

export interface FaceCalibration {
  readonly people: number;
  readonly pictures: number;
  /** Strangers who were given, and their pictures. Each enrolled person is one more, to the others. */
  readonly strangers: { readonly people: number; readonly pictures: number };
  readonly now: Outcome;
  /** The widest limits that keep the wanted rate, never wider than those now. */
  readonly suggested: Outcome;
  /** Whether there are enough strangers to say that the suggestion keeps the wanted rate. */
  readonly shown: boolean;
  /** How many strangers would be needed to say so if none of them is accepted: the rule of three. */
  readonly strangersNeeded: number;
  /** What a stranger would have to pass where so many people are enrolled, as the pairs say it. */
  readonly byPeople: readonly {
    readonly people: number;
    readonly falseAccepts: number;
    readonly most: number;
  }[];
  readonly confusable: readonly ConfusablePair[];
  /** People with fewer pictures than say something about them. */
  readonly thin: readonly string[];
  readonly line: LlrLine | null;
}

/** Of fewer pictures of a person each is compared with too little of the rest. */
export const picturesNeeded = 3;
const peopleCounts = [1, 2, 5, 10, 20, 50, 100, 1_000] as const;

/** One look: the distances to the person it is of, where it is of one, and to the nearest two of the others. */
interface Look {
  readonly own: number | null;
  readonly others: readonly [nearest: number, second: number];
}

/**
 * How often a stranger would be let in and an enrolled person not, from the pictures there are. Strangers are those who
 * are given, and each enrolled person is one to all others. Every own picture is compared with the mean of the person's
 * other ones. A stranger counts once, however many pictures there are: pictures of one person err together.
 */
export function calibrateFaces(input: CalibrationInput): FaceCalibration {
  const { enrolled, strangers, limits, wantedRate } = input;
  const people = grouped(enrolled);
  const means = new Map([...people].map(([person, faces]) => [person, meanOf(faces)]));
  const own: Look[] = [];
  const ownAsStranger = new Map<string, Look[]>();
  for (const [person, faces] of people) {
    const others = [...means].filter(([other]) => other !== person).map(([, mean]) => mean);
    for (const [i, face] of faces.entries()) {
      const rest = faces.filter((_, j) => j !== i);
      const distances = nearestTwo(face, others);
      if (rest.length > 0) own.push({ own: distanceBetween(face, meanOf(rest)), others: distances });
      if (others.length > 0) push(ownAsStranger, person, { own: null, others: distances });
    }
  }
  const visits = new Map(ownAsStranger);
  for (const [person, faces] of grouped(strangers)) {
    const looks = faces.map((face) => ({ own: null, others: nearestTwo(face, [...means.values()]) }));
    visits.set(`stranger ${person}`, looks);
  }
  const outcome = (limits: MatchLimits): Outcome => ({
    ...limits,
    falseAccepts: rateOf(
      [...visits.values()].filter((looks) => looks.some(named(limits))).length,
      visits.size,
    ),
    falseRejects: rateOf(own.filter((look) => !namedRight(look, limits)).length, own.length),
    confused: rateOf(own.filter((look) => namedWrong(look, limits)).length, own.length),
  });
  const suggested = outcome(suggest([...visits.values()], own, limits, wantedRate));
  const strangersNeeded = Math.ceil(3 / wantedRate);
  const pairs = pairDistances(strangers, enrolled, people, means);
  return {
    people: people.size,
    pictures: enrolled.length,
    strangers: { people: grouped(strangers).size, pictures: strangers.length },
    now: outcome(limits),
    suggested,
    shown: mostOf(suggested.falseAccepts) <= wantedRate,
    strangersNeeded,
    byPeople: peopleCounts.map((count) => {
      const rate = rateOf(pairs.filter(({ distance }) => distance <= limits.threshold).length, pairs.length);
      const share = pairs.length === 0 ? Number.NaN : rate.count / rate.of;
      return { people: count, falseAccepts: 1 - (1 - share) ** count, most: 1 - (1 - rate.high) ** count };
    }),
    confusable: confusablePairs(means, limits.threshold + limits.margin),
    thin: [...people].filter(([, faces]) => faces.length < picturesNeeded).map(([person]) => person),
    line: fitLine(
      own.map((look) => look.own ?? 0),
      pairs.map(({ distance }) => distance),
      { own: own.length, strangers: visits.size * Math.max(1, people.size) },
      input.modelLine,
    ),
  };
}

/** At most this share, with 95 % confidence: where none was counted, by the rule of three. */
export function mostOf({ count, of, high }: Rate): number {
  return count === 0 ? Math.min(1, 3 / Math.max(1, of)) : high;
}

/** So many strangers may pass that the wanted rate is still shown; where no number shows it, as many as it says. */
function mayPass(strangers: number, wantedRate: number): number {
  let count = Math.floor(wantedRate * strangers);
  while (count > 0 && mostOf(rateOf(count, strangers)) > wantedRate) count--;
  return count;
}

/** The widest limits up to those now at which no more strangers pass than may, and no own picture is somebody else's. */
function suggest(
  visits: readonly (readonly Look[])[],
  own: readonly Look[],
  now: MatchLimits,
  wantedRate: number,
): MatchLimits {
  // Where an own picture is nearer to somebody else, only a larger margin leaves it unnamed.
  const wrong = own.filter((look) => namedWrong(look, now));
  const margin = wrong.reduce((most, look) => Math.max(most, lead(look) * 1.01), now.margin);
  const passesFrom = visits
    .map((looks) => Math.min(...looks.filter(leads(margin)).map(({ others: [nearest] }) => nearest)))
    .toSorted((a, b) => a - b);
  const first = passesFrom[mayPass(visits.length, wantedRate)];
  const threshold = first === undefined || first > now.threshold ? now.threshold : first * 0.999;
  return { threshold, margin };
}

const leads =
  (margin: number) =>
  ({ others: [nearest, second] }: Look) =>
    second - nearest >= margin;

const named = (limits: MatchLimits) => (look: Look) =>
  look.others[0] <= limits.threshold && leads(limits.margin)(look);

function namedRight({ own, others: [nearest] }: Look, { threshold, margin }: MatchLimits): boolean {
  return own !== null && own <= threshold && nearest - own >= margin;
}

/** How much nearer the nearest other person is than the second nearest of all. */
function lead({ own, others: [nearest, second] }: Look): number {
  return Math.min(own ?? Number.POSITIVE_INFINITY, second) - nearest;
}

function namedWrong(look: Look, { threshold, margin }: MatchLimits): boolean {
  return look.others[0] <= threshold && lead(look) >= margin;
}

/** Every picture of a stranger with every enrolled person, and of each of them with all others. */
function pairDistances(
  strangers: readonly OwnedFace[],
  enrolled: readonly OwnedFace[],
  people: ReadonlyMap<string, unknown>,
  means: ReadonlyMap<string, Float32Array>,
): { readonly distance: number }[] {
  return [...strangers, ...enrolled].flatMap(({ person, embedding }, i) =>
    [...people.keys()].flatMap((other) => {
      const mean = means.get(other);
      const same = i >= strangers.length && other === person;
      return mean === undefined || same ? [] : [{ distance: distanceBetween(embedding, mean) }];
    }),
  );
}

function confusablePairs(means: ReadonlyMap<string, Float32Array>, limit: number): ConfusablePair[] {
  const people = [...means];
  return people
    .flatMap(([person, mean], i) =>
      people.slice(i + 1).flatMap(([other, otherMean]) => {
        const distance = distanceBetween(mean, otherMean);
        return distance < limit ? [{ person, other, distance }] : [];
      }),
    )
    .sort((a, b) => a.distance - b.distance);
}

function nearestTwo(face: Float32Array, means: readonly Float32Array[]): [number, number] {
  let [first, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const mean of means) {
    const distance = distanceBetween(face, mean);
    if (distance < first) [first, second] = [distance, first];
    else if (distance < second) second = distance;
  }
  return [first, second];
}

function grouped(faces: readonly OwnedFace[]): Map<string, Float32Array[]> {
  const people = new Map<string, Float32Array[]>();
  for (const { person, embedding } of faces) push(people, person, embedding);
  return people;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(value);
}

/** The direction of the sum of unit vectors: what a gallery has of a person. */
function meanOf(faces: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(faces[0]?.length ?? 0);
  for (const face of faces) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + face[i]!;
  const length = Math.hypot(...sum);
  return length > 0 ? sum.map((value) => value / length) : sum;
}
