import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../journal/journal.ts';
import type { PersonChange, Undone } from '../people/history.ts';
import type { Person, Sample } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { tellTerms } from '../people/terms-text.ts';
import { audit } from './audit.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { confirmed } from './confirm.ts';
import { printJson, printLine, printNote } from './output.ts';
import { findPerson, jsonOption, nameArgument, stateOf, stateOption, withStore } from './people-named.ts';
import { printTable } from './table.ts';
import { isoTime, plural } from './words.ts';

const common = { state: stateOption, json: jsonOption } as const;

export const history: Command = {
  name: 'history',
  summary: 'what was done to people: who changed what, and what can be undone',
  positionals: '[NAME]',
  options: common,
  notes: [
    'Newest first. It is kept with the person, sealed, and goes with them; that somebody was erased stands in the journal',
    '(vigil journal list --kind audit). What an import did is undone in its folder.',
  ].join('\n'),
  async run(invocation) {
    return withStore(invocation, (store) => {
      const changes = store.history(personNamed(invocation, store)?.subjectId);
      if (invocation.options.json === true) {
        for (const change of changes) printJson(changeJson(change));
        return 0;
      }
      if (changes.length === 0) printNote('Nothing was changed yet.');
      else {
        printTable([
          ['NO', 'WHEN', 'WHO', 'BY', 'WHAT'],
          ...changes.map((change) => [
            String(change.changeId),
            isoTime(change.atUtcMs).slice(0, 16).replace('T', ' '),
            change.name,
            change.by,
            `${tellChange(change)}${change.isUndone ? ' (undone)' : ''}`,
          ]),
        ]);
      }
      return 0;
    });
  },
};

export const undo: Command = {
  name: 'undo',
  summary: 'undo the newest change: an enrolment, hours, a last day, disabling, a sample that was removed',
  positionals: '[NAME]',
  options: { yes: { help: 'do not ask' }, ...common },
  notes: [
    'Without a NAME the newest change of anybody. Again undoes the one before. An enrolment that is undone is erased for',
    'good: its samples, and the person who was new with it. What was erased by vigil people forget never comes back.',
    'Exit 1 when there is nothing to undo.',
  ].join('\n'),
  async run(invocation) {
    const { options, signal } = invocation;
    return withStore(invocation, async (store) => {
      const subjectId = personNamed(invocation, store)?.subjectId;
      const change = store.newestUndoable(subjectId);
      if (change === undefined) {
        printNote('There is nothing to undo.');
        return 1;
      }
      if (change.done.action === 'enrolled' && options.yes !== true) {
        printNote(`${change.name}: ${tellChange(change)}. To undo it erases this for good.`);
        const unattended = 'Nobody is there to ask: give --yes to undo this without a question.';
        if (!(await confirmed('Undo it?', unattended, signal))) {
          printNote('Nothing was undone.');
          return 1;
        }
      }
      const undone = store.undo(subjectId);
      // Another process may have undone it while we asked.
      if (undone === undefined) return 1;
      const state = stateOf(invocation);
      if (undone.personErased && existsSync(join(state, 'journal.db'))) {
        using journal = Journal.open({ directory: state });
        journal.forget(undone.change.subjectId, Date.now());
      }
      audit(state, 'undid a change', undone.personErased ? null : undone.change.subjectId);
      tellUndone(undone, options.json === true);
      return 0;
    });
  },
};

export const remove: Command = {
  name: 'remove',
  summary: 'take one sample of a person away',
  positionals: 'NAME SAMPLE',
  options: common,
  notes: [
    'SAMPLE is the id, or its beginning, that vigil people show NAME prints. vigil people undo brings it back. A picture or',
    'recording of a folder that is imported is taken away by deleting the file.',
  ].join('\n'),
  async run(invocation) {
    const [name, sampleId, ...more] = invocation.positionals;
    if (name === undefined || sampleId === undefined || more.length > 0) {
      throw new UsageError('Which sample? Give NAME and SAMPLE; vigil people show NAME prints their ids.');
    }
    return withStore(invocation, (store) => {
      const person = findPerson(store, nameArgument({ ...invocation, positionals: [name] }));
      const sample = sampleOf(store.samples(person.subjectId), sampleId, person);
      const { provenance } = sample;
      if (provenance.source === 'dataset') {
        throw new UsageError(
          `It is imported from ${provenance.root}/${provenance.path}: delete that file, and the sample goes with it.`,
        );
      }
      store.removeSample(sample);
      audit(stateOf(invocation), 'removed a sample', person.subjectId);
      const left = store.samples(person.subjectId).length;
      if (invocation.options.json === true) printJson({ name: person.name, sampleId: sample.sampleId, left });
      else {
        printLine(
          `Removed from ${person.name}: ${sample.kind} ${sample.sampleId}. Left: ${plural(left, 'sample')}.`,
        );
        if (left === 0)
          printNote(`${person.name} is known by name only now. vigil people undo brings it back.`);
      }
      return 0;
    });
  },
};

function personNamed(invocation: Invocation, store: PeopleStore): Person | undefined {
  return invocation.positionals.length === 0 ? undefined : findPerson(store, nameArgument(invocation));
}

/** Throws UsageError unless exactly one sample begins so. */
function sampleOf(samples: readonly Sample[], beginning: string, person: Person): Sample {
  const fitting = samples.filter((sample) => sample.sampleId.startsWith(beginning));
  const [sample] = fitting;
  if (sample !== undefined && fitting.length === 1) return sample;
  const why = fitting.length === 0 ? 'has no sample' : `has ${fitting.length} samples`;
  throw new UsageError(
    `${person.name} ${why} ${beginning}. Samples: ${samples.map(({ sampleId }) => sampleId).join(', ')}`,
  );
}

function tellChange({ done }: PersonChange): string {
  switch (done.action) {
    case 'enrolled': {
      const samples = done.added.map(({ kind }) => kind).sort();
      const what = samples.length === 0 ? 'consent recorded anew' : `enrolled: ${samples.join(', ')}`;
      return done.isNew ? `${what}; the person is new` : what;
    }
    case 'terms-changed':
      return `let in: ${words(done.before)} became ${words(done.after)}`;
    case 'consent-changed':
      return `consent: ${consentWords(done.before)} became ${consentWords(done.after)}`;
    case 'sample-removed':
      return `a ${done.kind} was removed`;
    case 'renamed':
      return `was called ${done.before}`;
    case 'imported':
      return `a ${done.kind} was imported from a folder`;
    case 'file-gone':
      return `a ${done.kind} went: its file is gone from the folder`;
    case 'undone':
      return `undid ${done.changeId}`;
  }
}

function consentWords(consent: Person['consent']): string {
  if (consent === null) return 'none';
  return consent.expiresOn === null ? 'without an end' : `until ${consent.expiresOn}`;
}

function words(terms: Parameters<typeof tellTerms>[0]): string {
  return `"${tellTerms(terms).join('; ') || 'at any time'}"`;
}

/** A change as programs read it. */
export function changeJson(change: PersonChange) {
  const { changeId, atUtcMs, by, name, subjectId, isUndone } = change;
  return {
    changeId,
    at: isoTime(atUtcMs),
    by,
    name,
    subjectId,
    action: change.done.action,
    what: tellChange(change),
    isUndone,
  };
}

function tellUndone(undone: Undone, json: boolean): void {
  const { change, samplesRemoved, samplesRestored, personErased } = undone;
  if (json) {
    printJson({ ...changeJson(change), samplesRemoved, samplesRestored, personErased });
    return;
  }
  const effects = [
    ...(samplesRemoved > 0 ? [`${plural(samplesRemoved, 'sample')} erased`] : []),
    ...(samplesRestored > 0 ? [`${plural(samplesRestored, 'sample')} back`] : []),
    ...(personErased ? [`nobody is known as ${change.name} any more`] : []),
  ];
  printLine(
    `Undone: ${change.name}, ${tellChange(change)}${effects.length > 0 ? `. ${effects.join('; ')}` : ''}.`,
  );
}
