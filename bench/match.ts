/** One face against 10,000 people, every one compared: `bun bench/match.ts`. Exits 1 above 2 ms. */
import { Random } from '../hal/sim/random.ts';
import { nearestSubjects } from '../src/vision/match.ts';
import { medianMs } from './measure.ts';

const people = 10_000;
const embeddingLength = 128;
const limitMs = 2;

const random = Random.seeded(1);
const embeddings = new Float32Array(people * embeddingLength);
for (let row = 0; row < people; row++) {
  embeddings.set(random.child(row).unitVector(embeddingLength), row * embeddingLength);
}
const gallery = {
  subjectIds: Array.from({ length: people }, (_, row) => `s${row}`),
  embeddings,
  embeddingLength,
};
const probe = random.child('probe').unitVector(embeddingLength);
const { median, least } = await medianMs(() => nearestSubjects(gallery, probe, 3), 300, 100);
console.log(
  `${people} people: ${median.toFixed(2)} ms a face (least ${least.toFixed(2)}), limit ${limitMs} ms`,
);
process.exit(median <= limitMs ? 0 : 1);
