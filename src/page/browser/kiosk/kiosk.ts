import type { KioskMessage, KioskNow } from '../../protocol.ts';
import { byId, element, setChildren, setText } from '../dom.ts';
import { offerLanguages } from '../language-choice.ts';
import { Senses } from '../senses.ts';
import { language, words, writeTexts } from '../texts/language.ts';
import { kioskTexts } from '../texts/sentences.ts';
import { Chime } from './chime.ts';

type Saying = Extract<KioskMessage, { type: 'kiosk' }>;

/** More do not fit, and are not read from three metres. */
const mostListed = 6;
const portraitPx = 240;
const clockMs = 1_000;

writeTexts();
offerLanguages();

const kiosk = byId('kiosk', 'main');
const picture = byId('picture', 'canvas');
const noPicture = byId('no-picture', 'p');
const chime = new Chime(byId('sound', 'button'));
const portraits = new Map<string, ImageBitmap>();
const timeOfDay = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
let saying: Saying | undefined;

function say(next: Saying): void {
  const before = saying?.now;
  saying = next;
  const { now, name } = next;
  kiosk.dataset.kind = now.kind;
  const { headline, advice } = kioskTexts(now, name);
  setText(byId('headline', 'p'), headline);
  setText(byId('advice', 'p'), advice);
  showPortrait(now);
  showToday();
  if (now.kind === 'welcome' && !(before?.kind === 'welcome' && before.subjectId === now.subjectId)) {
    chime.ring();
  }
}

function showPortrait(now: KioskNow): void {
  const canvas = byId('portrait', 'canvas');
  const portrait = now.kind === 'welcome' ? portraits.get(now.subjectId) : undefined;
  canvas.hidden = portrait === undefined;
  if (portrait !== undefined) draw(canvas, portrait);
}

function showToday(): void {
  const today = (saying?.today ?? []).slice(0, mostListed);
  const key = JSON.stringify([today, today.map(({ subjectId }) => portraits.has(subjectId))]);
  setChildren(byId('today', 'ul'), key, () => {
    if (today.length === 0) return [element('li', words.kiosk.nobodyYet, 'quiet')];
    return today.map(({ subjectId, name, atUtcMs }) => {
      const item = element('li');
      const shown = name ?? words.answer.somebody;
      const time = element('time', timeOfDay.format(atUtcMs));
      time.dateTime = new Date(atUtcMs).toISOString();
      item.append(portraitOf(subjectId, shown), element('span', shown, 'name'), time);
      return item;
    });
  });
}

/** Their picture; without one the letter that their name begins with. */
function portraitOf(subjectId: string, name: string): HTMLElement {
  const portrait = portraits.get(subjectId);
  if (portrait === undefined) {
    const letter = element('span', name.slice(0, 1).toUpperCase(), 'no-portrait');
    letter.ariaHidden = 'true';
    return letter;
  }
  const canvas = element('canvas');
  canvas.ariaHidden = 'true';
  draw(canvas, portrait);
  return canvas;
}

/** The middle of a picture, as a square. */
function draw(canvas: HTMLCanvasElement, portrait: ImageBitmap): void {
  const side = Math.min(portrait.width, portrait.height);
  canvas.width = portraitPx;
  canvas.height = portraitPx;
  const [x, y] = [(portrait.width - side) / 2, (portrait.height - side) / 2];
  canvas.getContext('2d')?.drawImage(portrait, x, y, side, side, 0, 0, portraitPx, portraitPx);
}

async function keepPortrait({ subjectId, jpegBase64 }: Extract<KioskMessage, { type: 'portrait' }>) {
  const bytes = Uint8Array.from(atob(jpegBase64), (letter) => letter.charCodeAt(0));
  portraits.set(subjectId, await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })));
  if (saying !== undefined) showPortrait(saying.now);
  showToday();
}

function withoutPicture(): void {
  picture.hidden = true;
  noPicture.hidden = false;
  setText(noPicture, words.picture.none);
}

withoutPicture();
new Senses('/kiosk/live', {
  picture: ({ mirrored }, bitmap) => {
    if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
      picture.width = bitmap.width;
      picture.height = bitmap.height;
    }
    const pen = picture.getContext('2d');
    pen?.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? bitmap.width : 0, 0);
    pen?.drawImage(bitmap, 0, 0);
    picture.hidden = false;
    noPicture.hidden = true;
  },
  told: (text) => {
    const message: KioskMessage = JSON.parse(text); // from the server that this script came from
    if (message.type === 'kiosk') say(message);
    else void keepPortrait(message);
  },
  connected: (connected) => {
    if (!connected) withoutPicture();
  },
}).switchOn(true);

const clock = byId('clock', 'time');
const tellTime = () => setText(clock, timeOfDay.format(Date.now()));
tellTime();
setInterval(tellTime, clockMs);
