import { Random } from '../../../hal/sim/random.ts';
import { featureCount } from '../../../src/hearing/features/features193.ts';
import type { LabelledFeatures } from '../../../src/hearing/train/closed-set.ts';

/** Made up features of speakers who differ in some of them; `salt` gives others of the same speakers. */
export function madeFeatures(labels: readonly string[], each: number, salt: string): LabelledFeatures[] {
  const noise = Random.seeded(5).child(salt);
  return Array.from({ length: labels.length * each }, (_, i) => {
    const speaker = i % labels.length;
    const features = Float32Array.from({ length: featureCount }, (_, column) => {
      const own = column % labels.length === speaker ? 30 : 0;
      return -100 + column + noise.normal(own, 20);
    });
    return { label: labels[speaker]!, features };
  });
}
