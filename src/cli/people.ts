import { rmdirSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { editDistance } from '../config/nearest.ts';
import { buildGallery, confusableDistance, type Gallery, nearestPeople } from '../people/gallery.ts';
import { type NamedPicture, picturesOfName } from '../people/import.ts';
import { nameKey, normaliseName } from '../people/names.ts';
import type { Person, PersonSummary, Sample } from '../people/person.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { PeopleStore } from '../people/store.ts';
import type { Command, CommandGroup, ExitCode, Invocation, OptionSpec } from './command.ts';
import { UsageError } from './command.ts';
import { confirmed } from './confirm.ts';
import { printJson, printLine, printNote } from './output.ts';

const stateOption = { value: 'DIR', help: 'where people are stored' } as const satisfies OptionSpec;
const jsonOption = { help: 'one JSON object a line' } as const satisfies OptionSpec;
const projectDataset = resolve(import.meta.dir, '../../dataset');

const list: Command = {
  name: 'list',
  summary: 'everybody who is known',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    return withStore(invocation, (store) => {
      const people = store.people();
      if (invocation.options.json === true) {
        for (const person of people) printJson(personJson(person));
        return 0;
      }
      if (people.length === 0) {
        printNote(
          'Nobody is known yet. Enrol someone: vigil faces enrol NAME, or put a picture into dataset/.',
        );
        return 0;
      }
      printTable([
        ['NAME', 'FACES', 'VOICES', 'CONSENT', 'SINCE', 'ID', ''],
        ...people.map((person) => [
          person.name,
          String(person.faceSamples),
          String(person.voiceSamples),
          person.consent === null ? 'not recorded' : day(person.consent.recordedAtUtcMs),
          day(person.createdAtUtcMs),
          person.subjectId,
          person.disabled ? 'disabled' : '',
        ]),
      ]);
      return 0;
    });
  },
};

const show: Command = {
  name: 'show',
  summary: 'what is stored about a person, and who looks like them',
  positionals: 'NAME',
  options: { state: stateOption, json: jsonOption },
  notes: `Distances are squared L2 between mean face embeddings; below ${confusableDistance} two people are confusable.`,
  async run(invocation) {
    return withStore(invocation, (store) => {
      const person = findPerson(store, nameArgument(invocation));
      const samples = store.samples(person.subjectId);
      const looks = likenesses(store, person, samples);
      if (invocation.options.json === true) {
        printJson({
          ...personJson({ ...person, ...countSamples(samples) }),
          samples: samples.map(sampleJson),
          nearest: looks,
        });
        return 0;
      }
      printPerson(person, samples);
      for (const look of looks) {
        const warning = look.confusable
          ? `  confusable: below ${confusableDistance}, take more pictures`
          : '';
        printLine(`nearest   ${look.distance.toFixed(3)}  ${look.name}${warning}`);
      }
      return 0;
    });
  },
};

const forget: Command = {
  name: 'forget',
  summary: 'erase a person: samples, name, consent, and their pictures in dataset/',
  positionals: 'NAME',
  options: {
    yes: { help: 'do not ask' },
    'keep-files': { help: 'leave the pictures in dataset/; they are not imported again' },
    dataset: { value: 'DIR', help: 'the dataset folder', default: projectDataset },
    state: stateOption,
    json: jsonOption,
  },
  async run(invocation) {
    const { options, signal } = invocation;
    return withStore(invocation, async (store) => {
      const name = nameArgument(invocation);
      const person = store.find(name);
      const samples = person === undefined ? [] : store.samples(person.subjectId);
      const folders = new Set([String(options.dataset)]);
      for (const { provenance } of samples) if (provenance.source === 'dataset') folders.add(provenance.root);
      const pictures: NamedPicture[] = [];
      for (const folder of folders) {
        for (const picture of await picturesOfName(folder, name, signal)) {
          if (!pictures.some((known) => known.fullPath === picture.fullPath)) pictures.push(picture);
        }
      }
      if (person === undefined && pictures.length === 0) throw unknownPerson(store, name);

      const keepFiles = options['keep-files'] === true;
      printNote(`${person?.name ?? name}: this is erased for good:`);
      if (person !== undefined) printNote(`  name, consent and ${plural(samples.length, 'sample')}`);
      for (const picture of keepFiles ? [] : pictures) printNote(`  the file ${picture.fullPath}`);
      const unattended = 'Nobody is there to ask: give --yes to erase this without a question.';
      if (options.yes !== true && !(await confirmed('Erase it?', unattended, signal))) {
        printNote('Nothing was erased.');
        return 1;
      }

      const contents = pictures.flatMap((picture) => picture.contentSha256 ?? []);
      const receipt = person === undefined ? undefined : store.forget(person.subjectId, contents);
      const files = keepFiles ? { deleted: 0, failed: [] } : deletePictures(pictures);
      for (const failure of files.failed) printNote(`could not delete ${failure}`);
      if (receipt?.scrubbed === false) {
        printNote(
          'The person is erased, but another vigil was reading or the disk is full: ' +
            'what is left on the disk is overwritten at the next start.',
        );
      }
      const counts = {
        samples: receipt?.samples ?? 0,
        filesDeleted: files.deleted,
        filesKept: pictures.length - files.deleted,
        rememberedContents: receipt?.rememberedContents ?? 0,
      };
      if (options.json === true) printJson(counts);
      else {
        printLine(
          `Erased: ${plural(counts.samples, 'sample')}, ${plural(counts.filesDeleted, 'file')}. ` +
            `Left: ${plural(counts.filesKept, 'file')}, ${plural(counts.rememberedContents, 'keyed hash', 'es')} ` +
            'by which the pictures are kept from being imported again.',
        );
      }
      return files.failed.length === 0 ? 0 : 1;
    });
  },
};

/** `vigil people`: who is known, what is stored about them, and how to erase it. */
export const command: CommandGroup = {
  name: 'people',
  summary: 'who is known: list, show, forget',
  commands: [list, show, forget],
};

async function withStore(
  invocation: Invocation,
  work: (store: PeopleStore) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  const { state } = invocation.options;
  using store = PeopleStore.open({
    directory: stateDirectory(typeof state === 'string' ? state : undefined),
    wallClock: { nowUtcMs: () => Date.now() },
  });
  return await work(store);
}

function nameArgument(invocation: Invocation): string {
  const [name, ...more] = invocation.positionals;
  if (name === undefined) throw new UsageError('Which person? Give a NAME; vigil people list shows all.');
  if (more.length > 0) throw new UsageError(`One NAME is needed; put a name with blanks in quotes.`);
  return normaliseName(name);
}

function findPerson(store: PeopleStore, name: string): Person {
  const person = store.find(name);
  if (person === undefined) throw unknownPerson(store, name);
  return person;
}

function unknownPerson(store: PeopleStore, name: string): UsageError {
  const similar = similarNames(
    name,
    store.people().map((person) => person.name),
  );
  const hint = similar.length > 0 ? `Did you mean ${similar.join(', ')}?` : 'vigil people list shows all.';
  return new UsageError(`Nobody is known as ${name}. ${hint}`);
}

/** Up to three known names that were probably meant: a word of them begins so, or few letters differ. */
function similarNames(name: string, known: readonly string[]): string[] {
  const wanted = nameKey(name);
  return known
    .map((candidate) => {
      const key = nameKey(candidate);
      const begins = key.split(' ').some((word) => word.startsWith(wanted));
      return { candidate, edits: begins ? 0 : editDistance(wanted, key) };
    })
    .filter(({ edits }) => edits <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

interface Likeness {
  readonly name: string;
  readonly subjectId: string;
  readonly distance: number;
  readonly pipelineId: string;
  readonly confusable: boolean;
}

/** The three nearest other people in each pipeline the person has face samples of. */
function likenesses(store: PeopleStore, person: Person, samples: readonly Sample[]): Likeness[] {
  const pipelineIds = new Set(samples.filter((s) => s.kind === 'face').map((s) => s.pipelineId));
  return [...pipelineIds].flatMap((pipelineId) => {
    const gallery: Gallery = buildGallery(store, pipelineId);
    return nearestPeople(gallery, person.subjectId, 3).map(({ otherSubjectId, distance }) => ({
      name: gallery.names.get(otherSubjectId) ?? otherSubjectId,
      subjectId: otherSubjectId,
      distance,
      pipelineId,
      confusable: distance < confusableDistance,
    }));
  });
}

function printPerson(person: Person, samples: readonly Sample[]): void {
  const { consent } = person;
  printLine(`name      ${person.name}${person.disabled ? ' (disabled)' : ''}`);
  printLine(`id        ${person.subjectId}, since ${day(person.createdAtUtcMs)}`);
  printLine(
    consent === null
      ? 'consent   not recorded'
      : `consent   ${day(consent.recordedAtUtcMs)}, recorded by ${consent.recordedBy}, text ${consent.textVersion}`,
  );
  for (const sample of samples) {
    printLine(`${sample.kind.padEnd(8)}  ${day(sample.addedAtUtcMs)}  ${origin(sample)}`);
    const quality = Object.entries(sample.quality).map(
      ([name, value]) => `${name} ${Number(value.toFixed(2))}`,
    );
    printLine(`          ${quality.join(', ')}`);
    printLine(`          pipeline ${sample.pipelineId}`);
  }
}

function origin({ provenance }: Sample): string {
  switch (provenance.source) {
    case 'dataset':
      return `from ${join(provenance.root, provenance.path)}`;
    case 'file':
      return `from ${provenance.path}`;
    case 'camera':
      return `from camera ${provenance.camera}`;
    case 'microphone':
      return `from microphone ${provenance.microphone}`;
  }
}

function personJson(person: PersonSummary) {
  const { subjectId, name, faceSamples, voiceSamples, consent, disabled } = person;
  return {
    subjectId,
    name,
    faceSamples,
    voiceSamples,
    createdAt: iso(person.createdAtUtcMs),
    consent:
      consent === null
        ? null
        : {
            recordedBy: consent.recordedBy,
            recordedAt: iso(consent.recordedAtUtcMs),
            textVersion: consent.textVersion,
          },
    disabled,
  };
}

function sampleJson({ sampleId, kind, pipelineId, quality, provenance, addedAtUtcMs }: Sample) {
  return { sampleId, kind, pipelineId, quality, provenance, addedAt: iso(addedAtUtcMs) };
}

function countSamples(samples: readonly Sample[]): { faceSamples: number; voiceSamples: number } {
  const faceSamples = samples.filter((sample) => sample.kind === 'face').length;
  return { faceSamples, voiceSamples: samples.length - faceSamples };
}

/** Deletes the files, and the person's folder when that leaves it empty. A link is deleted, not what it points to. */
function deletePictures(pictures: readonly NamedPicture[]): { deleted: number; failed: string[] } {
  const failed: string[] = [];
  let deleted = 0;
  for (const picture of pictures) {
    try {
      unlinkSync(picture.fullPath);
      deleted++;
    } catch (error) {
      failed.push(`${picture.fullPath}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    for (let folder = dirname(picture.path); folder !== '.'; folder = dirname(folder)) {
      try {
        rmdirSync(join(picture.root, folder));
      } catch {
        break; // Something else is in it.
      }
    }
  }
  return { deleted, failed };
}

/** Columns by their widest cell. Names may be wide (emoji, CJK): width is what a terminal shows. */
function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ''))),
  );
  for (const row of rows) {
    const cells = row.map(
      (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell))),
    );
    printLine(cells.join('  ').trimEnd());
  }
}

function plural(count: number, noun: string, ending = 's'): string {
  return `${count} ${noun}${count === 1 ? '' : ending}`;
}

function day(utcMs: number): string {
  return iso(utcMs).slice(0, 10);
}

function iso(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
