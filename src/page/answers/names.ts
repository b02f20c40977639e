import type { Answers } from '../requests.ts';

/** Tells who subjects are. */
export function namesAnswer(
  nameOf: (subjectId: string) => string | undefined,
): Required<Pick<Answers, 'names'>> {
  return {
    names: ({ subjectIds }) => ({
      names: Object.fromEntries(
        subjectIds.flatMap((subjectId) => {
          const name = nameOf(subjectId);
          return name === undefined ? [] : [[subjectId, name] as const];
        }),
      ),
    }),
  };
}
