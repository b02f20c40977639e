import type { Sound } from '../../hal/contract/sound.ts';
import { Random } from '../../hal/sim/random.ts';
import type { VoiceEmbedderEntry } from '../models/entry.ts';
import type { Located } from '../models/manifest.ts';
import { figuresOf } from './voices-figures.ts';
import type { SpeechFolder } from './voices-layout.ts';
import { learningCurve } from './voices-learning.ts';
import { OpenSetVoices } from './voices-open-set.ts';
import { voicesOnPlane } from './voices-plane.ts';
import { type Recording, readRecordings } from './voices-recordings.ts';
import type { MeasuredVoices, Measuring, PeopleCount } from './voices-report.ts';
import { scoreOpenSet, scoreOpenSetAsTrained } from './voices-score-open-set.ts';
import { scoreTrained } from './voices-score-trained.ts';
import { cutSoundPieces } from './voices-sound-pieces.ts';
import { type Person, splitVoices } from './voices-split.ts';

export interface VoicesTask extends Measuring {
  readonly folder: SpeechFolder;
  /** Decides which recordings are learnt from and who is in which half. */
  readonly seed: number;
  readonly model: Located<VoiceEmbedderEntry>;
  readonly read: (path: string, signal: AbortSignal) => Promise<Sound>;
}

/**
 * Measures both ways of naming voices on a folder of speech. Rejects with InputError for speech that does not fit,
 * with ModelError, and with what `read` rejects with.
 */
export async function measureVoices(task: VoicesTask, signal: AbortSignal): Promise<MeasuredVoices> {
  const random = Random.seeded(task.seed).child('lab');
  const { speakers, strangers, leftOut, sha256s } = await readRecordings(
    task.folder,
    task.read,
    (done, total) => task.progress('recordings read', done, total),
    signal,
  );
  const draw = random.child('split');
  const split = splitVoices(speakers, strangers, () => draw.uniform());
  await using openSet = await OpenSetVoices.load(task.model);
  const pieces = cutSoundPieces(split, task.lengthsS);
  const ways = [
    await scoreOpenSet(split, openSet, task, signal),
    await scoreTrained(split, pieces, task.seed, task, signal),
    await scoreOpenSetAsTrained(split, pieces, openSet, task, signal),
  ];
  const learning = await learningCurve(split, openSet, task.seed, task, signal);
  const onPlane = random.child('plane');
  const plane = await voicesOnPlane(split, openSet, task, () => onPlane.uniform(), signal);
  const intervals = random.child('intervals');
  return {
    seed: task.seed,
    speakers: countOf(speakers),
    strangers: countOf(strangers),
    leftOut,
    sha256s,
    ways: ways.map(({ way, pipelineId, scored }) => ({
      way,
      pipelineId,
      scored,
      lengths: scored.map((length) => figuresOf(length, () => intervals.uniform())),
    })),
    learning,
    plane,
  };
}

function countOf(people: readonly Person<Recording>[]): PeopleCount {
  const recordings = people.flatMap((person) => person.recordings);
  return {
    people: people.length,
    recordings: recordings.length,
    seconds: recordings.reduce((sum, { sound }) => sum + sound.samples.length / sound.sampleRateHz, 0),
  };
}
