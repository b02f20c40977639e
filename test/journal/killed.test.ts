import { afterEach, expect, test } from 'bun:test';
import { Random } from '../../hal/sim/random.ts';
import { killOnce } from './killed.ts';
import { removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

test('kill -9 in the middle of writing and erasing loses nothing that was confirmed, and leaves the chain whole', async () => {
  const directory = temporaryFolder();
  const random = Random.seeded(9);
  let before = 0;
  for (let round = 0; round < 4; round++) {
    const confirmed = await killOnce(directory, random);
    expect(confirmed).toBeGreaterThan(before);
    before = confirmed;
  }
}, 60_000);
