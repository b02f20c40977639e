import { userInfo } from 'node:os';
import { consentScope, consentText, consentTextVersion } from '../people/consent.ts';
import { normaliseName } from '../people/names.ts';
import type { Consent, PersonSummary, SampleKind } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { parseLastDay } from '../people/terms-text.ts';
import { type Invocation, type OptionSpec, UsageError } from './command.ts';
import { confirmed } from './confirm.ts';
import { printNote } from './output.ts';
import { isoTime, plural } from './words.ts';

export const consentOptions = {
  consent: { help: 'the person has agreed; without it the question is asked on the terminal' },
  'consent-by': { value: 'WHO', help: 'who recorded that; default: the user of this system' },
  'consent-until': {
    value: 'DATE',
    help: 'the last day for which they agree, as 2026-01-31; then a device erases them',
  },
} as const satisfies Record<string, OptionSpec>;

/** The one NAME of `vigil … enrol NAME`. Throws UsageError with the `usage` where there is none. */
export function enrolName({ positionals }: Invocation, usage: string): string {
  const [name, ...more] = positionals;
  if (name === undefined) throw new UsageError(`Who is it? ${usage}`);
  if (more.length > 0) throw new UsageError('One NAME is needed; put a name with blanks in quotes.');
  return normaliseName(name);
}

/** Who is to be enrolled: the consent, and the person of that name who is known already. */
export interface Asked {
  readonly consent: Consent;
  readonly before: PersonSummary | undefined;
}

/**
 * Says whether the name is known, and asks for consent; undefined when it is not given. To be called before anything
 * is looked at or listened to.
 */
export async function askConsent(
  { options, signal }: Invocation,
  store: PeopleStore,
  { name, kind, keepOriginals }: { name: string; kind: SampleKind; keepOriginals: boolean },
): Promise<Asked | undefined> {
  const before = knownBefore(store, name);
  const until = options['consent-until'];
  const expiresOn = typeof until === 'string' ? dayOption('--consent-until', until) : null;
  const consented = { scope: consentScope(before, kind), keepOriginals, expiresOn };
  if (options.consent !== true) {
    printNote(consentText(name, consented));
    const unattended = `Nobody is there to ask: give --consent when ${name} has agreed to this.`;
    if (!(await confirmed('Is that so?', unattended, signal))) {
      printNote('Without consent nobody is enrolled.');
      return undefined;
    }
  }
  const given = options['consent-by'];
  const consent: Consent = {
    recordedBy: typeof given === 'string' ? given : systemUser(),
    recordedAtUtcMs: Date.now(),
    textVersion: consentTextVersion(consented),
    expiresOn,
  };
  return { consent, before };
}

/** A day of an option. Throws UsageError. */
function dayOption(option: string, text: string): string {
  try {
    return parseLastDay(text);
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`; // a user id without an entry, as in containers
  }
}

function knownBefore(store: PeopleStore, name: string): PersonSummary | undefined {
  const subjectId = store.find(name)?.subjectId;
  const before = store.people().find((person) => person.subjectId === subjectId);
  if (before !== undefined) {
    const count = before.faceSamples + before.voiceSamples;
    printNote(`${before.name} is known already, by ${plural(count, 'sample')}: what is found is added.`);
  }
  return before;
}

export function consentJson(consent: Consent | null): object | null {
  if (consent === null) return null;
  const { recordedAtUtcMs, ...kept } = consent;
  return { ...kept, recordedAt: isoTime(recordedAtUtcMs) };
}

/** Why pictures or recordings were not used, each reason once with its count and its newest numbers. */
export class Refusals {
  readonly #reasons = new Map<string, { count: number; message: string }>();

  count(reason: string, message: string): void {
    this.#reasons.set(reason, { count: (this.#reasons.get(reason)?.count ?? 0) + 1, message });
  }

  /** In brackets, to be put after what did not succeed; empty where nothing was refused. */
  summary(): string {
    const parts = [...this.#reasons].map(
      ([reason, { count, message }]) => `${count} x ${reason}: ${message}`,
    );
    return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
  }
}
