import { afterAll, beforeAll, test } from 'bun:test';
import { furtherMutants } from '../scenario/mutants.ts';
import { expectKilled, MutatedCopy } from '../scenario/mutated-copy.ts';

let copy: MutatedCopy;
beforeAll(() => {
  copy = new MutatedCopy();
});
afterAll(() => copy[Symbol.dispose]());

test.each(furtherMutants.map((mutant) => [mutant.scenario, mutant.without, mutant] as const))(
  '%s fails without %s',
  (_, __, mutant) => expectKilled(copy, mutant),
  120_000,
);
