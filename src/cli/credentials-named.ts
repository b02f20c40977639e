import { Credentials } from '../credentials/credentials.ts';
import { type ExitCode, type Invocation, UsageError } from './command.ts';
import { stateOf } from './people-named.ts';

/** Opens the credentials of the invocation's state directory, and closes them after the work; exit code 0. */
export async function withCredentials(
  invocation: Invocation,
  work: (credentials: Credentials) => void | Promise<void>,
): Promise<ExitCode> {
  using credentials = Credentials.open({
    directory: stateOf(invocation),
    wallClock: { nowUtcMs: () => Date.now(), trusted: true },
  });
  await work(credentials);
  return 0;
}

/** The one NAME that the command was given. Throws UsageError with the `usage`. */
export function oneArgument({ positionals }: Invocation, usage: string): string {
  const [name, ...more] = positionals;
  if (name !== undefined && more.length === 0) return name;
  throw new UsageError(`${name === undefined ? 'A name is missing' : 'One name is needed'}: ${usage}`);
}
