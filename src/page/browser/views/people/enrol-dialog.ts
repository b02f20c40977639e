import type { Answer, Ask } from '../../../requests.ts';
import { AskError, ask } from '../../ask.ts';
import { byId, element, setChildren, setText } from '../../dom.ts';
import { Senses } from '../../senses.ts';
import { words } from '../../texts/language.ts';
import { shrunkPicture } from './shrunk-picture.ts';

type State = Answer<'enrol-begin'>;
type Look = Ask<'enrol-begin'>['look'];
type Source = Ask<'enrol-begin'>['source'];

const sources: readonly Source[] = ['camera', 'pictures'];
const looks: readonly Look[] = ['bare', 'glasses', 'mask'];
/** How often it is asked how it goes. */
const askEveryMs = 250;

/** Leads somebody through their enrolment: consent, the camera's picture, what to do, what was taken. */
export class EnrolDialog {
  readonly #dialog = byId('enrol', 'dialog');
  readonly #form = byId('enrol-form', 'form');
  readonly #run = byId('enrol-run', 'div');
  readonly #name = byId('enrol-name', 'input');
  readonly #source = byId('enrol-source', 'select');
  readonly #look = byId('enrol-look', 'select');
  readonly #againLook = byId('enrol-again-look', 'select');
  readonly #consent = byId('enrol-consent', 'input');
  readonly #anyway = byId('enrol-anyway', 'input');
  readonly #files = byId('enrol-files', 'input');
  readonly #canvas = byId('enrol-picture', 'canvas');
  readonly #senses: Senses;
  readonly #onEnrolled: (said: string) => void;
  #consentVersion = '';
  #throughCamera = true;
  #asking: ReturnType<typeof setInterval> | undefined;

  constructor(onEnrolled: (said: string) => void) {
    this.#onEnrolled = onEnrolled;
    for (const source of sources) this.#source.append(option(source, words.enrol.sources[source]));
    for (const look of looks) {
      this.#look.append(option(look, words.enrol.looks[look]));
      this.#againLook.append(option(look, words.enrol.looks[look]));
    }
    this.#senses = new Senses('/senses', {
      picture: ({ widthPx, heightPx, mirrored }, picture) => this.#draw(widthPx, heightPx, mirrored, picture),
      told: () => {},
      connected: () => {},
    });
    this.#name.addEventListener('input', () => this.#try('enrol-problem', () => this.#tellConsent()));
    this.#look.addEventListener('change', () => this.#warnOfMask());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#try('enrol-problem', () => this.#begin());
    });
    byId('enrol-cancel', 'button').addEventListener('click', () => this.#dialog.close());
    byId('enrol-end', 'button').addEventListener('click', () => this.#dialog.close());
    byId('enrol-save', 'button').addEventListener('click', () =>
      this.#try('enrol-trouble', () => this.#save()),
    );
    byId('enrol-enough', 'button').addEventListener('click', () =>
      this.#try('enrol-trouble', async () => this.#show(await ask('enrol-enough', {}))),
    );
    byId('enrol-more', 'button').addEventListener('click', () =>
      this.#try('enrol-trouble', async () =>
        this.#show(await ask('enrol-again', { look: lookIn(this.#againLook) })),
      ),
    );
    this.#files.addEventListener('change', () => this.#try('enrol-trouble', () => this.#upload()));
    // Escape closes it, too.
    this.#dialog.addEventListener('close', () => this.#end());
  }

  open(): void {
    this.#form.reset();
    this.#form.hidden = false;
    this.#run.hidden = true;
    setText(byId('enrol-problem', 'p'), '');
    this.#warnOfMask();
    this.#try('enrol-problem', () => this.#tellConsent());
    this.#dialog.showModal();
  }

  /** What there is to agree to, in words; the tick is for these words alone. */
  async #tellConsent(): Promise<void> {
    const asked = this.#name.value.trim();
    const name = asked || words.enrol.thePerson;
    const consent = await ask('enrol-consent', { name });
    if (asked !== this.#name.value.trim()) return; // another one was typed meanwhile
    const text = byId('enrol-consent-text', 'span');
    const said = words.enrol.consent(name, consent.scope === 'face-and-voice', consent.keepOriginals);
    if (text.textContent !== said) this.#consent.checked = false;
    setText(text, said);
    this.#consentVersion = consent.version;
  }

  #warnOfMask(): void {
    byId('enrol-mask', 'p').hidden = lookIn(this.#look) !== 'mask';
  }

  async #begin(): Promise<void> {
    const source = sources.find((one) => one === this.#source.value) ?? 'camera';
    const state = await ask('enrol-begin', {
      ...{ name: this.#name.value, source, look: lookIn(this.#look) },
      consentVersion: this.#consentVersion,
    });
    this.#form.hidden = true;
    this.#run.hidden = false;
    this.#anyway.checked = false;
    byId('enrol-anyway-row', 'label').hidden = true;
    byId('enrol-files-row', 'label').hidden = source === 'camera';
    this.#throughCamera = source === 'camera';
    setText(byId('enrol-trouble', 'p'), '');
    this.#senses.switchOn(source === 'camera');
    this.#canvas.parentElement?.toggleAttribute('hidden', source === 'pictures');
    this.#show(state);
    this.#asking = setInterval(() => {
      ask('enrol-state', {}).then(
        (newer) => {
          if (newer !== null) this.#show(newer);
          else if (this.#asking !== undefined) this.#dialog.close();
        },
        () => undefined, // asked again in a moment
      );
    }, askEveryMs);
  }

  #show({ phase, name, countdownS, pose, hint, pictures }: State): void {
    const { enrol } = words;
    const isTaking = phase !== 'review';
    setText(byId('enrol-who', 'p'), name);
    setText(byId('enrol-countdown', 'p'), phase === 'countdown' ? String(countdownS) : '');
    const prompt =
      phase === 'countdown'
        ? enrol.getReady
        : pose === null
          ? enrol.review(pictures.length)
          : enrol.poses[pose];
    setText(byId('enrol-prompt', 'p'), prompt);
    setText(byId('enrol-hint', 'p'), phase === 'looking' && hint !== null ? enrol.hints[hint] : '');
    setChildren(byId('enrol-pictures', 'ol'), JSON.stringify(pictures), () =>
      pictures.map(({ look, score }) =>
        element('li', enrol.picture(enrol.looks[look], Math.round(100 * score))),
      ),
    );
    byId('enrol-enough', 'button').hidden = !isTaking;
    const mayTakeMore = !isTaking && this.#throughCamera;
    byId('enrol-again-row', 'label').hidden = !mayTakeMore;
    byId('enrol-more', 'button').hidden = !mayTakeMore;
    byId('enrol-save', 'button').hidden = isTaking || pictures.length === 0;
  }

  async #upload(): Promise<void> {
    for (const file of this.#files.files ?? []) {
      const picture = await shrunkPicture(file);
      this.#show(await ask('enrol-picture', { picture, fileName: file.name.slice(0, 200) }));
    }
    this.#files.value = '';
  }

  async #save(): Promise<void> {
    const { name, isNew, pictures } = await ask('enrol-save', { anyway: this.#anyway.checked });
    this.#dialog.close();
    this.#onEnrolled(words.enrol.enrolled(name, isNew, pictures));
  }

  #try(place: 'enrol-problem' | 'enrol-trouble', work: () => Promise<void>): void {
    setText(byId(place, 'p'), '');
    work().catch((error: unknown) => {
      setText(byId(place, 'p'), error instanceof AskError ? error.message : words.account.unreachable);
      byId('enrol-anyway-row', 'label').hidden = !(error instanceof AskError && error.status === 422);
    });
  }

  #end(): void {
    clearInterval(this.#asking);
    this.#asking = undefined;
    this.#senses.switchOn(false);
    if (!this.#run.hidden) ask('enrol-end', {}).catch(() => undefined); // it ends by itself when nobody asks
    this.#run.hidden = true;
  }

  #draw(widthPx: number, heightPx: number, mirrored: boolean, picture: ImageBitmap): void {
    this.#canvas.width = widthPx;
    this.#canvas.height = heightPx;
    const pen = this.#canvas.getContext('2d');
    if (pen === null) return;
    if (mirrored) {
      pen.translate(widthPx, 0);
      pen.scale(-1, 1);
    }
    pen.drawImage(picture, 0, 0, widthPx, heightPx);
  }
}

function option(value: string, text: string): HTMLOptionElement {
  const made = element('option', text);
  made.value = value;
  return made;
}

function lookIn({ value }: HTMLSelectElement): Look {
  return looks.find((look) => look === value) ?? 'bare';
}
