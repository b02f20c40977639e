import { byId } from './dom.ts';
import { post } from './post.ts';
import { words, writeTexts } from './texts/language.ts';

/** The page on which a user signs in. */
writeTexts();
document.title = `Vigil · ${words.html.signIn}`;

const password = byId('password', 'input');
const button = byId('sign-in', 'button');
byId('name', 'input').focus();

byId('login', 'form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  signIn()
    .catch(() => words.account.unreachable)
    .then((problem) => {
      byId('problem', 'p').textContent = problem;
      button.disabled = false;
      password.select();
    });
});

/** Gives what is wrong; nothing where the page goes on to another one. */
async function signIn(): Promise<string> {
  const name = byId('name', 'input').value.trim();
  const response = await post('/session', { name, password: password.value });
  if (response.ok) {
    location.assign('/');
    return '';
  }
  if (response.status !== 429) return words.account.wrong;
  return words.account.wait(Number(response.headers.get('retry-after') ?? 1));
}
