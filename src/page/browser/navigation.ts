import { type ViewName, viewNames } from '../views.ts';
import { byId, element } from './dom.ts';
import { offerLanguages } from './language-choice.ts';
import { words } from './texts/language.ts';

const firstView: ViewName = 'machines';

/** The menu: one view of the page at a time, named by the address (`#live`) so that it can be kept and gone back to. */
export class Navigation {
  readonly #onChange: () => void;
  readonly #links = new Map<ViewName, HTMLAnchorElement>();
  #shown: ViewName = firstView;

  /** `onChange` is called after another view was chosen. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    const menu = byId('menu', 'ul');
    for (const name of viewNames) {
      const link = element('a', words.views[name]);
      link.href = `#${name}`;
      const item = element('li');
      item.append(link);
      menu.append(item);
      this.#links.set(name, link);
    }
    byId('skip', 'a').addEventListener('click', (event) => {
      event.preventDefault(); // the address names the view
      byId('main', 'main').focus();
    });
    offerLanguages();
    addEventListener('hashchange', () => {
      this.#show(this.#named());
      byId('main', 'main').focus({ preventScroll: true });
      scrollTo(0, 0);
      this.#onChange();
    });
    this.#show(this.#named());
  }

  /** Whether a view is in the menu; all are, until something else is said. */
  offer(name: ViewName, offered: boolean): void {
    const item = this.#links.get(name)?.parentElement;
    if (item !== null && item !== undefined) item.hidden = !offered;
  }

  get shown(): ViewName {
    return this.#shown;
  }

  #named(): ViewName {
    return viewNames.find((name) => location.hash === `#${name}`) ?? firstView;
  }

  #show(shown: ViewName): void {
    this.#shown = shown;
    document.title = `Vigil · ${words.views[shown]}`;
    byId('main', 'main').setAttribute('aria-label', words.views[shown]);
    for (const [name, link] of this.#links) {
      byId(`view-${name}`, 'div').hidden = name !== shown;
      link.ariaCurrent = name === shown ? 'page' : null;
    }
  }
}
