import type { Sound } from '../../hal/contract/sound.ts';
import type { Recording } from './voices-recordings.ts';
import { cutPieces, type VoiceSplit } from './voices-split.ts';

/** Pieces that are learnt from overlap: a new one begins after this share of the length, 2 s for 7 s. */
const trainingHop = 2 / 7;

/** A stretch of somebody's sound as it was recorded. */
export interface SoundPiece {
  readonly spokenBy: string;
  readonly sound: Sound;
}

/** What the trained network learns from and what it is tried with, of one length. */
export interface SoundPieces<P extends { readonly spokenBy: string } = SoundPiece> {
  readonly training: readonly P[];
  readonly validation: readonly P[];
  readonly ofSpeakers: readonly P[];
  readonly ofStrangers: readonly P[];
}

/**
 * Cuts pieces of so many seconds: of each speaker's recordings joined, those that are learnt from and the others for
 * themselves, and of each stranger's. No piece that is tried overlaps another.
 */
export function cutSoundPieces(split: VoiceSplit<Recording>, seconds: number): SoundPieces {
  const cut = (person: string, recordings: readonly Recording[], hop: number): SoundPiece[] =>
    joined(recordings).flatMap(({ sampleRateHz, samples }) => {
      const length = Math.round(seconds * sampleRateHz);
      return cutPieces(samples, length, Math.round(length * hop)).map((piece) => ({
        spokenBy: person,
        sound: { sampleRateHz, samples: piece, startMs: 0 },
      }));
    });
  return {
    training: split.speakers.flatMap(({ person, training }) => cut(person, training, trainingHop)),
    validation: split.speakers.flatMap(({ person, validation }) => cut(person, validation, trainingHop)),
    ofSpeakers: split.speakers.flatMap(({ person, test }) => cut(person, test, 1)),
    ofStrangers: split.strangers.flatMap(({ person, recordings }) => cut(person, recordings, 1)),
  };
}

/** Somebody's recordings one after the other, those of each sample rate for themselves. */
function joined(recordings: readonly Recording[]): { sampleRateHz: number; samples: Float32Array }[] {
  const rates = new Set(recordings.map(({ sound }) => sound.sampleRateHz));
  return [...rates].map((sampleRateHz) => {
    const parts = recordings.filter(({ sound }) => sound.sampleRateHz === sampleRateHz);
    const samples = new Float32Array(parts.reduce((sum, { sound }) => sum + sound.samples.length, 0));
    let length = 0;
    for (const { sound } of parts) {
      samples.set(sound.samples, length);
      length += sound.samples.length;
    }
    return { sampleRateHz, samples };
  });
}
