import { en, type Words } from './en.ts';
import { es } from './es.ts';

/** Every language of the page, by its code (ISO 639-1), with its own name for itself. */
export const languages = {
  en: { name: 'English', words: en },
  es: { name: 'Español', words: es },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly words: Words }>>;
export type Language = keyof typeof languages;

/** The first of the wanted codes (`es-MX` is Spanish) that the page has; English where it has none. */
export function languageFor(wanted: readonly (string | null)[]): Language {
  return wanted.map((code) => code?.split('-')[0]?.toLowerCase()).find(isLanguage) ?? 'en';
}

function isLanguage(code: string | undefined): code is Language {
  return code !== undefined && Object.hasOwn(languages, code);
}
