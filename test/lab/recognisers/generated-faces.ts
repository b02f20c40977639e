import { Random } from '../../../hal/sim/random.ts';
import type { LabelledFaces } from '../../../src/lab/recognisers/recogniser.ts';

/**
 * Pictures of people that nobody is: each person a pattern of waves, each picture of them with its own light and
 * noise. Seeded, so that they are the same every time.
 */
export function generatedFaces(people: number, each: number, sidePx = 40, seed = 1): LabelledFaces {
  const random = Random.seeded(seed);
  const next = () => random.uniform();
  const faces: Uint8Array[] = [];
  const labels: number[] = [];
  for (let label = 0; label < people; label++) {
    const waves = Array.from({ length: 6 }, () => ({
      ...{ x: next() * 0.5, y: next() * 0.5, phase: next() * 2 * Math.PI },
    }));
    for (let i = 0; i < each; i++) {
      const light = 110 + 30 * next();
      const slope = next() - 0.5;
      const face = new Uint8Array(sidePx * sidePx);
      for (let p = 0; p < face.length; p++) {
        const [x, y] = [p % sidePx, Math.floor(p / sidePx)];
        const pattern = waves.reduce((sum, wave) => sum + Math.sin(wave.x * x + wave.y * y + wave.phase), 0);
        face[p] = light + slope * (x - sidePx / 2) + 12 * pattern + 6 * (next() - 0.5);
      }
      faces.push(face);
      labels.push(label);
    }
  }
  return { faces, labels };
}
