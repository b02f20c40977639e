import { AskError, ask } from '../../ask.ts';
import { byId, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import type { KnownPerson } from './person-card.ts';

/** Name, hours, last day, and whether somebody is let in. */
export class EditDialog {
  readonly #dialog = byId('edit', 'dialog');
  readonly #name = byId('edit-name', 'input');
  readonly #hours = byId('edit-hours', 'input');
  readonly #lastDay = byId('edit-last-day', 'input');
  readonly #disabled = byId('edit-disabled', 'input');
  readonly #problem = byId('edit-problem', 'p');
  readonly #onChanged: () => void;
  #person: KnownPerson | undefined;

  constructor(onChanged: () => void) {
    this.#onChanged = onChanged;
    byId('edit-cancel', 'button').addEventListener('click', () => this.#dialog.close());
    byId('edit-form', 'form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#keep();
    });
  }

  open(person: KnownPerson): void {
    this.#person = person;
    setText(byId('edit-title', 'p'), words.people.edit(person.name));
    this.#name.value = person.name;
    this.#hours.value = person.hours ?? '';
    this.#lastDay.value = person.lastDay ?? '';
    this.#disabled.checked = person.disabled;
    setText(this.#problem, '');
    this.#dialog.showModal();
  }

  async #keep(): Promise<void> {
    const person = this.#person;
    if (person === undefined) return;
    const name = this.#name.value.trim();
    try {
      await ask('change-person', {
        subjectId: person.subjectId,
        ...(name === person.name ? {} : { name }),
        disabled: this.#disabled.checked,
        hours: this.#hours.value.trim() || null,
        lastDay: this.#lastDay.value || null,
      });
      this.#dialog.close();
      this.#onChanged();
    } catch (error) {
      setText(this.#problem, error instanceof AskError ? error.message : words.account.unreachable);
    }
  }
}
