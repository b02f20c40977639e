import { byId, element } from './dom.ts';
import { choose, language } from './texts/language.ts';
import { languages } from './texts/languages.ts';

/** Lets whoever reads the page choose its language. */
export function offerLanguages(): void {
  const choice = byId('language', 'select');
  for (const [code, { name }] of Object.entries(languages)) {
    const option = element('option', name);
    option.value = code;
    option.lang = code;
    choice.append(option);
  }
  choice.value = language;
  choice.addEventListener('change', () => choose(choice.value));
}
