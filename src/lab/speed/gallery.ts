import { Random } from '../../../hal/sim/random.ts';
import type { FaceGallery } from '../../vision/match.ts';

/** So many invented people, their embeddings in random directions: nobody who is seen is one of them. */
export function gallery(people: number, embeddingLength: number): FaceGallery {
  const random = Random.seeded(1);
  const embeddings = new Float32Array(people * embeddingLength);
  for (let row = 0; row < people; row++) {
    embeddings.set(random.child(row).unitVector(embeddingLength), row * embeddingLength);
  }
  return {
    subjectIds: Array.from({ length: people }, (_, row) => `s${row}`),
    embeddings,
    embeddingLength,
  };
}
