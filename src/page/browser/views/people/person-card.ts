import type { Answer } from '../../../requests.ts';
import { ask } from '../../ask.ts';
import { element } from '../../dom.ts';
import { language, words } from '../../texts/language.ts';

export type KnownPerson = Answer<'people'>['people'][number];

/** As large as it is shown, on a screen with two points a pixel. */
const facePx = 128;

/** What is known of a person, with what can be done about it. */
export function personCard(
  person: KnownPerson,
  actions: readonly { readonly label: string; readonly act: () => void }[],
): HTMLElement {
  const card = element('li', '', person.disabled ? 'person barred' : 'person');
  card.dataset.subject = person.subjectId;
  const { people } = words;
  const { consent } = person;
  card.append(
    faceOf(person),
    element('strong', person.name),
    element('p', people.samples(person.faceSamples, person.voiceSamples)),
    element('p', people.terms(person.disabled, person.hours, person.lastDay && dayText(person.lastDay))),
    element(
      'p',
      consent === null
        ? people.noConsent
        : people.consent(consent.recordedBy, dateText(consent.recordedAtUtcMs)),
      'quiet',
    ),
  );
  if (actions.length === 0) return card;
  const tools = element('div', '', 'tools');
  for (const { label, act } of actions) {
    const button = element('button', label);
    button.type = 'button';
    button.ariaLabel = `${label}: ${person.name}`;
    button.addEventListener('click', act);
    tools.append(button);
  }
  card.append(tools);
  return card;
}

/** The person's picture, once it is here; until then, and without one, their initials. */
export function faceOf({ subjectId, name }: Pick<KnownPerson, 'subjectId' | 'name'>): HTMLElement {
  const place = element('span', initials(name), 'portrait');
  place.ariaHidden = 'true';
  void photo(subjectId).then((picture) => {
    if (picture === null) return;
    // Not an <img>: the policy of the page allows none that the script made.
    const canvas = element('canvas', '', 'portrait');
    canvas.width = facePx;
    canvas.height = facePx;
    const side = Math.min(picture.width, picture.height);
    const left = (picture.width - side) / 2;
    const top = (picture.height - side) / 2;
    canvas.getContext('2d')?.drawImage(picture, left, top, side, side, 0, 0, facePx, facePx);
    canvas.ariaHidden = 'true';
    place.replaceWith(canvas);
  });
  return place;
}

const photos = new Map<string, Promise<ImageBitmap | null>>();

function photo(subjectId: string): Promise<ImageBitmap | null> {
  const known = photos.get(subjectId);
  if (known !== undefined) return known;
  const asked = fetchPhoto(subjectId).catch(() => null);
  photos.set(subjectId, asked);
  return asked;
}

async function fetchPhoto(subjectId: string): Promise<ImageBitmap | null> {
  const { jpegBase64 } = await ask('portrait', { subjectId });
  if (jpegBase64 === null) return null;
  const bytes = Uint8Array.from(atob(jpegBase64), (letter) => letter.charCodeAt(0));
  return await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
}

function initials(name: string): string {
  const letters = name.split(/\s+/).map((word) => [...word][0] ?? '');
  return [letters[0], letters.length > 1 ? letters.at(-1) : ''].join('').toLocaleUpperCase(language);
}

function dateText(utcMs: number): string {
  return new Date(utcMs).toLocaleDateString(language, { dateStyle: 'medium' });
}

/** A day as it is stored, `2026-01-31`, wherever it is read. */
function dayText(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(language, { dateStyle: 'medium', timeZone: 'UTC' });
}
