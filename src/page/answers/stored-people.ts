import { Journal } from '../../journal/journal.ts';
import { PeopleStoreError } from '../../people/errors.ts';
import { buildGallery, confusableDistance, confusablePairs } from '../../people/gallery.ts';
import type { Person, PersonSummary } from '../../people/person.ts';
import { PeopleStore } from '../../people/store.ts';
import { parseHours, parseLastDay, tellHours } from '../../people/terms-text.ts';
import { carryOutErasure } from '../../runtime/erasure/carry-out.ts';
import { type ErasurePlan, planErasure } from '../../runtime/erasure/plan.ts';
import type { PeopleFolders } from '../../runtime/people-folders.ts';
import type { Audits } from '../audits.ts';
import { type Answer, type Answers, RequestRefused } from '../requests.ts';

const mostPairs = 20;

export interface StoredPeopleOptions {
  readonly stateDirectory: string;
  readonly folders: PeopleFolders;
  /** A trace that the configuration keeps in a file. */
  readonly traceFile: string | null;
  /** Null where the device keeps no journal. */
  readonly journalDirectory: string | null;
  readonly audits: Audits;
}

const wallClock = { nowUtcMs: () => Date.now() };

/**
 * Answers what concerns the stored people alone, on the page's own thread: an erasure rewrites files, and comparing
 * everybody takes seconds. A running device sees what changed within half a second.
 */
export class StoredPeople {
  readonly #options: StoredPeopleOptions;

  constructor(options: StoredPeopleOptions) {
    this.#options = options;
  }

  readonly answers = {
    people: () => this.#with('the page', (store) => ({ people: store.people().map(shown) })),

    'confusable-people': (_, __, signal) => this.#with('the page', (store) => confusable(store, signal)),

    'change-person': ({ subjectId, name, ...terms }, asker) =>
      this.#with(asker.name, (store) => {
        const person = personOf(store, subjectId);
        if (name !== undefined) rename(store, person, name);
        store.setTerms(subjectId, {
          ...(terms.disabled === undefined ? {} : { disabled: terms.disabled }),
          ...(terms.hours === undefined ? {} : { hours: read(terms.hours, parseHours) }),
          ...(terms.lastDay === undefined ? {} : { lastDay: read(terms.lastDay, parseLastDay) }),
        });
        this.#options.audits.write('changed a person', asker.name, subjectId);
        return { person: shown(store.people().find((one) => one.subjectId === subjectId) ?? none()) };
      }),

    'plan-erasure': ({ subjectId }, _, signal) =>
      this.#with('the page', async (store) => {
        const plan = await this.#plan(store, subjectId, false, signal);
        const { samples, originals, journalEntries, files, networkFiles, traces, recordings, backups } = plan;
        return {
          samples,
          originals,
          journalEntries,
          files: [
            ...files.map(({ fullPath }) => fullPath),
            ...[...networkFiles, ...traces],
            ...[...recordings, ...backups].map(({ path }) => path),
          ],
          untagged: plan.untagged,
        };
      }),

    'erase-person': ({ subjectId, keepFiles }, asker, signal) =>
      this.#with(asker.name, async (store) => {
        const { stateDirectory, audits } = this.#options;
        const plan = await this.#plan(store, subjectId, keepFiles, signal);
        // What experiments keep on a PC is for the command.
        const erasing = { store, stateDirectory, clearCaches: () => 0 };
        const { receipt, failed, scrubbed } = await carryOutErasure(erasing, plan);
        audits.write('erased a person', asker.name);
        return {
          samples: receipt.samples,
          journalEntries: receipt.journalEntries,
          failed: failed.length,
          scrubbed,
        };
      }),

    report: ({ about, text }, { name: by }) => {
      const { journalDirectory: directory } = this.#options;
      if (directory === null) throw new RequestRefused(409, 'this device keeps no journal');
      using journal = Journal.open({ directory });
      journal.append([{ kind: 'report', utcMs: Date.now(), facts: { about, text, by } }]);
      return {};
    },
  } as const satisfies Answers;

  #plan(
    store: PeopleStore,
    subjectId: string,
    keepFiles: boolean,
    signal: AbortSignal,
  ): Promise<ErasurePlan> {
    const { stateDirectory, folders, traceFile } = this.#options;
    const places = { stateDirectory, ...folders, traceFile: traceFile ?? undefined, keepFiles };
    return planErasure(store, personOf(store, subjectId).name, places, signal);
  }

  /** Opens the store for one answer; `by` stands in the history of what is changed. */
  async #with<T>(by: string, work: (store: PeopleStore) => T | Promise<T>): Promise<T> {
    try {
      using store = PeopleStore.open({ directory: this.#options.stateDirectory, wallClock, by });
      return await work(store);
    } catch (error) {
      if (error instanceof PeopleStoreError) throw new RequestRefused(statusOf(error), error.message);
      throw error;
    }
  }
}

type ShownPerson = Answer<'people'>['people'][number];

function shown(person: PersonSummary): ShownPerson {
  const { consent, hours } = person;
  return {
    subjectId: person.subjectId,
    name: person.name,
    faceSamples: person.faceSamples,
    voiceSamples: person.voiceSamples,
    sinceUtcMs: person.createdAtUtcMs,
    consent:
      consent === null ? null : { recordedBy: consent.recordedBy, recordedAtUtcMs: consent.recordedAtUtcMs },
    disabled: person.disabled,
    hours: hours === null ? null : tellHours(hours),
    lastDay: person.lastDay,
  };
}

/** Pairs of people whose faces are near, by the models that most are known by. */
async function confusable(store: PeopleStore, signal: AbortSignal): Promise<Answer<'confusable-people'>> {
  const [pipeline] = store.pipelines('face').toSorted((a, b) => b.samples - a.samples);
  if (pipeline === undefined) return { pairs: [] };
  const gallery = buildGallery(store, pipeline.pipelineId);
  const pairs = await confusablePairs(gallery, new Set(gallery.subjectIds), confusableDistance, signal);
  return { pairs: pairs.slice(0, mostPairs) };
}

/** The files of a folder bear the name: with another one the person would come back as somebody new. */
function rename(store: PeopleStore, person: Person, name: string): void {
  const fromFolder = store
    .samples(person.subjectId)
    .find(({ provenance }) => provenance.source === 'dataset');
  if (fromFolder?.provenance.source === 'dataset') {
    throw new RequestRefused(
      409,
      `the files of ${person.name} bear the name: rename them in ${fromFolder.provenance.root}`,
    );
  }
  store.rename(person.subjectId, name);
}

/** Null takes terms away. */
function read<T>(text: string | null, parse: (text: string) => T): T | null {
  if (text === null) return null;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new RequestRefused(400, error.message);
    throw error;
  }
}

function personOf(store: PeopleStore, subjectId: string): Person {
  const person = store.people().find((one) => one.subjectId === subjectId);
  return person ?? none();
}

function none(): never {
  throw new RequestRefused(404, 'this person is not known any more');
}

function statusOf({ kind }: PeopleStoreError): number {
  if (kind === 'name-invalid') return 400;
  return kind === 'name-taken' ? 409 : 500;
}
