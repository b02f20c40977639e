import { afterEach, expect, test } from 'bun:test';
import { removeTemporary } from '../people/temporary.ts';
import { killErasures } from '../runtime/erasure/erasure-killed.ts';

afterEach(removeTemporary);

test('kill -9 at a hundred moments of an erasure: the next start finishes it, and nothing is left', async () => {
  const delaysMs = Array.from({ length: 100 }, (_, round) => (round * 7) % 60);
  const { begun } = await killErasures(delaysMs);
  expect(begun).toBeGreaterThan(10);
}, 600_000);
