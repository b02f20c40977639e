import type { Scope } from '../../../../credentials/scopes.ts';
import type { PageFacts } from '../../../protocol.ts';
import type { Answer } from '../../../requests.ts';
import { AskError, ask } from '../../ask.ts';
import { byId, element, setText } from '../../dom.ts';
import type { PageView } from '../../page-view.ts';
import { language, words } from '../../texts/language.ts';
import { EditDialog } from './edit-dialog.ts';
import { EnrolDialog } from './enrol-dialog.ts';
import { EraseDialog } from './erase-dialog.ts';
import { faceOf, type KnownPerson, personCard } from './person-card.ts';
import { ReportForm } from './report-form.ts';

/** More are found by the search: a long list is not drawn whole. */
const mostShown = 60;

/** Who is known, and what can be done about it. */
export class PeopleView implements PageView {
  readonly #list = byId('known', 'ul');
  readonly #search = byId('known-search', 'input');
  readonly #note = byId('known-note', 'p');
  readonly #problem = byId('known-problem', 'p');
  readonly #edit = new EditDialog(() => void this.#fetch());
  readonly #erase = new EraseDialog((said) => {
    setText(this.#note, said);
    void this.#fetch();
  });
  readonly #enrol = new EnrolDialog((said) => {
    setText(this.#note, said);
    void this.#fetch();
  });
  readonly #enrolOpen = byId('enrol-open', 'button');
  readonly #report = new ReportForm();
  #scopes: readonly Scope[] = [];
  #people: readonly KnownPerson[] = [];
  /** Undefined until the device has told of itself. */
  #keepsPeople: boolean | undefined;
  #shown = false;

  constructor() {
    this.#search.addEventListener('input', () => this.#drawList());
    this.#enrolOpen.addEventListener('click', () => this.#enrol.open());
  }

  /** Another one signed in, or nobody any more. */
  allow(scopes: readonly Scope[]): void {
    this.#scopes = scopes;
    if (this.#shown) void this.#fetch();
  }

  /** Whether the device keeps people: those of the built-in scene are part of it. */
  tellDevice({ device }: PageFacts): void {
    this.#keepsPeople = device === 'run';
    if (this.#shown) void this.#fetch();
  }

  show(shown: boolean): void {
    this.#shown = shown;
    if (shown) void this.#fetch();
  }

  draw(): void {}

  async #fetch(): Promise<void> {
    if (this.#keepsPeople === undefined) return;
    const mayRead = this.#keepsPeople && this.#scopes.includes('names');
    this.#report.show(mayRead);
    this.#search.hidden = !mayRead;
    this.#enrolOpen.hidden = true;
    if (!mayRead) {
      this.#people = [];
      setText(this.#note, this.#keepsPeople ? words.people.signIn : words.people.notHere);
      this.#drawList();
      this.#drawPairs([]);
      return;
    }
    try {
      const [{ people }, { pairs }] = await Promise.all([ask('people', {}), ask('confusable-people', {})]);
      this.#people = people;
      this.#enrolOpen.hidden = !this.#scopes.includes('people');
      setText(this.#problem, '');
      if (this.#note.textContent === words.people.signIn) setText(this.#note, '');
      this.#drawList();
      this.#drawPairs(pairs);
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    setText(this.#problem, error instanceof AskError ? error.message : words.account.unreachable);
  }

  #drawList(): void {
    const wanted = this.#search.value.trim().toLocaleLowerCase(language);
    const found = this.#people.filter(({ name }) => name.toLocaleLowerCase(language).includes(wanted));
    const mayChange = this.#scopes.includes('people');
    const cards = found.slice(0, mostShown).map((person) =>
      personCard(
        person,
        mayChange
          ? [
              { label: words.people.change, act: () => this.#edit.open(person) },
              {
                label: words.people.forget,
                act: () => void this.#erase.open(person).catch((error: unknown) => this.#complain(error)),
              },
            ]
          : [],
      ),
    );
    const more = found.length - cards.length;
    const nobody = this.#people.length === 0 && this.#keepsPeople && this.#scopes.includes('names');
    this.#list.replaceChildren(
      ...cards,
      ...(more > 0 ? [element('li', words.people.more(more), 'quiet')] : []),
      ...(nobody ? [element('li', words.people.nobody, 'quiet')] : []),
    );
  }

  #drawPairs(pairs: Answer<'confusable-people'>['pairs']): void {
    const bySubject = new Map(this.#people.map((person) => [person.subjectId, person]));
    const rows = pairs.flatMap(({ subjectId, otherSubjectId, distance }) => {
      const [one, other] = [bySubject.get(subjectId), bySubject.get(otherSubjectId)];
      if (one === undefined || other === undefined) return [];
      const row = element('li', '', 'pair');
      row.append(
        faceOf(one),
        faceOf(other),
        element('span', words.people.alike(one.name, other.name, distance)),
      );
      return [row];
    });
    byId('alike-card', 'section').hidden = rows.length === 0;
    byId('alike', 'ul').replaceChildren(...rows);
  }
}
