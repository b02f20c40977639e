import { findCopies } from '../copies.ts';
import type { DescribedPictures } from '../described-pictures.ts';
import { falseAcceptRates } from './figures.ts';
import type { Pair, PairsFile } from './pairs-file.ts';
import { peopleOf } from './people.ts';

/** What a list of pairs and its pictures turned out to be. */
export interface VerifiedList {
  readonly list: PairsFile;
  /** Those that were compared, and a fold for each. */
  readonly pairs: readonly Pair[];
  readonly folds: readonly number[] | undefined;
  readonly described: DescribedPictures;
  readonly pathOf: (picture: string) => string;
}

/** So many lines are named in a remark; the rest are counted. */
const named = 3;

/** What should be known of the data before its figures are believed. */
export function remarksOn(verified: VerifiedList): string[] {
  return [
    ...leftOut(verified),
    ...severalFaces(verified),
    ...copies(verified),
    ...folding(verified),
    ...few(verified),
  ];
}

function leftOut({ list, pairs, described: { problems }, pathOf }: VerifiedList): string[] {
  const missing = list.pairs.length - pairs.length;
  if (missing === 0) return [];
  const lines = list.pairs
    .filter(({ a, b }) => problems.has(pathOf(a)) || problems.has(pathOf(b)))
    .map(({ line }) => line);
  const [problem] = problems.values();
  const pictures = problems.size === 1 ? '1 picture' : `${problems.size} pictures`;
  return [
    `${counted(missing, 'pair')} left out, because ${pictures} cannot be read: ${inLines(lines)}. The first: ${problem}`,
  ];
}

function severalFaces({ described: { bySha256 } }: VerifiedList): string[] {
  const several = [...bySha256.values()].filter(({ faces }) => faces > 1).length;
  return several === 0
    ? []
    : [`${counted(several, 'picture')} with several faces: the one nearest to the middle was compared.`];
}

/** One picture in both places of a pair, or in pairs of different folds. */
function copies({ pairs, folds, described: { bySha256, sha256Of }, pathOf }: VerifiedList): string[] {
  const pictures = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].map((path) => {
    const sha256 = sha256Of.get(pathOf(path))!;
    return { path, sha256, fingerprint: bySha256.get(sha256)!.fingerprint };
  });
  const found = findCopies(pictures);
  const remarks: string[] = [];
  const key = (a: string, b: string) => JSON.stringify([a, b].sort());
  const together = new Set(found.map(({ a, b }) => key(a, b)));
  const isCopy = ({ a, b }: Pair) => a === b || together.has(key(a, b));
  const easy = pairs.filter((pair) => pair.same && isCopy(pair));
  const contradictory = pairs.filter((pair) => !pair.same && isCopy(pair));
  if (easy.length > 0) {
    remarks.push(
      `${counted(easy.length, 'pair')} of one picture and a copy of it, which is no test of anything: ${inLines(easy.map(({ line }) => line))}.`,
    );
  }
  if (contradictory.length > 0) {
    remarks.push(
      `${counted(contradictory.length, 'pair')} said to show two people, of one picture and a copy of it: ${inLines(contradictory.map(({ line }) => line))}.`,
    );
  }
  const foldsOf = new Map<string, Set<number>>();
  for (const [i, { a, b }] of pairs.entries()) {
    for (const picture of [a, b]) {
      foldsOf.set(picture, (foldsOf.get(picture) ?? new Set()).add(folds?.[i] ?? 0));
    }
  }
  const leaks = found.filter(({ a, b }) => foldsOf.get(a)!.union(foldsOf.get(b)!).size > 1);
  if (found.length > 0) {
    const exact = found.filter((pair) => pair.exact).length;
    remarks.push(
      `${counted(found.length, 'time')} one picture lies there under two names (${exact} as the same file, the rest by their look)` +
        (leaks.length === 0 ? '.' : `; ${leaks.length} of them stand in different folds.`),
    );
  }
  return remarks;
}

function folding({ list, pairs, folds }: VerifiedList): string[] {
  if (folds === undefined) {
    return ['There are fewer than ten pairs of a kind, so no accuracy by ten folds was measured.'];
  }
  const of = new Map<string, Set<number>>();
  for (const [i, { a, b }] of peopleOf(pairs).entries()) {
    for (const person of [a, b]) of.set(person, (of.get(person) ?? new Set()).add(folds[i]!));
  }
  const shared = [...of.values()].filter((own) => own.size > 1).length;
  const how =
    list.folds === undefined ? 'The folds were drawn by the seed' : 'The folds are those of the list';
  return shared === 0
    ? [`${how}; nobody is in two of them.`]
    : [
        `${how}; ${shared} of ${of.size} people are in more than one, so that the threshold was chosen on pictures of people it was tried on.`,
      ];
}

function few({ pairs }: VerifiedList): string[] {
  const different = pairs.filter(({ same }) => !same).length;
  const least = Math.min(...falseAcceptRates);
  return different * least >= 1
    ? []
    : [
        `With ${different} pairs of two people a false accept rate of ${least * 100} % means that none is accepted: the true rate there may be up to ${((3 / different) * 100).toFixed(1)} %.`,
      ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function inLines(lines: readonly number[]): string {
  const shown = lines.slice(0, named).join(', ');
  const more = lines.length > named ? ` and ${lines.length - named} more` : '';
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${more}`;
}
