import { rateWhere } from '../decide/rate.ts';
import { sharesOf, trainClosedSet } from '../hearing/train/closed-set.ts';
import { answerOtherwise } from '../hearing/train/compare.ts';
import { featuresOf } from '../hearing/train/feature-workers.ts';
import { defaultTraining } from '../hearing/train/network.ts';
import { scaled } from '../hearing/train/scaler.ts';
import { InputError } from '../runtime/input-error.ts';
import { bestOf, closedSetAccuracy, type Learning, type LearningStep } from './voices-figures.ts';
import type { EmbeddedPiece, OpenSetVoices } from './voices-open-set.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring } from './voices-report.ts';
import { cutSoundPieces, type SoundPiece } from './voices-sound-pieces.ts';
import type { SpeakerSplit, VoiceSplit } from './voices-split.ts';

interface Heard {
  readonly piece: SoundPiece;
  readonly features: Float32Array;
  readonly embedded: EmbeddedPiece;
}

/**
 * How much sound of a speaker each way of telling voices apart needs: the network, five nearest neighbours and a
 * support vector machine on the same features, and the embedding. One recording of each speaker is learnt from, then
 * two, four and so on; all are tried with the same pieces, of recordings that none was learnt from. The network is
 * measured at the weights that were best on the validation recordings, as always.
 */
export async function learningCurve(
  split: VoiceSplit<Recording>,
  voices: OpenSetVoices,
  seed: number,
  { lengthsS, progress }: Measuring,
  signal: AbortSignal,
): Promise<Learning> {
  const seconds = lengthsS[Math.floor(lengthsS.length / 2)]!;
  const { speakers } = split;
  const [whole] = cutSoundPieces({ speakers, strangers: [] }, [seconds]);
  const tried = whole?.ofSpeakers ?? [];
  const features = await featuresIn(tried, progress, signal);
  const heard: Heard[] = [];
  for (const [i, piece] of tried.entries()) {
    signal.throwIfAborted();
    progress('pieces for the learning curve', i, tried.length);
    heard.push({ piece, features: features[i]!, embedded: await voices.hear(piece.label, piece.sound) });
  }
  const most = Math.max(...speakers.map(({ training }) => training.length));
  const steps: LearningStep[] = [];
  for (const recordings of doublingTo(most)) {
    progress('the learning curve', recordings, most);
    const learnt = speakers.map((speaker) => ({
      ...speaker,
      training: speaker.training.slice(0, recordings),
    }));
    const step = await learnFrom(learnt, heard, seconds, { voices, seed, progress, signal });
    if (step !== null) steps.push({ recordings, ...step });
  }
  return { seconds, steps };
}

/** 1, 2, 4 and so on, and last `most` itself. */
function doublingTo(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

/** Null where the recordings are too short for a piece. */
async function learnFrom(
  speakers: readonly SpeakerSplit<Recording>[],
  heard: readonly Heard[],
  seconds: number,
  { voices, seed, progress, signal }: Learner,
): Promise<Omit<LearningStep, 'recordings'> | null> {
  const pieces = piecesOrNull(speakers, seconds);
  if (pieces === null) return null;
  const labels = speakers.map(({ person }) => person);
  const labelled = async (some: readonly SoundPiece[]) => {
    const vectors = await featuresIn(some, progress, signal);
    return some.map(({ label }, i) => ({ label, features: vectors[i]! }));
  };
  const training = await labelled(pieces.training);
  const validation = await labelled(pieces.validation);
  const settings = { ...defaultTraining, seed };
  const network = await trainClosedSet(labels, training, validation, settings, () => {}, signal);
  const others = answerOtherwise(network.training, {
    vectors: heard.map(({ features }) => scaled(features, network.scaler)),
    classes: heard.map(({ piece }) => labels.indexOf(piece.label)),
  });
  const right = (answers: readonly number[]) =>
    rateWhere([...heard.entries()], ([i, { piece }]) => labels[answers[i] ?? -1] === piece.label);

  for (const recording of speakers.flatMap((speaker) => speaker.training)) await voices.describe(recording);
  const gallery = voices.enrol(speakers.map(({ person, training: recordings }) => ({ person, recordings })));
  const sounds = speakers.flatMap((speaker) => speaker.training.map(({ sound }) => sound));
  return {
    learntS:
      sounds.reduce((sum, { samples, sampleRateHz }) => sum + samples.length / sampleRateHz, 0) /
      speakers.length,
    network: right(
      heard.map(
        ({ piece, features }) => bestOf({ spokenBy: piece.label, scores: sharesOf(network, features) }).index,
      ),
    ),
    nearestNeighbours: right(others.nearestNeighbours),
    supportVectors: right(others.supportVectors),
    embedding: closedSetAccuracy({
      speakers: gallery.subjectIds,
      ofSpeakers: heard.map(({ embedded }) => voices.score(gallery, embedded)),
      ofStrangers: [],
    }),
  };
}

interface Learner {
  readonly voices: OpenSetVoices;
  readonly seed: number;
  readonly progress: Measuring['progress'];
  readonly signal: AbortSignal;
}

function piecesOrNull(speakers: readonly SpeakerSplit<Recording>[], seconds: number) {
  try {
    return cutSoundPieces({ speakers, strangers: [] }, [seconds])[0] ?? null;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function featuresIn(
  pieces: readonly SoundPiece[],
  progress: Measuring['progress'],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  return featuresOf(
    pieces.map(({ sound }) => sound),
    (done) => progress('features for the learning curve', done, pieces.length),
    signal,
  );
}
