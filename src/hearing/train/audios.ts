import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { listDataset } from '../../people/dataset.ts';
import { PeopleStoreError } from '../../people/errors.ts';
import { nameKey, nameOfRecording } from '../../people/names.ts';
import { TrainingInputError } from './errors.ts';

/** What a recording is for. */
export type RecordingSet = 'train' | 'validation';

/** A sound file of the audios folder. */
export interface AudioFile {
  /** From the audios folder on, with `/`: `train/Ana1.wav`. */
  readonly path: string;
  readonly label: string;
  readonly set: RecordingSet;
}

export interface Audios {
  /** Sorted by path: a seed means the same on every file system. */
  readonly files: readonly AudioFile[];
  /** Whether there is a validation folder; without one, recordings are held back. */
  readonly validated: boolean;
  /** What was passed over, one sentence each. */
  readonly warnings: readonly string[];
}

const layout =
  'training takes DIR/train and DIR/validation, with sound files named after the speaker and a number (Ana1.wav, Ana2.flac) or in a folder a speaker (Ana/monday.wav); without DIR/validation, recordings of train are held back';

/**
 * Finds the recordings of DIR/train and DIR/validation and whose they are; one spelling of a name stands for all.
 * Links are followed. Rejects with TrainingInputError for folders that are missing or empty, names that are none, and
 * what cannot be looked at: a speaker who is out of sight would be left out. Rejects with `signal.reason` on abort.
 *
 * @param extensions endings of sound files, small: `.wav`.
 */
export async function findAudios(
  folder: string,
  extensions: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Audios> {
  if (!(await isFolder(folder))) {
    throw new TrainingInputError([`${folder} is not there or is no folder; ${layout}`]);
  }
  if (!(await isFolder(join(folder, 'train')))) {
    throw new TrainingInputError([`${folder} has no folder 'train'; ${layout}`]);
  }
  const validated = await isFolder(join(folder, 'validation'));
  const sets: RecordingSet[] = validated ? ['train', 'validation'] : ['train'];

  const files: AudioFile[] = [];
  const problems: string[] = [];
  const warnings = validated
    ? []
    : [`${folder} has no folder 'validation': recordings of train are held back to try the network with`];
  const spellings = new Map<string, string>();
  for (const set of sets) {
    const listing = await listDataset(join(folder, set), signal);
    problems.push(...listing.unreadable.map(({ path, message }) => `${join(set, path)}: ${message}`));
    const paths = listing.files.map(({ path }) => path);
    const sounds = paths.filter((path) => extensions.has(extname(path).toLowerCase()));
    for (const path of paths.filter((other) => !sounds.includes(other))) {
      warnings.push(`${set}/${path} is passed over: it is no WAV, FLAC, OGG or MP3 file`);
    }
    if (sounds.length === 0 && listing.complete) {
      problems.push(`${join(folder, set)} has no recording; ${layout}`);
    }
    for (const path of sounds) {
      try {
        const name = nameOfRecording(path);
        const label = spellings.get(nameKey(name)) ?? name;
        spellings.set(nameKey(name), label);
        files.push({ path: `${set}/${path}`, label, set });
      } catch (error) {
        if (!(error instanceof PeopleStoreError)) throw error;
        problems.push(`${set}/${path}: whose voice is it? ${error.message}`);
      }
    }
  }
  if (problems.length > 0) throw new TrainingInputError(problems);
  return { files, validated, warnings };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
