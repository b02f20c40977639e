import type { Sound } from '../../../hal/contract/sound.ts';
import { refuseSound } from '../trained-gate.ts';
import type { RecordingSet } from './audios.ts';

/** Pieces that are learnt from overlap: a new one begins after this share of the length, 2 s for 7 s. */
const trainingHop = 2 / 7;

export interface CutRecording {
  readonly pieces: readonly Sound[];
  /** Pieces in which nothing is heard, left out as they are when listening. */
  readonly silent: number;
}

/**
 * Cuts a recording into pieces of the length that is used live: features follow the length. One that is shorter is
 * one piece. Pieces that are tried do not overlap, so that each counts once; what is left at the end is dropped.
 */
export function cutRecording(sound: Sound, pieceMs: number, set: RecordingSet): CutRecording {
  const { samples, sampleRateHz } = sound;
  const length = Math.round((pieceMs / 1000) * sampleRateHz);
  const hop = set === 'train' ? Math.round(length * trainingHop) : length;
  const pieces: Sound[] = [];
  for (let from = 0; from === 0 || from + length <= samples.length; from += hop) {
    const startMs = (from / sampleRateHz) * 1000;
    pieces.push({ sampleRateHz, samples: samples.slice(from, from + length), startMs });
  }
  const heard = pieces.filter((piece) => refuseSound(piece) === undefined);
  return { pieces: heard, silent: pieces.length - heard.length };
}
