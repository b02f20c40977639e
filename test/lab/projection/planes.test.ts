import { describe, expect, test } from 'bun:test';
import { Random } from '../../../hal/sim/random.ts';
import { groupsOf, silhouette } from '../../../src/lab/projection/clusters.ts';
import { distancesOf } from '../../../src/lab/projection/distances.ts';
import type { Plane, Steps } from '../../../src/lab/projection/plane.ts';
import { tsne } from '../../../src/lab/projection/tsne.ts';
import { umap } from '../../../src/lab/projection/umap.ts';

/** Pictures of `people` people, each embedding a little off its person's direction. */
function embeddings(people: number, each: number): { rows: Float32Array[]; labels: string[] } {
  const random = Random.seeded(7);
  const labels: string[] = [];
  const rows = Array.from({ length: people }, (_, person) => {
    const direction = random.unitVector(128);
    return Array.from({ length: each }, () => {
      labels.push(`${person}`);
      const off = random.unitVector(128);
      const moved = direction.map((value, k) => value + 0.5 * off[k]!);
      const length = Math.hypot(...moved);
      return moved.map((value) => value / length);
    });
  }).flat();
  return { rows, labels };
}

function steps(seed: number, signal = new AbortController().signal): Steps {
  const random = Random.seeded(seed);
  return { random: () => random.uniform(), progress: () => {}, signal };
}

const places = (plane: Plane) =>
  Array.from({ length: plane.length / 2 }, (_, i) => plane.subarray(2 * i, 2 * i + 2));

for (const [name, project] of [
  ['t-SNE', tsne],
  ['UMAP', umap],
] as const) {
  describe(name, () => {
    test('brings six people to six groups that are far apart', async () => {
      const { rows, labels } = embeddings(6, 15);
      const plane = distancesOf(places(await project(rows, steps(1))));
      expect(silhouette(plane, labels)).toBeGreaterThan(0.7);
      expect(groupsOf(plane)!.groups).toBe(6);
    });

    test('gives the same plane to the bit for one seed, and another one for another', async () => {
      const { rows } = embeddings(3, 8);
      const plane = await project(rows, steps(1));
      expect(await project(rows, steps(1))).toEqual(plane);
      expect(await project(rows, steps(2))).not.toEqual(plane);
    });

    test('bears one picture, two, and the same one ten times', async () => {
      const { rows } = embeddings(1, 2);
      expect(await project([], steps(1))).toEqual(new Float64Array(0));
      expect(await project(rows.slice(0, 1), steps(1))).toEqual(new Float64Array(2));
      for (const some of [rows, new Array<Float32Array>(10).fill(rows[0]!)]) {
        expect((await project(some, steps(1))).every(Number.isFinite)).toBe(true);
      }
    });

    test('ends at once with the reason of an abort', async () => {
      const { rows } = embeddings(2, 10);
      const reason = new Error('enough');
      const failed = await project(rows, steps(1, AbortSignal.abort(reason))).catch(
        (error: unknown) => error,
      );
      expect(failed).toBe(reason);
    });
  });
}
