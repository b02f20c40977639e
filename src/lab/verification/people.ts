import { dirname } from 'node:path';
import type { Pair } from './pairs-file.ts';

/**
 * Who is on the pictures of the pairs: a picture's folder, as in LFW. Where two pictures of one folder are said to
 * show two people folders are no people, and each picture counts as a person of its own but for its partner.
 */
export function peopleOf(pairs: readonly Pair[]): { readonly a: string; readonly b: string }[] {
  const folders = pairs.every(({ a, b, same }) => same === (dirname(a) === dirname(b)));
  return pairs.map(({ a, b, same }) => {
    const person = folders ? dirname(a) : a;
    return { a: person, b: same ? person : folders ? dirname(b) : b };
  });
}
