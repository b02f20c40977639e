import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Journal } from '../journal/journal.ts';
import type { Person, Sample } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { type ErasurePlan, planErasure } from '../runtime/erasure/plan.ts';
import { audit } from './audit.ts';
import { type Command, type ExitCode, UsageError } from './command.ts';
import { consentJson } from './enrol-asks.ts';
import { entryJson } from './journal-list.ts';
import { printJson, printLine, printNote } from './output.ts';
import { erasurePlaces, placeOptions } from './people-forget.ts';
import { changeJson } from './people-history.ts';
import { findPerson, jsonOption, nameArgument, stateOf, stateOption, withStore } from './people-named.ts';
import { termsJson } from './people-terms.ts';
import { isoTime, plural } from './words.ts';

/** More than the journal holds in a year of a busy door. */
const mostEntries = 1_000_000;

export const exportPerson: Command = {
  name: 'export',
  summary: 'write down for a person all that is stored about them',
  positionals: 'NAME',
  options: {
    output: { value: 'DIR', help: 'a folder that is made for it; needed' },
    ...placeOptions,
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'Makes DIR with person.json (name, consent, terms, samples with their numbers, history), journal.json (every entry that',
    'names them), originals/ (pictures and sounds that were kept) and files/ (their pictures and recordings in the folders',
    'that are imported); person.json says which recordings and backups they are in. DIR is readable by you alone. That it',
    'was exported is journaled.',
  ].join('\n'),
  async run(invocation) {
    const { options, signal } = invocation;
    const { output } = options;
    if (typeof output !== 'string') throw new UsageError('Where to? Give --output DIR.');
    return withStore(invocation, async (store): Promise<ExitCode> => {
      const person = findPerson(store, nameArgument(invocation));
      const places = await erasurePlaces(invocation);
      const plan = await planErasure(store, person.name, { ...places, keepFiles: false }, signal);
      await mkdir(output, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        const why = error.code === 'EEXIST' ? 'is there already' : error.message;
        throw new UsageError(`--output ${output}: ${why}`);
      });
      // First, so that an erasure finds it whatever happens to us.
      store.noteMadeFile('export', resolve(output), [person.subjectId]);
      const samples = store.samples(person.subjectId);
      const entries = journalOf(stateOf(invocation), person);
      await writeJson(join(output, 'person.json'), personJson(store, person, samples, plan));
      await writeJson(join(output, 'journal.json'), entries);
      const originals = await writeOriginals(store, person, join(output, 'originals'));
      const files = await copyFiles(plan, join(output, 'files'));
      audit(stateOf(invocation), 'exported what is stored about', person.subjectId);
      const counts = { samples: samples.length, journalEntries: entries.length, originals, files };
      if (options.json === true) printJson({ name: person.name, folder: resolve(output), ...counts });
      else {
        printLine(
          `${output}: ${plural(counts.samples, 'sample')}, ${plural(originals, 'original')}, ${plural(files, 'file')}, ` +
            `the person in ${entries.length} of the journal’s entries`,
        );
        printNote(
          'It holds all that is known of the person: give it to nobody else, and delete it afterwards.',
        );
      }
      return 0;
    });
  },
};

function personJson(store: PeopleStore, person: Person, samples: readonly Sample[], plan: ErasurePlan) {
  const { subjectId, name, createdAtUtcMs, consent, disabled } = person;
  return {
    name,
    subjectId,
    since: isoTime(createdAtUtcMs),
    consent: consentJson(consent),
    disabled,
    ...termsJson(person),
    samples: samples.map(({ embedding, addedAtUtcMs, ...sample }) => ({
      ...sample,
      addedAt: isoTime(addedAtUtcMs),
      embedding: [...embedding],
    })),
    history: store.history(subjectId).map(changeJson),
    recordings: plan.recordings.map(({ path }) => path),
    backups: plan.backups.map(({ path }) => path),
    traces: plan.traces,
    trainedNetwork: plan.networkFiles,
  };
}

function journalOf(directory: string, { subjectId, name }: Person) {
  using journal = Journal.open({ directory });
  return journal.list({ subjectId, limit: mostEntries }).map((entry) => entryJson(entry, () => name));
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 });
}

/** Gives how many there are. */
async function writeOriginals(store: PeopleStore, { subjectId }: Person, folder: string): Promise<number> {
  const originals = store.originals(subjectId);
  if (originals.length > 0) await mkdir(folder, { mode: 0o700 });
  for (const [index, original] of originals.entries()) {
    const { kind, mediaType } = original;
    const file = `${kind}-${index + 1}.${mediaType === 'image/jpeg' ? 'jpg' : 'wav'}`;
    await writeFile(join(folder, file), store.openOriginal(original), { flag: 'wx', mode: 0o600 });
  }
  return originals.length;
}

/** Numbered, since files of several folders may have one name. */
async function copyFiles({ files }: ErasurePlan, folder: string): Promise<number> {
  if (files.length > 0) await mkdir(folder, { mode: 0o700 });
  for (const [index, { fullPath }] of files.entries()) {
    await copyFile(fullPath, join(folder, `${index + 1}-${basename(fullPath)}`));
  }
  return files.length;
}
