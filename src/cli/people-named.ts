import { editDistance } from '../config/nearest.ts';
import { nameKey, normaliseName } from '../people/names.ts';
import type { Person } from '../people/person.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { PeopleStore } from '../people/store.ts';
import { userName } from './audit.ts';
import { type ExitCode, type Invocation, type OptionSpec, UsageError } from './command.ts';
import { finishInterrupted } from './erasing.ts';

export const stateOption = { value: 'DIR', help: 'where people are stored' } as const satisfies OptionSpec;
export const jsonOption = { help: 'one JSON object a line' } as const satisfies OptionSpec;

/** The state directory that the invocation names, or the usual one. */
export function stateOf({ options }: Invocation): string {
  return stateDirectory(typeof options.state === 'string' ? options.state : undefined);
}

/** Opens the people store of the invocation, and closes it after the work. */
export async function withStore(
  invocation: Invocation,
  work: (store: PeopleStore) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  using store = PeopleStore.open({
    directory: stateOf(invocation),
    wallClock: { nowUtcMs: () => Date.now() },
    by: userName(),
  });
  await finishInterrupted(store, stateOf(invocation));
  return await work(store);
}

/** The one NAME that the command was given. Throws UsageError. */
export function nameArgument(invocation: Invocation): string {
  const [name, ...more] = invocation.positionals;
  if (name === undefined) throw new UsageError('Which person? Give a NAME; vigil people list shows all.');
  if (more.length > 0) throw new UsageError(`One NAME is needed; put a name with blanks in quotes.`);
  return normaliseName(name);
}

/** Throws UsageError. */
export function findPerson(store: PeopleStore, name: string): Person {
  const person = store.find(name);
  if (person === undefined) throw unknownPerson(store, name);
  return person;
}

/** Says that nobody has this name, and who was meant perhaps. */
export function unknownPerson(store: PeopleStore, name: string): UsageError {
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
