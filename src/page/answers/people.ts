import type { PeopleStore } from '../../people/store.ts';
import { tellHours } from '../../people/terms-text.ts';
import type { Answers } from '../requests.ts';

/** Tells who is known. */
export function peopleAnswers(store: PeopleStore): Required<Pick<Answers, 'people'>> {
  return {
    people: () => ({
      people: store.people().map((person) => ({
        subjectId: person.subjectId,
        name: person.name,
        faceSamples: person.faceSamples,
        voiceSamples: person.voiceSamples,
        sinceUtcMs: person.createdAtUtcMs,
        consent:
          person.consent === null
            ? null
            : { recordedBy: person.consent.recordedBy, recordedAtUtcMs: person.consent.recordedAtUtcMs },
        disabled: person.disabled,
        hours: person.hours === null ? null : tellHours(person.hours),
        lastDay: person.lastDay,
      })),
    }),
  };
}
