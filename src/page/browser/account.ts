import type { SessionAnswer } from '../protocol.ts';
import { byId, element, setChildren } from './dom.ts';
import { post } from './post.ts';
import { words } from './texts/language.ts';

/** What came of the key in the address, if there was one. */
export type SignedIn = 'accepted' | 'refused' | 'wait' | 'no-key';

/** Who looks at this page, and what they may do. */
export class Account {
  readonly #onChange: (session: SessionAnswer) => void;

  constructor(onChange: (session: SessionAnswer) => void) {
    this.#onChange = onChange;
  }

  /** Shows the key of the address (`#key=…`) once and takes it out of the address, so that nobody reads it there. */
  async signIn(): Promise<SignedIn> {
    const key = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
    if (key === undefined) {
      await this.renew();
      return 'no-key';
    }
    history.replaceState(null, '', location.pathname);
    const response = await post('/session', { key });
    if (!response.ok) {
      await this.renew();
      return response.status === 429 ? 'wait' : 'refused';
    }
    this.#tell(await response.json());
    return 'accepted';
  }

  /** Asks who this page is signed in as: that ends when a user is removed, or the device begins anew. */
  async renew(): Promise<void> {
    const response = await fetch('/session');
    if (response.ok) this.#tell(await response.json());
  }

  #tell(session: SessionAnswer): void {
    // Nothing can be seen without signing in: that page says so.
    if (!session.scopes.includes('status')) {
      location.assign('/login');
      return;
    }
    show(session);
    this.#onChange(session);
  }
}

function show({ name }: SessionAnswer): void {
  setChildren(byId('account', 'p'), name ?? '', () => {
    if (name === null) {
      const link = element('a', words.account.signIn);
      link.href = '/login';
      return [link];
    }
    const button = element('button', words.account.signOut);
    button.type = 'button';
    button.addEventListener('click', () => {
      void post('/sign-out', {}).then(() => location.assign('/'));
    });
    return [element('span', words.account.is(name)), button];
  });
}
