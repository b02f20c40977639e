import type { Sound } from '../../hal/contract/sound.ts';
import { InputError } from '../runtime/input-error.ts';
import type { Recording } from './voices-recordings.ts';
import { cutPieces, type VoiceSplit } from './voices-split.ts';

/** Pieces that are learnt from overlap: a new one begins after this share of the length, 2 s for 7 s. */
const trainingHop = 2 / 7;

/** A stretch of somebody's sound as it was recorded. */
export interface SoundPiece {
  /** Who speaks. */
  readonly label: string;
  readonly sound: Sound;
}

/** What the trained network learns from and what it is tried with, of one length. */
export interface SoundPieces<P extends SoundPiece = SoundPiece> {
  readonly training: readonly P[];
  readonly validation: readonly P[];
  readonly ofSpeakers: readonly P[];
  readonly ofStrangers: readonly P[];
}

/**
 * Cuts pieces of so many seconds from everybody's recordings joined, each part of the split for itself. No piece that
 * is tried overlaps another. Throws InputError where the recordings are too short to learn from, or to try.
 */
export function cutSoundPieces(split: VoiceSplit<Recording>, lengthsS: readonly number[]): SoundPieces[] {
  const { speakers, strangers } = split;
  const training = speakers.map((speaker) => [speaker.person, joined(speaker.training)] as const);
  const validation = speakers.map((speaker) => [speaker.person, joined(speaker.validation)] as const);
  const ofSpeakers = speakers.map((speaker) => [speaker.person, joined(speaker.test)] as const);
  const ofStrangers = strangers.map(({ person, recordings }) => [person, joined(recordings)] as const);
  return lengthsS.map((seconds) => {
    const cut = (people: readonly (readonly [person: string, sounds: readonly Sound[]])[], hop: number) =>
      people.flatMap(([person, sounds]) => sounds.flatMap((sound) => piecesOf(person, sound, seconds, hop)));
    const pieces: SoundPieces = {
      training: cut(training, trainingHop),
      validation: cut(validation, trainingHop),
      ofSpeakers: cut(ofSpeakers, 1),
      ofStrangers: cut(ofStrangers, 1),
    };
    const learnt = new Set(pieces.training.map(({ label }) => label));
    const missing = speakers.find(({ person }) => !learnt.has(person));
    if (missing !== undefined || pieces.validation.length === 0 || pieces.ofSpeakers.length === 0) {
      throw new InputError(
        `the recordings${missing === undefined ? '' : ` of ${missing.person}`} are too short for pieces of ${seconds} s; leave that length out of --seconds`,
      );
    }
    return pieces;
  });
}

function piecesOf(
  label: string,
  { sampleRateHz, samples }: Sound,
  seconds: number,
  hop: number,
): SoundPiece[] {
  const length = Math.round(seconds * sampleRateHz);
  return cutPieces(samples, length, Math.round(length * hop)).map((piece) => ({
    label,
    sound: { sampleRateHz, samples: piece, startMs: 0 },
  }));
}

/** Somebody's recordings one after the other, those of each sample rate for themselves. */
function joined(recordings: readonly Recording[]): readonly Sound[] {
  const [first, ...others] = recordings;
  if (first !== undefined && others.length === 0) return [first.sound];
  const rates = new Set(recordings.map(({ sound }) => sound.sampleRateHz));
  return [...rates].map((sampleRateHz) => {
    const parts = recordings.filter(({ sound }) => sound.sampleRateHz === sampleRateHz);
    const samples = new Float32Array(parts.reduce((sum, { sound }) => sum + sound.samples.length, 0));
    let length = 0;
    for (const { sound } of parts) {
      samples.set(sound.samples, length);
      length += sound.samples.length;
    }
    return { sampleRateHz, samples, startMs: 0 };
  });
}
