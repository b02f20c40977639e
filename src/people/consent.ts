/** Names the wording below; a new wording gets a new version, so that each record says what was agreed to. */
export const consentTextVersion = '1';

/** What a person agrees to when they are enrolled. */
export function consentText(name: string): string {
  return (
    `${name} agrees that numbers computed from their face are kept on this device, to recognise them, until they ` +
    'ask for them to be erased. No picture is kept.'
  );
}
