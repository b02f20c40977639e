import type { PersonSummary, SampleKind } from './person.ts';

/** What of a person is kept. */
export type ConsentScope = SampleKind | 'face-and-voice';

/**
 * What a new sample of `kind` needs consent for: also for what is kept of the person already, since one record of
 * consent replaces the one before.
 */
export function consentScope(
  before: Pick<PersonSummary, 'faceSamples' | 'voiceSamples'> | undefined,
  kind: SampleKind,
): ConsentScope {
  const other = kind === 'face' ? before?.voiceSamples : before?.faceSamples;
  return other === undefined || other === 0 ? kind : 'face-and-voice';
}

/** What a person agrees to: what is taken of them, and whether the pictures or recordings are kept. */
export interface Consented {
  readonly scope: ConsentScope;
  readonly keepOriginals: boolean;
  /** The last day; null: without an end. */
  readonly expiresOn: string | null;
}

const wordings: Readonly<
  Record<ConsentScope, { of: string; notKept: string; kept: string; version: string }>
> = {
  face: {
    of: 'their face',
    notKept: 'No picture is kept.',
    kept: 'The pictures are kept, too, so that another model can compute the numbers anew.',
    version: '1',
  },
  voice: {
    of: 'their voice',
    notKept: 'No recording is kept.',
    kept: 'The recordings are kept, too, so that another model can compute the numbers anew.',
    version: 'voice-1',
  },
  'face-and-voice': {
    of: 'their face and their voice',
    notKept: 'No picture and no recording is kept.',
    kept: 'The pictures and recordings are kept, too, so that another model can compute the numbers anew.',
    version: 'face-and-voice-1',
  },
};

/** Names the wording below; a new wording gets a new version, so that each record says what was agreed to. */
export function consentTextVersion({
  scope,
  keepOriginals,
}: Pick<Consented, 'scope' | 'keepOriginals'>): string {
  const { version } = wordings[scope];
  return keepOriginals ? `${version}-kept` : version;
}

/** What a person agrees to when they are enrolled. */
export function consentText(name: string, { scope, keepOriginals, expiresOn }: Consented): string {
  const { of, kept, notKept } = wordings[scope];
  return (
    `${name} agrees that numbers computed from ${of} are kept on this device, to recognise them, until they ` +
    `ask for them to be erased${expiresOn === null ? '' : `, at the longest until ${expiresOn}`}. ${keepOriginals ? kept : notKept}`
  );
}
