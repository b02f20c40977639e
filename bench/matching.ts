/** One face against 10,000 people, every one compared: `bun bench/matching.ts`. */
import { Random } from '../hal/sim/random.ts';
import { gallery } from '../src/lab/speed/gallery.ts';
import { nearestSubjects } from '../src/vision/match.ts';
import { finish, rounded } from './support/report.ts';
import { medianMs } from './support/statistics.ts';

const people = 10_000;
const embeddingLength = 128;
const limitMs = 2;

const everybody = gallery(people, embeddingLength);
const probe = Random.seeded(2).unitVector(embeddingLength);
const { median, least } = await medianMs(() => nearestSubjects(everybody, probe, 3), 300, 100);
const plain = await medianMs(() => plainNearest(probe), 100, 50);
if (plainNearest(probe) !== nearestSubjects(everybody, probe, 1)[0]?.subjectId)
  throw new Error('it is not exact');
finish({
  bench: 'matching',
  peer: 'the same, written plainly',
  figures: [
    { what: 'one face against 10,000 people', value: rounded(median), unit: 'ms', limit: { most: limitMs } },
    { what: 'the least of 300', value: rounded(least), unit: 'ms' },
    { what: "speed, of the plain one's", value: rounded(plain.median / median), unit: 'times' },
  ],
});

/** The definition: the row with the least sum of squared differences. */
function plainNearest(vector: Float32Array): string | undefined {
  const { subjectIds, embeddings } = everybody;
  let best = { row: -1, distance: Number.POSITIVE_INFINITY };
  for (let row = 0; row < people; row++) {
    const distance = embeddings
      .subarray(row * embeddingLength, (row + 1) * embeddingLength)
      .reduce((sum, value, i) => sum + (value - vector[i]!) ** 2, 0);
    if (distance < best.distance) best = { row, distance };
  }
  return subjectIds[best.row];
}
