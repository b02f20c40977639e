import { shuffled } from '../statistics.ts';

/** Who is enrolled by which pictures, and which pictures are tried; pictures by number. */
export interface Fold {
  readonly enrolled: readonly { readonly person: number; readonly pictures: readonly number[] }[];
  /** Of the people who are enrolled, and of those who are not. */
  readonly known: readonly number[];
  readonly strangers: readonly number[];
}

const foldCount = 5;
/** With fewer there is nobody to be mistaken for, or no stranger. */
const leastPeople = 3;

/**
 * Five folds in which everybody who has more than `each` pictures is enrolled by so many. Over all folds a picture is
 * tried at most once, and in a fold none that was learnt from. In one fold each person is left out and tried as a
 * stranger; those with too few pictures always are. Undefined where fewer than three people have more than `each`.
 *
 * @param people the pictures of each person, none of them a copy of another.
 */
export function drawFolds(
  people: readonly (readonly number[])[],
  each: number,
  random: () => number,
): Fold[] | undefined {
  const drawn = people.map((pictures) => shuffled(pictures, random));
  const order = shuffled([...people.keys()], random);
  const enough = order.filter((person) => drawn[person]!.length > each);
  const tooFew = order.filter((person) => drawn[person]!.length <= each);
  if (enough.length < leastPeople) return undefined;
  return Array.from({ length: foldCount }, (_, fold) => {
    const split = enough.map((person, turn) => {
      const pictures = drawn[person]!;
      // Everybody begins in another fold: it is the one that they have a picture in for certain.
      const tried = pictures
        .filter((_picture, i) => (turn + i) % foldCount === fold)
        .slice(0, pictures.length - each);
      const leftOut = turn % foldCount === fold;
      return { person, tried, leftOut, rest: pictures.filter((picture) => !tried.includes(picture)) };
    });
    const enrolled = split.filter(({ leftOut }) => !leftOut);
    return {
      enrolled: enrolled.map(({ person, rest }) => ({ person, pictures: rest.slice(0, each) })),
      known: enrolled.flatMap(({ tried }) => tried),
      strangers: [
        ...split.filter(({ leftOut }) => leftOut).flatMap(({ tried }) => tried),
        ...tooFew.flatMap((person, turn) =>
          drawn[person]!.filter((_picture, i) => (turn + i) % foldCount === fold),
        ),
      ],
    };
  });
}
