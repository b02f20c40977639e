import { Random } from '../../../hal/sim/random.ts';
import { type Rate, rateWhere } from '../../decide/rate.ts';
import { nameKey } from '../../people/names.ts';
import { InputError } from '../../runtime/input-error.ts';
import { coveredFrom } from '../../vision/covered.ts';
import type { MatchLimits } from '../../vision/match.ts';
import { type DatasetPerson, type FaceDataset, Remarks } from '../dataset.ts';
import { inParallel } from '../in-parallel.ts';
import { type DrawnMask, type Look, type Looking, lookAt, withDrawnMask } from '../looks.ts';
import { shuffled } from '../statistics.ts';
import { type EnrolledFigures, type EnrolledPerson, type Probe, tableOf } from './figures.ts';

export interface MasksTask extends Omit<Looking, 'remarks'> {
  readonly dataset: FaceDataset;
  /** The same people with masks; masks are drawn for those who have fewer than two pictures in it. */
  readonly masked: FaceDataset | undefined;
  /** Most people that are enrolled; chosen by the seed. */
  readonly people: number;
  readonly seed: number;
  readonly progress: (what: string, done: number, total: number) => void;
}

export interface MasksFigures {
  readonly people: number;
  readonly strangers: number;
  /** Of the enrolled people and of the strangers: whose masks are real. */
  readonly realMasks: number;
  readonly probes: number;
  /** Of the faces that were found: taken to be covered, rightly and wrongly. */
  readonly coveredMasked: Rate;
  readonly coveredBare: Rate;
  /** Masked pictures in which no face was found any more. */
  readonly unfoundMasked: number;
  readonly limits: MatchLimits;
  readonly table: readonly EnrolledFigures[];
  readonly sha256s: readonly string[];
  readonly remarks: readonly string[];
}

/** One in so many people with two pictures or more is left out, as a stranger. */
const strangerOf = 5;
/** So many of anybody's pictures are tried at most: one person with hundreds would decide everything. */
const triedPictures = 4;

/** A masked picture; both are null where no face was found under the mask. */
type MaskedLook = Pick<DrawnMask, 'embedding' | 'covered'>;

/** One person's pictures as they are used. */
interface MaskedAndBare {
  readonly person: string;
  readonly real: boolean;
  readonly bare: readonly Look[];
  readonly masked: readonly MaskedLook[];
  /** Of the pictures that were read. */
  readonly sha256s: readonly string[];
}

/**
 * The table of masks: enrolled with a mask, without, or both; tried with a mask and without; with strangers, who are not
 * enrolled. Nobody is tried with a picture that is enrolled, with a drawn mask or without. Rejects with InputError where
 * the pictures do not suffice.
 */
export async function measureMasks(task: MasksTask, signal: AbortSignal): Promise<MasksFigures> {
  const random = Random.seeded(task.seed).child('masks');
  const remarks = new Remarks();
  const order = random.child('people');
  const able = shuffled(
    task.dataset.people.filter(({ pictures }) => pictures.length > 1),
    () => order.uniform(),
  );
  if (able.length < 3) {
    throw new InputError(
      `${able.length === 0 ? 'Nobody has' : `Only ${able.length} of the people have`} two pictures or more; the table takes three such people: one is a stranger, and two are enrolled with one picture and tried with the others`,
    );
  }
  const leftOut = Math.max(1, Math.round(able.length / strangerOf));
  const toEnrol = able.slice(leftOut, leftOut + task.people);
  const others = shuffled(
    task.dataset.people.filter(({ pictures }) => pictures.length === 1),
    () => order.uniform(),
  );
  const toTry = [...able.slice(0, leftOut), ...others].slice(0, Math.max(leftOut, task.people));
  const all = [...toEnrol, ...toTry];
  let done = 0;
  const looks = await inParallel(all, task.faces.size, async (person) => {
    const draw = random.child('drawn').child(person.person);
    const seen = await maskedAndBare(person, { ...task, remarks }, draw, signal);
    task.progress('people looked at', ++done, all.length);
    return seen;
  });

  const people: EnrolledPerson[] = [];
  const probes: Probe[] = [];
  const used: MaskedAndBare[] = [];
  const tryAll = ({ person, bare, masked }: MaskedAndBare, stranger: boolean) => {
    for (const { embedding } of bare) probes.push({ person, masked: false, stranger, embedding });
    for (const { embedding } of masked) probes.push({ person, masked: true, stranger, embedding });
  };
  for (const seen of looks.slice(0, toEnrol.length)) {
    const [bare, ...otherBare] = seen.bare;
    const [masked, ...otherMasked] = seen.masked;
    if (bare === undefined || otherBare.length === 0 || masked === undefined || masked.embedding === null)
      continue;
    people.push({ person: seen.person, masked: masked.embedding, bare: bare.embedding });
    used.push(seen);
    tryAll({ ...seen, bare: otherBare, masked: otherMasked }, false);
  }
  let strangers = 0;
  for (const seen of looks.slice(toEnrol.length)) {
    if (seen.bare.length === 0) continue;
    strangers++;
    used.push(seen);
    tryAll(seen, true);
  }
  if (people.length < 2) {
    throw new InputError(
      'Fewer than two people have two pictures in which a face is found, also under a mask',
    );
  }
  return {
    people: people.length,
    strangers,
    realMasks: used.filter(({ real }) => real).length,
    probes: probes.length,
    coveredMasked: rateCovered(used.flatMap(({ masked }) => masked)),
    coveredBare: rateCovered(used.flatMap(({ bare }) => bare)),
    unfoundMasked: probes.filter(({ embedding }) => embedding === null).length,
    limits: task.faces.match,
    table: tableOf(people, probes, task.faces.match),
    sha256s: used.flatMap((one) => one.sha256s),
    remarks: [...task.dataset.remarks, ...(task.masked?.remarks ?? []), ...remarks.lines()],
  };
}

/** Of the faces that were found. */
function rateCovered(looks: readonly Pick<MaskedLook, 'covered'>[]): Rate {
  return rateWhere(
    looks.flatMap(({ covered }) => covered ?? []),
    (covered) => covered > coveredFrom,
  );
}

async function maskedAndBare(
  { person, pictures }: DatasetPerson,
  looking: Looking & Pick<MasksTask, 'masked'>,
  random: Random,
  signal: AbortSignal,
): Promise<MaskedAndBare> {
  const looks = async (some: DatasetPerson['pictures']) => {
    const seen: Look[] = [];
    for (const picture of some.slice(0, triedPictures + 1)) {
      signal.throwIfAborted();
      const look = await lookAt(picture, looking, signal);
      if (look !== undefined) seen.push(look);
    }
    return seen;
  };
  const bare = await looks(pictures);
  const own = looking.masked?.people.find((other) => nameKey(other.person) === nameKey(person));
  const photographed = own === undefined ? [] : await looks(own.pictures);
  if (photographed.length > 1) {
    return {
      ...{ person, real: true, bare },
      masked: photographed,
      sha256s: [...bare, ...photographed].map(({ sha256 }) => sha256),
    };
  }
  const masked: MaskedLook[] = [];
  for (const [index, { face }] of bare.entries()) {
    signal.throwIfAborted();
    masked.push(await withDrawnMask(face, looking.faces, random.child(index), signal));
  }
  return { person, real: false, bare, masked, sha256s: bare.map(({ sha256 }) => sha256) };
}
