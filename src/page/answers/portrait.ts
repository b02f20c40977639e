import type { Answers } from '../requests.ts';

/** Gives pictures of people as JPEGs, null where there is none. */
export function portraitAnswer(
  portraitOf: (subjectId: string, signal: AbortSignal) => Promise<Uint8Array | null>,
): Required<Pick<Answers, 'portrait'>> {
  return {
    portrait: async ({ subjectId }, _, signal) => {
      const jpeg = await portraitOf(subjectId, signal);
      return { jpegBase64: jpeg === null ? null : jpeg.toBase64() };
    },
  };
}
