import { afterEach, expect, test } from 'bun:test';
import { Random } from '../../hal/sim/random.ts';
import { killOnce } from '../journal/killed.ts';
import { removeTemporary, temporaryFolder } from '../journal/temporary.ts';

afterEach(removeTemporary);

test('200 times kill -9 at a random moment: nothing confirmed is lost, the chain stays whole', async () => {
  const directory = temporaryFolder();
  const random = Random.seeded(200);
  let before = 0;
  for (let round = 0; round < 200; round++) {
    const confirmed = await killOnce(directory, random);
    expect(confirmed).toBeGreaterThan(before);
    before = confirmed;
  }
  console.log(`200 kills, ${before} entries`);
}, 900_000);
