import { join } from 'node:path';
import { buildGallery, confusableDistance, type Gallery, nearestPeople } from '../people/gallery.ts';
import type { Person, PersonSummary, Sample } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { tellTerms } from '../people/terms-text.ts';
import type { Command, CommandGroup } from './command.ts';
import { printJson, printLine, printNote } from './output.ts';
import { exportPerson } from './people-export.ts';
import { forget } from './people-forget.ts';
import { history, remove, undo } from './people-history.ts';
import { findPerson, jsonOption, nameArgument, stateOption, withStore } from './people-named.ts';
import { disable, edit, enable, termsJson } from './people-terms.ts';
import { printTable } from './table.ts';
import { isoTime } from './words.ts';

const list: Command = {
  name: 'list',
  summary: 'everybody who is known',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    return withStore(invocation, (store) => {
      const people = store.people();
      if (invocation.options.json === true) {
        for (const person of people) {
          printJson({ ...personJson(person), toEnrolAnew: store.unknownTo(person.subjectId) });
        }
        return 0;
      }
      if (people.length === 0) {
        printNote(
          'Nobody is known yet. Enrol someone: vigil faces enrol NAME, or put a picture into dataset/.',
        );
        return 0;
      }
      printTable([
        ['NAME', 'FACES', 'VOICES', 'CONSENT', 'SINCE', 'ID', 'LET IN'],
        ...people.map((person) => [
          person.name,
          String(person.faceSamples),
          String(person.voiceSamples),
          person.consent === null ? 'not recorded' : day(person.consent.recordedAtUtcMs),
          day(person.createdAtUtcMs),
          person.subjectId,
          tellTerms(person).join('; ') || 'at any time',
        ]),
      ]);
      for (const { subjectId, name } of people) {
        for (const kind of store.unknownTo(subjectId)) {
          printNote(
            `${name} is known by a ${kind} of other models than those in force: vigil ${kind}s enrol "${name}" again`,
          );
        }
      }
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
          originals: store.originals(person.subjectId).length,
          nearest: looks,
        });
        return 0;
      }
      printPerson(person, samples);
      const originals = store.originals(person.subjectId).length;
      printLine(
        `kept      ${originals === 0 ? 'numbers alone' : `numbers, and pictures or recordings, sealed: ${originals}`}`,
      );
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

/** `vigil people`: who is known, what is stored about them, and how to erase it. */
export const command: CommandGroup = {
  name: 'people',
  summary: 'who is known and when they are let in: list, show, edit, disable, history, undo, export, forget',
  commands: [list, show, edit, disable, enable, remove, history, undo, exportPerson, forget],
};

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
  printLine(`name      ${person.name}`);
  printLine(`let in    ${tellTerms(person).join('; ') || 'at any time'}`);
  printLine(`id        ${person.subjectId}, since ${day(person.createdAtUtcMs)}`);
  printLine(
    consent === null
      ? 'consent   not recorded'
      : `consent   ${day(consent.recordedAtUtcMs)}, recorded by ${consent.recordedBy}, text ${consent.textVersion}, ` +
          (consent.expiresOn === null
            ? 'without an end'
            : `until ${consent.expiresOn}: then they are erased`),
  );
  for (const sample of samples) {
    printLine(`${sample.kind.padEnd(8)}  ${day(sample.addedAtUtcMs)}  ${origin(sample)}`);
    const quality = Object.entries(sample.quality).map(
      ([name, value]) => `${name} ${Number(value.toFixed(2))}`,
    );
    printLine(`          ${quality.join(', ')}`);
    printLine(`          id ${sample.sampleId}, pipeline ${sample.pipelineId}`);
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
    createdAt: isoTime(person.createdAtUtcMs),
    consent:
      consent === null
        ? null
        : {
            recordedBy: consent.recordedBy,
            recordedAt: isoTime(consent.recordedAtUtcMs),
            textVersion: consent.textVersion,
            expiresOn: consent.expiresOn,
          },
    disabled,
    ...termsJson(person),
  };
}

function sampleJson({ sampleId, kind, pipelineId, quality, provenance, addedAtUtcMs }: Sample) {
  return { sampleId, kind, pipelineId, quality, provenance, addedAt: isoTime(addedAtUtcMs) };
}

function countSamples(samples: readonly Sample[]): { faceSamples: number; voiceSamples: number } {
  const faceSamples = samples.filter((sample) => sample.kind === 'face').length;
  return { faceSamples, voiceSamples: samples.length - faceSamples };
}

function day(utcMs: number): string {
  return isoTime(utcMs).slice(0, 10);
}
