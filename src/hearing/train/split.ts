import { Random } from '../../../hal/sim/random.ts';
import { TrainingInputError } from './errors.ts';
import type { CheckedRecording } from './recordings.ts';

/** Of each speaker's recordings, where there is no validation folder. */
const heldBackShare = 0.25;
/** Of a speaker; with less, another training gives another answer. */
const enoughSeconds = 20;

export interface TrainingSplit {
  /** Each recording is in one set or the other, whole: two pieces of one are too much alike to be in both. */
  readonly recordings: readonly CheckedRecording[];
  /** Sorted; the order of the network's answers. */
  readonly labels: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Decides what is learnt from and what is tried: by the folders, or, without a validation folder, a quarter of each
 * speaker's recordings is held back, at least one of those who have two. Throws TrainingInputError where nothing can
 * be learnt: one speaker alone, a speaker to be tried who is never learnt, nothing to try.
 */
export function splitRecordings(
  recordings: readonly CheckedRecording[],
  validated: boolean,
  seed: number,
): TrainingSplit {
  const split = validated ? recordings : holdBack(recordings, Random.seeded(seed).child('held back'));
  const labelsIn = (set: CheckedRecording['set']) =>
    new Set(split.filter((one) => one.set === set).map(({ label }) => label));
  const trained = labelsIn('train');
  const tried = labelsIn('validation');
  const labels = [...trained].sort();

  const problems: string[] = [];
  for (const label of tried) {
    if (trained.has(label)) continue;
    problems.push(
      `${label} is in validation only; put recordings of ${label} into train, or take them out of validation`,
    );
  }
  if (labels.length < 2) {
    problems.push(
      `${labels.join()} is the only speaker in train; the network tells speakers apart, so it needs two or more`,
    );
  }
  if (tried.size === 0) {
    problems.push(
      'nothing is left to try the network with: each speaker has one recording; record a second one of each, or put some into validation',
    );
  }
  if (problems.length > 0) throw new TrainingInputError(problems);

  const warnings = labels.flatMap((label) => {
    const seconds = split
      .filter((one) => one.label === label && one.set === 'train')
      .reduce((sum, { lengthMs }) => sum + lengthMs / 1000, 0);
    return [
      ...(tried.has(label) ? [] : [`${label} is in train only: how well ${label} is told stays unknown`]),
      ...(seconds >= enoughSeconds
        ? []
        : [
            `${label}: ${seconds.toFixed(1)} s to learn from; under ${enoughSeconds} s what is learnt is not dependable`,
          ]),
    ];
  });
  return { recordings: split, labels, warnings };
}

function holdBack(recordings: readonly CheckedRecording[], random: Random): CheckedRecording[] {
  const held = new Set<string>();
  for (const label of new Set(recordings.map((one) => one.label))) {
    const theirs = recordings.filter((one) => one.label === label);
    const count = theirs.length < 2 ? 0 : Math.max(1, Math.round(theirs.length * heldBackShare));
    // By a number of their own each, so that one speaker more changes nothing for the others.
    const drawn = theirs
      .map(({ path }) => ({ path, draw: random.child(path).uniform() }))
      .sort((a, b) => a.draw - b.draw);
    for (const { path } of drawn.slice(0, count)) held.add(path);
  }
  return recordings.map((one) => (held.has(one.path) ? { ...one, set: 'validation' } : one));
}
