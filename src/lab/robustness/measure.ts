import { Random } from '../../../hal/sim/random.ts';
import { InputError } from '../../runtime/input-error.ts';
import {
  distanceBetween,
  type FaceGallery,
  judgeMatch,
  type MatchLimits,
  nearestSubjects,
} from '../../vision/match.ts';
import { type DatasetPicture, type FaceDataset, Remarks } from '../dataset.ts';
import type { FacePicture } from '../faces.ts';
import { inParallel } from '../in-parallel.ts';
import { findAt, type Looking, lookAt, middleOf, sizeOf } from '../looks.ts';
import { shuffled } from '../statistics.ts';
import { type Disturbance, type DisturbedPicture, disturbances } from './disturbances.ts';
import { breakingLevel, type LevelFigures, levelFigures, type Outcome } from './figures.ts';

export interface RobustnessTask extends Omit<Looking, 'remarks'> {
  readonly dataset: FaceDataset;
  /** Most people that are enrolled and tried; chosen by the seed. */
  readonly people: number;
  readonly seed: number;
  readonly progress: (what: string, done: number, total: number) => void;
}

export interface DisturbanceFigures {
  readonly disturbance: Disturbance;
  /** The pictures as they were first, then from mild to severe. */
  readonly levels: readonly LevelFigures[];
  /** Undefined where half are recognised up to the last level. */
  readonly breaksAt: number | undefined;
}

export interface RobustnessFigures {
  readonly people: number;
  /** Whether the disturbed picture is another one than the enrolled one. */
  readonly otherPicture: boolean;
  readonly disturbances: readonly DisturbanceFigures[];
  readonly limits: MatchLimits;
  /** SHA-256 of the pictures that were used. */
  readonly sha256s: readonly string[];
  readonly remarks: readonly string[];
}

const unfound: Outcome = { distance: null, named: 'nobody' };

/** A person who is enrolled with one picture and tried with a cut of another. */
interface Subject {
  readonly person: string;
  readonly enrolled: Float32Array;
  readonly probe: FacePicture;
}

/**
 * Disturbs one picture of each person, more and more, and asks each time whether the face is still found and the person
 * still recognised by the device's rule among all who are enrolled with another picture. Where nobody has two pictures
 * the enrolled one itself is disturbed. Rejects with InputError where there is nobody to recognise.
 */
export async function measureRobustness(
  task: RobustnessTask,
  signal: AbortSignal,
): Promise<RobustnessFigures> {
  const random = Random.seeded(task.seed).child('robustness');
  const remarks = new Remarks();
  const otherPicture = task.dataset.people.some(({ pictures }) => pictures.length > 1);
  const { subjects, sha256s } = await enrol(task, otherPicture, random.child('people'), remarks, signal);
  if (subjects.length < 2) {
    throw new InputError(
      subjects.length === 0
        ? 'No face was found in any picture; there is nobody to recognise'
        : 'Only one person has a face that is found; recognising somebody takes two people or more',
    );
  }
  const gallery = galleryOf(subjects);
  const total = subjects.length * (1 + disturbances.reduce((sum, { levels }) => sum + levels.length, 0));
  let done = 0;

  const outcomesOf = (disturb: (probe: FacePicture, index: number) => Promise<DisturbedPicture>) =>
    inParallel(subjects, task.faces.size, async ({ person, enrolled, probe }, index): Promise<Outcome> => {
      signal.throwIfAborted();
      const { picture, middle } = await disturb(probe, index);
      const found = await findAt(picture, { middle, sizePx: sizeOf(probe) }, task.faces, signal);
      task.progress('disturbed pictures', ++done, total);
      return found === undefined ? unfound : judge(found.embedding, person, enrolled);
    });
  const judge = (embedding: Float32Array, person: string, enrolled: Float32Array): Outcome => {
    const { decision, subjectId } = judgeMatch(nearestSubjects(gallery, embedding, 2), task.faces.match);
    return {
      distance: distanceBetween(embedding, enrolled),
      named: decision !== 'known' ? 'nobody' : subjectId === person ? 'rightly' : 'wrongly',
    };
  };

  const asTheyWere = await outcomesOf(async (probe) => ({ picture: probe.picture, middle: middleOf(probe) }));
  const undisturbed = levelFigures(null, asTheyWere);
  const figures: DisturbanceFigures[] = [];
  for (const disturbance of disturbances) {
    const levels = [undisturbed];
    for (const level of disturbance.levels) {
      const draw = random.child(disturbance.id).child(level);
      levels.push(
        levelFigures(
          level,
          await outcomesOf((probe, index) => disturbance.disturb(probe, level, draw.child(index))),
        ),
      );
    }
    figures.push({ disturbance, levels, breaksAt: breakingLevel(levels) });
  }
  return {
    people: subjects.length,
    otherPicture,
    disturbances: figures,
    limits: task.faces.match,
    sha256s: sha256s.toSorted(),
    remarks: [...task.dataset.remarks, ...remarks.lines()],
  };
}

async function enrol(
  { dataset, faces, people, read, progress }: RobustnessTask,
  otherPicture: boolean,
  random: Random,
  remarks: Remarks,
  signal: AbortSignal,
): Promise<{ subjects: Subject[]; sha256s: string[] }> {
  const able = dataset.people.filter(({ pictures }) => !otherPicture || pictures.length > 1);
  const sha256s: string[] = [];
  const look = async (picture: DatasetPicture) => {
    const seen = await lookAt(picture, { faces, read, remarks }, signal);
    if (seen !== undefined) sha256s.push(seen.sha256);
    return seen;
  };
  const chosen = shuffled(able, () => random.uniform()).slice(0, people);
  let done = 0;
  const subjects = await inParallel(
    chosen,
    faces.size,
    async ({ person, pictures }): Promise<Subject | undefined> => {
      signal.throwIfAborted();
      const enrolled = await look(pictures[0]!);
      const probe = otherPicture ? await look(pictures[1]!) : enrolled;
      progress('people enrolled', ++done, chosen.length);
      return enrolled && probe && { person, enrolled: enrolled.embedding, probe: probe.face };
    },
  );
  return { subjects: subjects.filter((subject) => subject !== undefined), sha256s };
}

function galleryOf(subjects: readonly Subject[]): FaceGallery {
  const embeddingLength = subjects[0]!.enrolled.length;
  const embeddings = new Float32Array(subjects.length * embeddingLength);
  for (const [row, { enrolled }] of subjects.entries()) embeddings.set(enrolled, row * embeddingLength);
  return { subjectIds: subjects.map(({ person }) => person), embeddings, embeddingLength };
}
