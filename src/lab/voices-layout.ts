import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { InputError } from '../runtime/input-error.ts';
import { soundExtensions } from '../runtime/sound-input.ts';

/** One person and the recordings of nobody but them, sorted by path. */
export interface PersonFiles {
  readonly person: string;
  readonly files: readonly string[];
}

export interface SpeechFolder {
  /** Who is enrolled: two people or more. */
  readonly speakers: readonly PersonFiles[];
  /** Who is never enrolled; may be empty. */
  readonly strangers: readonly PersonFiles[];
}

/** Three utterances are enrolled, and there must be one to try them with. */
export const leastRecordings = 4;

const wantedData =
  "--data takes a folder with a folder a speaker, and perhaps strangers in its folder 'cohort'";
const strangerFolders = ['cohort', 'strangers'];
/** Of `vigil voices train`: they would be taken for two speakers. */
const trainingFolders = ['train', 'validation'];

/**
 * Finds who speaks in which file: one folder a speaker, in DIR/speakers or in DIR itself; in DIR/cohort or
 * DIR/strangers those who are not enrolled, one file or one folder each. Folders within a person's folder are
 * theirs. Files that are no sound are passed over. Rejects with InputError that says what does not fit.
 */
export async function findSpeech(folder: string): Promise<SpeechFolder> {
  const top = await entriesOf(folder);
  const within = top.find((entry) => entry.isDirectory() && entry.name === 'speakers');
  const speakersFolder = within === undefined ? folder : join(folder, within.name);
  const entries = within === undefined ? top : await entriesOf(speakersFolder);
  if (within === undefined && trainingFolders.every((name) => top.some((entry) => entry.name === name))) {
    throw new InputError(
      `${folder} is laid out for training (train/ and validation/); the lab wants one folder a speaker: ${folder}/speakers/NAME/...`,
    );
  }
  const loose = entries.find(isSound);
  if (loose !== undefined) {
    throw new InputError(
      `${join(speakersFolder, loose.name)}: who speaks? Each speaker needs a folder: ${speakersFolder}/NAME/${loose.name}`,
    );
  }
  const speakers: PersonFiles[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (within === undefined && strangerFolders.includes(name)) continue;
    const files = await soundsIn(join(speakersFolder, name));
    if (files.length < leastRecordings) {
      throw new InputError(
        `${join(speakersFolder, name)} has ${recordings(files.length)}; a speaker needs ${leastRecordings} or more: three to enrol, the others to try`,
      );
    }
    speakers.push({ person: name, files });
  }
  if (speakers.length < 2) {
    throw new InputError(
      `${speakersFolder} has ${speakers.length === 0 ? 'no folder of a speaker' : 'one speaker alone'}; two or more are needed, each a folder with ${leastRecordings} or more recordings`,
    );
  }
  return { speakers, strangers: await findStrangers(folder, top) };
}

async function findStrangers(folder: string, top: readonly Dirent[]): Promise<PersonFiles[]> {
  const named = top.filter((entry) => entry.isDirectory() && strangerFolders.includes(entry.name));
  const strangers: PersonFiles[] = [];
  for (const { name } of named) {
    for (const { person, files } of await peopleIn(join(folder, name))) {
      // Its path is no speaker's name.
      strangers.push({ person: `${name}/${person}`, files });
    }
  }
  if (named.length > 0 && strangers.length === 0) {
    throw new InputError(
      `${join(folder, named[0]!.name)} has no recording; leave it out, or put one file or one folder a stranger there`,
    );
  }
  return strangers;
}

/** Who speaks in a folder of strangers alone. Rejects with InputError where there is no recording. */
export async function findStrangerVoices(folder: string): Promise<PersonFiles[]> {
  const strangers = await peopleIn(
    folder,
    '--stranger-voices takes a folder with one file or one folder a stranger',
  );
  if (strangers.length > 0) return strangers;
  throw new InputError(`${folder} has no recording; put one file or one folder a stranger there`);
}

/** One file or one folder each. */
async function peopleIn(folder: string, wanted: string = wantedData): Promise<PersonFiles[]> {
  const people: PersonFiles[] = [];
  for (const entry of await entriesOf(folder, wanted)) {
    const path = join(folder, entry.name);
    const files = entry.isDirectory() ? await soundsIn(path) : isSound(entry) ? [path] : [];
    if (files.length > 0) people.push({ person: entry.name, files });
  }
  return people;
}

async function soundsIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await soundsIn(path)));
    else if (isSound(entry)) files.push(path);
  }
  return files;
}

/** Sorted, so that a seed means the same on every file system; without hidden ones. */
async function entriesOf(folder: string, wanted: string = wantedData): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : error;
    const reason =
      why === 'ENOENT' ? 'is not there' : why === 'ENOTDIR' ? 'is no folder' : `cannot be read (${why})`;
    throw new InputError(`${folder} ${reason}; ${wanted}`, { cause: error });
  }
}

function isSound(entry: Dirent): boolean {
  return !entry.isDirectory() && soundExtensions.has(extname(entry.name).toLowerCase());
}

function recordings(count: number): string {
  return count === 0 ? 'no recording' : count === 1 ? 'one recording' : `${count} recordings`;
}
