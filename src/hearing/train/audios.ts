import { type Dirent, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
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
 * Throws TrainingInputError for folders that are missing or empty, and names that are none.
 *
 * @param extensions endings of sound files, small: `.wav`.
 */
export function findAudios(folder: string, extensions: ReadonlySet<string>): Audios {
  const top = entriesOf(folder);
  if (top === undefined) throw new TrainingInputError([`${folder} is not there or is no folder; ${layout}`]);
  const isFolder = (set: RecordingSet) => top.some((entry) => entry.isDirectory() && entry.name === set);
  if (!isFolder('train')) throw new TrainingInputError([`${folder} has no folder 'train'; ${layout}`]);
  const sets: RecordingSet[] = isFolder('validation') ? ['train', 'validation'] : ['train'];

  const files: AudioFile[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  const spellings = new Map<string, string>();
  for (const set of sets) {
    const paths = filesIn(join(folder, set));
    const sounds = paths.filter((path) => extensions.has(extname(path).toLowerCase()));
    for (const path of paths.filter((other) => !sounds.includes(other))) {
      warnings.push(`${set}/${path} is passed over: it is no WAV, FLAC, OGG or MP3 file`);
    }
    if (sounds.length === 0) problems.push(`${join(folder, set)} has no recording; ${layout}`);
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
  return { files, validated: sets.length === 2, warnings };
}

/** Paths of all files under a folder, from it on, with `/`. */
function filesIn(folder: string): string[] {
  return (entriesOf(folder) ?? []).flatMap((entry) =>
    entry.isDirectory()
      ? filesIn(join(folder, entry.name)).map((path) => `${entry.name}/${path}`)
      : [entry.name],
  );
}

/** Sorted, without hidden ones; undefined where it is no folder that can be read. */
function entriesOf(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch {
    return undefined;
  }
}
