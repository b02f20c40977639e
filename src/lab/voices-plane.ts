import { tsne } from './projection/tsne.ts';
import { shuffled } from './statistics.ts';
import type { EmbeddedPiece, OpenSetVoices } from './voices-open-set.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring, VoicesPlane } from './voices-report.ts';
import type { VoiceSplit } from './voices-split.ts';

/** All distances are kept in memory, and more points than this only cover each other. */
const mostPieces = 2_000;

/**
 * Brings the shortest pieces of everybody on a plane by t-SNE: of them there are most, and at most 2,000 are shown, by
 * chance. `random` decides which, and the plane.
 */
export async function voicesOnPlane(
  { speakers, strangers }: VoiceSplit<Recording>,
  voices: OpenSetVoices,
  { lengthsS, progress }: Measuring,
  random: () => number,
  signal: AbortSignal,
): Promise<VoicesPlane> {
  const seconds = lengthsS[0]!;
  const names = new Set(speakers.map(({ person }) => person));
  const recordings = [...speakers, ...strangers].flatMap((person) => person.recordings);
  const pieces: EmbeddedPiece[] = [];
  for (const [done, recording] of recordings.entries()) {
    signal.throwIfAborted();
    progress('recordings for the plane', done, recordings.length);
    pieces.push(...(await voices.piecesOf(recording, seconds)));
  }
  const shown = shuffled(pieces, random)
    .slice(0, mostPieces)
    .flatMap(({ spokenBy, embedding }) => (embedding === null ? [] : [{ spokenBy, embedding }]));
  const embeddings = shown.map(({ embedding }) => embedding);
  const plane = await tsne(embeddings, {
    random,
    progress: (done, total) => progress('t-SNE', done, total),
    signal,
  });
  return { seconds, spokenBy: shown.map(({ spokenBy }) => (names.has(spokenBy) ? spokenBy : null)), plane };
}
