import type { Person } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { hoursExample, parseHours, parseLastDay, tellHours, tellTerms } from '../people/terms-text.ts';
import { audit } from './audit.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { printJson, printLine } from './output.ts';
import { findPerson, jsonOption, nameArgument, stateOf, stateOption, withStore } from './people-named.ts';

const common = { state: stateOption, json: jsonOption } as const;

export const edit: Command = {
  name: 'edit',
  summary: 'when a person is let in: hours, and a last day',
  positionals: 'NAME',
  options: {
    hours: { value: 'HOURS', help: `as "${hoursExample}", or always` },
    until: { value: 'DATE', help: 'the last day, as 2026-01-31' },
    never: { help: 'no last day any more' },
    'consent-until': {
      value: 'DATE',
      help: 'the last day of their consent, or never; after it a device erases them',
    },
    ...common,
  },
  notes: [
    'Hours and the last day are those of the place where the device is ([device] time_zone). Hours that go past',
    'midnight belong to the day on which they begin. While the clock of the device was not set, nobody with hours or a',
    'last day is let in. A running device knows of the change within a second.',
  ].join('\n'),
  async run(invocation) {
    const { hours, until, never, 'consent-until': consentUntil } = invocation.options;
    if (hours === undefined && until === undefined && never === undefined && consentUntil === undefined) {
      throw new UsageError('Nothing to change: give --hours, --until, --never or --consent-until.');
    }
    if (until !== undefined && never !== undefined)
      throw new UsageError('Give --until or --never, not both.');
    const newHours = hours === 'always' ? null : read('--hours', hours, parseHours);
    const lastDay = never === true ? null : read('--until', until, parseLastDay);
    const expiresOn = consentUntil === 'never' ? null : read('--consent-until', consentUntil, parseLastDay);
    return change(invocation, 'changed hours, last day or consent', (store, { subjectId, name, consent }) => {
      if (expiresOn !== undefined) {
        if (consent === null)
          throw new UsageError(`No consent of ${name} is recorded: there is none to end.`);
        store.setConsent(subjectId, { ...consent, expiresOn });
      }
      store.setTerms(subjectId, {
        ...(newHours === undefined ? {} : { hours: newHours }),
        ...(lastDay === undefined ? {} : { lastDay }),
      });
    });
  },
};

export const disable: Command = {
  name: 'disable',
  summary: 'let a person in no more; they are still recognised, so that nobody else is taken for them',
  positionals: 'NAME',
  options: common,
  run: (invocation) =>
    change(invocation, 'disabled', (store, { subjectId }) => store.setTerms(subjectId, { disabled: true })),
};

export const enable: Command = {
  name: 'enable',
  summary: 'let a person in again who was disabled',
  positionals: 'NAME',
  options: common,
  run: (invocation) =>
    change(invocation, 'enabled', (store, { subjectId }) => store.setTerms(subjectId, { disabled: false })),
};

/** Changes the terms of the person who was named, and says what they are now. */
function change(invocation: Invocation, action: string, act: (store: PeopleStore, person: Person) => void) {
  return withStore(invocation, (store) => {
    const name = nameArgument(invocation);
    act(store, findPerson(store, name));
    const person = findPerson(store, name);
    audit(stateOf(invocation), action, person.subjectId);
    const { disabled, hours, lastDay } = person;
    if (invocation.options.json === true) {
      printJson({
        subjectId: person.subjectId,
        name: person.name,
        disabled,
        ...termsJson({ hours, lastDay }),
      });
    } else {
      const told = tellTerms(person);
      printLine(`${person.name}: ${told.length === 0 ? 'let in at any time' : told.join('; ')}.`);
    }
    return 0;
  });
}

/** Hours and last day as options take them. */
export function termsJson({ hours, lastDay }: Pick<Person, 'hours' | 'lastDay'>) {
  return { hours: hours === null ? null : tellHours(hours), lastDay };
}

/** Throws UsageError for what means nothing. */
function read<T>(option: string, text: unknown, parse: (text: string) => T): T | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${option}: ${error.message}`);
    throw error;
  }
}
