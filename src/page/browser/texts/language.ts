import type { Words } from './en.ts';
import { type Language, languageFor, languages } from './languages.ts';

const storageKey = 'language';

/** The language of this page: the one that was chosen on it, else the browser's. */
export const language: Language = languageFor([chosenEarlier(), ...navigator.languages]);

/** Everything that this page says. */
export const words: Words = languages[language].words;

/** The page begins anew in this language, now and whenever it is opened. */
export function choose(code: string): void {
  localStorage.setItem(storageKey, code);
  location.reload();
}

/** Puts the texts into the page's HTML, which names them: `data-text` its content, the others an attribute. */
export function writeTexts(): void {
  document.documentElement.lang = language;
  const html: Readonly<Record<string, string>> = words.html;
  for (const target of document.querySelectorAll('[data-text]')) {
    target.textContent = html[target.textContent.trim()] ?? '';
  }
  for (const target of document.querySelectorAll<HTMLElement>('[data-label]')) {
    target.ariaLabel = html[target.dataset.label ?? ''] ?? '';
  }
  for (const target of document.querySelectorAll<HTMLElement>('[data-hint]')) {
    target.setAttribute('placeholder', html[target.dataset.hint ?? ''] ?? '');
  }
}

function chosenEarlier(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}
