import { otherPersonCosine } from '../hearing/enrol.ts';
import type { Person } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { type EnrolRecording, likenessOf } from '../runtime/enrol-voices.ts';
import { UsageError } from './command.ts';

/** Throws UsageError as soon as two recordings are not one person's. */
export function refuseOthers(accepted: readonly EnrolRecording[], next: EnrolRecording): void {
  for (const earlier of accepted) {
    const likeness = likenessOf(earlier.sample, next.sample);
    if (likeness >= otherPersonCosine) continue;
    throw new UsageError(
      `Nobody was enrolled: ${earlier.input} and ${next.input} are of different people ` +
        `(cosine ${likeness.toFixed(2)}, at least ${otherPersonCosine}). Give recordings of one person.`,
    );
  }
}

/** Under a known name another person's voice would spoil both. */
export function refuseAnother(store: PeopleStore, person: Person, first: EnrolRecording): void {
  const { pipelineId } = first.sample;
  const known = store
    .samples(person.subjectId)
    .filter((sample) => sample.kind === 'voice' && sample.pipelineId === pipelineId);
  const likeness = Math.max(...known.map((sample) => likenessOf(sample, first.sample)));
  if (known.length === 0 || likeness >= otherPersonCosine) return;
  throw new UsageError(
    `Nothing was added: this is not the voice that is known as ${person.name} (cosine ${likeness.toFixed(2)}, ` +
      `at least ${otherPersonCosine}). Use another name, or erase the old one: vigil people forget "${person.name}"`,
  );
}
