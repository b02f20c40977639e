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

const wordings: Readonly<Record<ConsentScope, { of: string; kept: string; version: string }>> = {
  face: { of: 'their face', kept: 'No picture is kept.', version: '1' },
  voice: { of: 'their voice', kept: 'No recording is kept.', version: 'voice-1' },
  'face-and-voice': {
    of: 'their face and their voice',
    kept: 'No picture and no recording is kept.',
    version: 'face-and-voice-1',
  },
};

/** Names the wording below; a new wording gets a new version, so that each record says what was agreed to. */
export function consentTextVersion(scope: ConsentScope): string {
  return wordings[scope].version;
}

/** What a person agrees to when they are enrolled. */
export function consentText(name: string, scope: ConsentScope): string {
  const { of, kept } = wordings[scope];
  return (
    `${name} agrees that numbers computed from ${of} are kept on this device, to recognise them, until they ` +
    `ask for them to be erased. ${kept}`
  );
}
