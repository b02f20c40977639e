import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { anySetting } from '../machines/arbitrary.ts';
import { expectUnbroken } from '../machines/unbroken.ts';

const seeds = 2_000;

test(`whoever comes and whatever breaks, from seed 1 to ${seeds}, no rule is broken`, async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const [setting = {}] = fc.sample(anySetting, { seed, numRuns: 1 });
    try {
      await expectUnbroken(setting);
    } catch (error) {
      broken.push(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.log(`${seeds} seeds, ${broken.length} with a problem`);
  expect(broken).toEqual([]);
}, 3_600_000);
