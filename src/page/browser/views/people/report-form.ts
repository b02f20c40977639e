import { AskError, ask } from '../../ask.ts';
import { byId, element, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';

const kinds = ['error', 'improvement'] as const;

/** Tells of an error, or how it could be better: for whoever looks after the device. */
export class ReportForm {
  readonly #about = byId('report-about', 'select');
  readonly #text = byId('report-text', 'textarea');
  readonly #said = byId('report-said', 'p');

  constructor() {
    for (const kind of kinds) {
      const option = element('option', words.people.reportKinds[kind]);
      option.value = kind;
      this.#about.append(option);
    }
    byId('report', 'form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  show(shown: boolean): void {
    byId('report-card', 'section').hidden = !shown;
  }

  async #send(): Promise<void> {
    const about = kinds.find((kind) => kind === this.#about.value) ?? 'error';
    try {
      await ask('report', { about, text: this.#text.value });
      this.#text.value = '';
      setText(this.#said, words.people.reported);
    } catch (error) {
      setText(this.#said, error instanceof AskError ? error.message : words.account.unreachable);
    }
  }
}
