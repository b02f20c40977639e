import { resolve } from 'node:path';
import { readConfig } from '../config/read.ts';
import { cacheContents, cacheFolder } from '../lab/cache/result-cache.ts';
import { carryOutErasure, type ErasureReceipt } from '../runtime/erasure/carry-out.ts';
import { type ErasurePlaces, type ErasurePlan, planErasure } from '../runtime/erasure/plan.ts';
import { audit } from './audit.ts';
import type { Command, Invocation, OptionSpec } from './command.ts';
import { confirmed } from './confirm.ts';
import { erasing, sayFailures } from './erasing.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, nameArgument, stateOf, stateOption, unknownPerson, withStore } from './people-named.ts';
import { plural } from './words.ts';

const project = resolve(import.meta.dir, '../..');

/** Where something of a person may be. */
export const placeOptions = {
  dataset: { value: 'DIR', help: 'the dataset folder', default: resolve(project, 'dataset') },
  audios: { value: 'DIR', help: 'the folder of recordings', default: resolve(project, 'audios') },
  trained: { value: 'DIR', help: 'the trained network', default: resolve(project, 'models/audio') },
  config: { value: 'FILE', help: 'the configuration, which may keep a trace in a file' },
} as const satisfies Record<string, OptionSpec>;

export const forget: Command = {
  name: 'forget',
  summary: 'erase a person: all that Vigil keeps and has made of them; prints and stores a receipt',
  positionals: 'NAME',
  options: {
    yes: { help: 'do not ask' },
    'keep-files': { help: 'leave the files in dataset/ and audios/; they are not imported again' },
    ...placeOptions,
    state: stateOption,
    json: jsonOption,
  },
  notes: [
    'Erased are: samples, kept pictures and sounds, name, consent, history, the person in the journal, their files in',
    'the folders that are imported, traces that name their id, recordings that are tagged with them (vigil record',
    '--person), exports and backups that are still where they were made, and what experiments keep.',
    'A network that was trained on a voice cannot forget it: it is deleted, with its charts. Train it anew without them.',
    'Once begun it is finished, also after a crash or a power cut: at the next start of any vigil people or vigil run.',
    'The receipt, counts only, stands in the journal: vigil journal list --kind receipt.',
  ].join('\n'),
  async run(invocation) {
    const { options, signal } = invocation;
    return withStore(invocation, async (store) => {
      const name = nameArgument(invocation);
      const keepFiles = options['keep-files'] === true;
      const plan = await planErasure(
        store,
        name,
        { ...(await erasurePlaces(invocation)), keepFiles },
        signal,
      );
      const nothing = plan.subjectId === null && plan.files.length + plan.networkFiles.length === 0;
      if (nothing && plan.filesKept === 0) throw unknownPerson(store, name);

      sayPlan(plan, store.find(name)?.name ?? name);
      const unattended = 'Nobody is there to ask: give --yes to erase this without a question.';
      if (options.yes !== true && !(await confirmed('Erase it?', unattended, signal))) {
        printNote('Nothing was erased.');
        return 1;
      }
      const result = await carryOutErasure(erasing(store, stateOf(invocation)), plan);
      audit(stateOf(invocation), 'erased a person', null);
      sayFailures(result);
      for (const path of plan.untagged) {
        printNote(`nobody said who is in the recording ${path}: look, and delete it if they are`);
      }
      for (const path of plan.movedBackups) {
        printNote(
          `the backup ${path} is no longer there: if you have moved it, or copies of it, delete them`,
        );
      }
      if (options.json === true) printJson(result.receipt);
      else sayReceipt(result.receipt);
      return result.failed.length === 0 ? 0 : 1;
    });
  },
};

/** The places that the options of `placeOptions` name. Throws ConfigError. */
export async function erasurePlaces({ options, ...invocation }: Invocation): Promise<ErasurePlaces> {
  const file = typeof options.config === 'string' ? options.config : undefined;
  const { config } = await readConfig({ file, flags: [] });
  return {
    stateDirectory: stateOf({ options, ...invocation }),
    dataset: String(options.dataset),
    audios: String(options.audios),
    trained: String(options.trained),
    traceFile: config.trace.file,
  };
}

function sayPlan(plan: ErasurePlan, name: string): void {
  const { subjectId, samples, originals, files, networkFiles, traces, recordings, backups } = plan;
  printNote(`${name}: this is erased for good:`);
  if (subjectId !== null) printNote(`  name, consent, history and ${plural(samples, 'sample')}`);
  if (originals > 0) printNote(`  ${plural(originals, 'kept original')}`);
  for (const { fullPath } of files) printNote(`  the file ${fullPath}`);
  for (const path of networkFiles) printNote(`  of the network that was trained on them, ${path}`);
  for (const path of traces) printNote(`  the trace ${path}`);
  for (const { path } of recordings) printNote(`  the recording ${path}, with everybody who is in it`);
  for (const { path } of plan.exports) printNote(`  what was exported for them to ${path}`);
  for (const { path } of backups) printNote(`  the backup ${path}`);
  if (cacheContents(cacheFolder()).bytes > 0) {
    printNote("  what the lab has kept of everybody's pictures (it computes it again)");
  }
}

function sayReceipt(receipt: ErasureReceipt): void {
  const erased = [
    [receipt.samples, 'sample'],
    [receipt.originals, 'original'],
    [receipt.filesDeleted + receipt.networkFilesDeleted + receipt.tracesDeleted, 'file'],
    [receipt.recordingsDeleted, 'recording'],
    [receipt.exportsDeleted, 'export'],
    [receipt.backupsDeleted, 'backup'],
  ] as const;
  const told = erased.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun));
  const { recordingsUntagged: untagged, backupsMoved } = receipt;
  printLine(
    `Erased: ${[...told, `the person in ${receipt.journalEntries} of the journal’s entries`].join(', ')}. ` +
      `Left: ${plural(receipt.filesKept, 'file')}, ` +
      (untagged > 0 ? `${plural(untagged, 'recording')} of which nobody said who is in them, ` : '') +
      (backupsMoved > 0 ? `${plural(backupsMoved, 'backup')} that somebody has moved or deleted, ` : '') +
      `${plural(receipt.rememberedContents, 'keyed hash', 'es')} by which their files are kept from being imported again.`,
  );
}
