import { existsSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Journal, type JournalErasure } from '../journal/journal.ts';
import { cacheContents, cacheFolder, clearCache } from '../lab/cache/result-cache.ts';
import { filesOfName, type NamedFile } from '../people/import.ts';
import { nameOfPicture, nameOfRecording } from '../people/names.ts';
import type { Sample } from '../people/person.ts';
import { trainedFilesOf } from '../people/trained-network.ts';
import { auditEntry } from './audit.ts';
import type { Command, Invocation } from './command.ts';
import { confirmed } from './confirm.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, nameArgument, stateOf, stateOption, unknownPerson, withStore } from './people-named.ts';
import { plural } from './words.ts';

const project = resolve(import.meta.dir, '../..');

export const forget: Command = {
  name: 'forget',
  summary: 'erase a person: samples, name, consent, their pictures and recordings, a network trained on them',
  positionals: 'NAME',
  options: {
    yes: { help: 'do not ask' },
    'keep-files': { help: 'leave the files in dataset/ and audios/; they are not imported again' },
    dataset: { value: 'DIR', help: 'the dataset folder', default: join(project, 'dataset') },
    audios: { value: 'DIR', help: 'the folder of recordings', default: join(project, 'audios') },
    trained: { value: 'DIR', help: 'the trained network', default: join(project, 'models/audio') },
    state: stateOption,
    json: jsonOption,
  },
  notes:
    'A network that was trained on a voice cannot forget it: it is deleted, with its charts. Train it anew without them.',
  async run(invocation) {
    const { options, signal } = invocation;
    return withStore(invocation, async (store) => {
      const name = nameArgument(invocation);
      const person = store.find(name);
      const samples = person === undefined ? [] : store.samples(person.subjectId);
      const files = await namedFiles(invocation, name, samples);
      const network = await trainedFilesOf(String(options.trained), name);
      if (person === undefined && files.length + network.length === 0) throw unknownPerson(store, name);

      const keepFiles = options['keep-files'] === true;
      printNote(`${person?.name ?? name}: this is erased for good:`);
      if (person !== undefined) printNote(`  name, consent and ${plural(samples.length, 'sample')}`);
      for (const { fullPath } of keepFiles ? [] : files) printNote(`  the file ${fullPath}`);
      for (const path of network) printNote(`  of the network that was trained on them, ${path}`);
      const kept = cacheContents(cacheFolder());
      // Its keys tell nobody whose faces they are, so all of them go.
      if (kept.bytes > 0) printNote(`  what the lab has kept of everybody's pictures (it computes it again)`);
      const unattended = 'Nobody is there to ask: give --yes to erase this without a question.';
      if (options.yes !== true && !(await confirmed('Erase it?', unattended, signal))) {
        printNote('Nothing was erased.');
        return 1;
      }

      const contents = files.flatMap((file) => file.contentSha256 ?? []);
      // The journal first: where it is damaged nothing is erased yet, and the same command can be given again.
      const journaled =
        person === undefined ? undefined : forgetInJournal(stateOf(invocation), person.subjectId);
      const receipt = person === undefined ? undefined : store.forget(person.subjectId, contents);
      const erased = keepFiles ? { deleted: 0, failed: [] } : deleteFiles(files);
      const unlearnt = deleteFiles(network.map((fullPath) => ({ fullPath })));
      const failed = [...erased.failed, ...unlearnt.failed];
      clearCache(cacheFolder());
      for (const failure of failed) printNote(`could not delete ${failure}`);
      if (receipt?.scrubbed === false || journaled?.scrubbed === false) {
        printNote(
          'The person is erased, but another vigil was reading or the disk is full: ' +
            'what is left on the disk is overwritten at the next start.',
        );
      }
      const counts = {
        samples: receipt?.samples ?? 0,
        filesDeleted: erased.deleted,
        filesKept: files.length - erased.deleted,
        networkFilesDeleted: unlearnt.deleted,
        labResultsDeleted: kept.results,
        rememberedContents: receipt?.rememberedContents ?? 0,
        journalEntries: journaled?.entries ?? 0,
      };
      if (options.json === true) printJson(counts);
      else {
        printLine(
          `Erased: ${plural(counts.samples, 'sample')}, ${plural(counts.filesDeleted + counts.networkFilesDeleted, 'file')}, ` +
            `the person in ${counts.journalEntries} of the journal’s entries. ` +
            `Left: ${plural(counts.filesKept, 'file')}, ${plural(counts.rememberedContents, 'keyed hash', 'es')} ` +
            'by which the files are kept from being imported again.',
        );
      }
      return failed.length === 0 ? 0 : 1;
    });
  },
};

/** Takes the person out of the journal where there is one, and journals that somebody was erased. */
function forgetInJournal(directory: string, subjectId: string): JournalErasure | undefined {
  if (!existsSync(join(directory, 'journal.db'))) return undefined;
  using journal = Journal.open({ directory });
  journal.append([auditEntry('erased a person', null)]);
  return journal.forget(subjectId, Date.now());
}

/** The person's pictures and recordings, in the folders that are imported and in those the samples came from. */
async function namedFiles(
  { options, signal }: Invocation,
  name: string,
  samples: readonly Sample[],
): Promise<NamedFile[]> {
  const audios = String(options.audios);
  const pictures = new Set([String(options.dataset)]);
  const recordings = new Set([join(audios, 'train'), join(audios, 'validation')]);
  for (const { kind, provenance } of samples) {
    if (provenance.source === 'dataset') (kind === 'face' ? pictures : recordings).add(provenance.root);
  }
  const found = new Map<string, NamedFile>();
  for (const [folders, nameOf] of [
    [pictures, nameOfPicture],
    [recordings, nameOfRecording],
  ] as const) {
    for (const folder of folders) {
      for (const file of await filesOfName(folder, name, nameOf, signal)) found.set(file.fullPath, file);
    }
  }
  return [...found.values()];
}

/**
 * Deletes the files, and a person's folder when that leaves it empty. A link is deleted, not what it points to.
 */
function deleteFiles(files: readonly (NamedFile | { readonly fullPath: string })[]): {
  deleted: number;
  failed: string[];
} {
  const failed: string[] = [];
  let deleted = 0;
  for (const file of files) {
    try {
      unlinkSync(file.fullPath);
      deleted++;
    } catch (error) {
      failed.push(`${file.fullPath}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    if (!('root' in file)) continue;
    for (let folder = dirname(file.path); folder !== '.'; folder = dirname(folder)) {
      try {
        rmdirSync(join(file.root, folder));
      } catch {
        break; // Something else is in it.
      }
    }
  }
  return { deleted, failed };
}
