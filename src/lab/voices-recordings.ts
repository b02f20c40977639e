import type { Sound } from '../../hal/contract/sound.ts';
import { leastVoicedMs, prepareVoice } from '../hearing/front-end.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import { InputError } from '../runtime/input-error.ts';
import { leastRecordings, type PersonFiles, type SpeechFolder } from './voices-layout.ts';
import type { Person } from './voices-split.ts';

/** Somebody's recording, as it was read. */
export interface Recording {
  readonly person: string;
  readonly path: string;
  readonly sound: Sound;
  /** The speech in it, at 16 kHz and level, as the embedding network takes it. */
  readonly voiced: Float32Array;
}

export interface Recordings {
  readonly speakers: readonly Person<Recording>[];
  readonly strangers: readonly Person<Recording>[];
  /** Recordings with too little speech to compare, which neither way is tried with. */
  readonly leftOut: number;
  /** SHA-256 of the sound of every file, left out or not. */
  readonly sha256s: readonly string[];
}

/**
 * Reads every recording. Rejects with what `read` rejects with, and with InputError when a speaker has too few with
 * speech in them, or a file is there twice: it would be learnt from and tried.
 */
export async function readRecordings(
  folder: SpeechFolder,
  read: (path: string, signal: AbortSignal) => Promise<Sound>,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Recordings> {
  using detector = await VoiceActivityDetector.create();
  const everybody = [...folder.speakers, ...folder.strangers];
  const total = everybody.reduce((sum, { files }) => sum + files.length, 0);
  const seen = new Map<string, string>();
  let done = 0;
  let leftOut = 0;

  async function recordingsOf({ person, files }: PersonFiles): Promise<Person<Recording>> {
    const recordings: Recording[] = [];
    for (const path of files) {
      signal.throwIfAborted();
      progress(done++, total);
      const sound = await read(path, signal);
      const hash = new Bun.CryptoHasher('sha256').update(sound.samples).digest('hex');
      const same = seen.get(hash);
      if (same !== undefined) throw new InputError(`${path} and ${same} are the same recording; keep one`);
      seen.set(hash, path);
      const { voiced, voicedMs } = prepareVoice(sound, detector);
      if (voicedMs < leastVoicedMs) leftOut++;
      else recordings.push({ person, path, sound, voiced });
    }
    return { person, recordings };
  }

  const speakers: Person<Recording>[] = [];
  for (const speaker of folder.speakers) {
    const { person, recordings } = await recordingsOf(speaker);
    if (recordings.length < leastRecordings) {
      throw new InputError(
        `${person}: ${recordings.length} of ${speaker.files.length} recordings have ${leastVoicedMs / 1000} s of speech; ${leastRecordings} are needed`,
      );
    }
    speakers.push({ person, recordings });
  }
  const strangers: Person<Recording>[] = [];
  for (const stranger of folder.strangers) strangers.push(await recordingsOf(stranger));
  return {
    speakers,
    strangers: strangers.filter(({ recordings }) => recordings.length > 0),
    leftOut,
    sha256s: [...seen.keys()],
  };
}
