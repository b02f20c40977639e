import { HalError } from '../../hal/contract/errors.ts';
import { ConfigError } from '../config/errors.ts';
import { CredentialsError } from '../credentials/errors.ts';
import { JournalError } from '../journal/errors.ts';
import { ManifestError, ModelError } from '../models/errors.ts';
import { PeopleStoreError } from '../people/errors.ts';
import { InputError } from '../runtime/input-error.ts';
import { RigError } from '../scenario/target.ts';
import { StepError } from '../service/carry-out.ts';
import { TraceFileError } from '../trace/read.ts';
import { type ExitCode, MissingError, UsageError } from './command.ts';

/**
 * What to say about an error that ended a command, and the exit code. An expected error is its message; an
 * unexpected one is one line too, and how to see more; `debug` gives the stack of either.
 */
export function explain(error: unknown, debug: boolean): { message: string; exitCode: ExitCode } {
  if (!(error instanceof Error)) return { message: `unexpected error: ${String(error)}`, exitCode: 1 };
  const exitCode = exitCodeOf(error);
  if (debug) return { message: error.stack ?? `${error.name}: ${error.message}`, exitCode };
  if (exitCode !== 1) return { message: error.message, exitCode };
  const [line] = error.message.split('\n');
  return { message: `unexpected error: ${line} (--debug shows where)`, exitCode };
}

function exitCodeOf(error: Error): ExitCode {
  if (error instanceof UsageError || error instanceof InputError) return 2;
  if (error instanceof TraceFileError) return 2;
  if (error instanceof ConfigError || error instanceof ManifestError) return 2;
  if (error instanceof PeopleStoreError) return error.kind === 'name-invalid' ? 2 : 3;
  if (error instanceof JournalError) return 3;
  if (error instanceof StepError) return 3;
  if (error instanceof CredentialsError) return error.kind === 'unfit' || error.kind === 'taken' ? 2 : 3;
  if (error instanceof MissingError || error instanceof HalError || error instanceof ModelError) return 3;
  if (error instanceof RigError) return 3;
  return 1;
}
