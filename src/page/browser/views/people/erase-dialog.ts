import { AskError, ask } from '../../ask.ts';
import { byId, element, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import type { KnownPerson } from './person-card.ts';

/** Shows what would be erased of somebody, and erases it. */
export class EraseDialog {
  readonly #dialog = byId('erase', 'dialog');
  readonly #keepFiles = byId('erase-keep', 'input');
  readonly #problem = byId('erase-problem', 'p');
  readonly #onErased: (said: string) => void;
  #person: KnownPerson | undefined;

  constructor(onErased: (said: string) => void) {
    this.#onErased = onErased;
    byId('erase-cancel', 'button').addEventListener('click', () => this.#dialog.close());
    byId('erase-form', 'form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#erase();
    });
  }

  /** Rejects with AskError. */
  async open(person: KnownPerson): Promise<void> {
    const { people } = words;
    const plan = await ask('plan-erasure', { subjectId: person.subjectId });
    this.#person = person;
    setText(byId('erase-title', 'p'), people.eraseTitle(person.name));
    byId('erase-plan', 'ul').replaceChildren(
      element('li', people.erasesSamples(plan.samples, plan.originals)),
      element('li', people.erasesJournal(plan.journalEntries)),
      ...plan.files.map((path) => element('li', people.erasesFile(path))),
      ...plan.untagged.map((path) => element('li', people.leavesRecording(path), 'warning')),
    );
    this.#keepFiles.checked = false;
    byId('erase-keep-row', 'label').hidden = plan.files.length === 0;
    setText(this.#problem, '');
    this.#dialog.showModal();
  }

  async #erase(): Promise<void> {
    const person = this.#person;
    if (person === undefined) return;
    try {
      const done = await ask('erase-person', {
        subjectId: person.subjectId,
        keepFiles: this.#keepFiles.checked,
      });
      this.#dialog.close();
      const { erased, notDeleted, notScrubbed } = words.people;
      const said = [erased(person.name, done.samples, done.journalEntries)];
      if (done.failed > 0) said.push(notDeleted(done.failed));
      if (!done.scrubbed) said.push(notScrubbed);
      this.#onErased(said.join(' '));
    } catch (error) {
      setText(this.#problem, error instanceof AskError ? error.message : words.account.unreachable);
    }
  }
}
