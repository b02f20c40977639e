import { afterAll, describe, expect, test } from 'bun:test';
import type { Clock } from '../../../hal/contract/clock.ts';
import { HalError, type HalErrorKind } from '../../../hal/contract/errors.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { expectedSkips } from './skips.ts';

/** How time passes for the implementation under test. */
export interface ContractTime {
  readonly clock: Clock;
  /** Lets time pass until `work` has settled. */
  settle<T>(work: Promise<T>): Promise<T>;
  pass(ms: number): Promise<void>;
}

export function virtualTime(clock = new VirtualClock()): ContractTime & { readonly clock: VirtualClock } {
  return {
    clock,
    settle: (work) => clock.runUntilSettled(work, 60_000),
    pass: (ms) => clock.runFor(ms),
  };
}

/** For drivers of real devices and files. `clock` is the one that the driver was given. */
export function realTime(clock: Clock): ContractTime {
  return { clock, settle: (work) => work, pass: (ms) => clock.sleep(ms) };
}

/** What every suite gets to try a rule on: made anew for each rule, disposed of afterwards. */
export interface Rig extends AsyncDisposable {
  readonly time: ContractTime;
}

/**
 * Registers one test for each rule of a port's contract. A rule that an implementation cannot be tried on has an
 * entry in skips.ts with the reason; a rig that lacks what a rule needs and is not listed there fails.
 */
export function contractSuite<R extends Rig>(
  port: string,
  implementation: string,
  make: () => Promise<R>,
  rules: Readonly<Record<string, (rig: R) => Promise<void>>>,
): void {
  const skips = expectedSkips.filter((skip) => skip.port === port && skip.implementation === implementation);
  describe(`${port} contract, ${implementation}`, () => {
    for (const [rule, check] of Object.entries(rules)) {
      const skip = skips.find((entry) => entry.rule === rule);
      if (skip !== undefined) {
        test.skip(`${rule} (skipped: ${skip.reason})`, () => {});
        continue;
      }
      test(rule, async () => {
        await using rig = await make();
        await check(rig);
      });
    }
    test('skips only what is listed, and lists only rules there are', () => {
      expect(skips.map(({ rule }) => rule).filter((rule) => !(rule in rules))).toEqual([]);
    });
    afterAll(() => {
      if (skips.length > 0)
        console.log(`${port} contract, ${implementation}: ${skips.length} expected skips`);
    });
  });
}

/** What a rule needs of its rig and the rig does not have: list the rule in skips.ts, with the reason. */
export function needed<T>(part: T | undefined, what: string): T {
  if (part === undefined)
    throw new Error(`the rig has no '${what}': give it one, or list the rule in skips.ts`);
  return part;
}

/** Expects `work` to reject with a HalError of this kind (or one of these), and gives it. */
export async function expectHalError(
  time: ContractTime,
  work: Promise<unknown>,
  ...kinds: readonly HalErrorKind[]
): Promise<HalError> {
  const error = await rejection(time, work);
  expect(error).toBeInstanceOf(HalError);
  if (error instanceof HalError && kinds.length > 0) expect(kinds).toContain(error.kind);
  return error as HalError;
}

/** The value that `work` rejects with. */
export async function rejection(time: ContractTime, work: Promise<unknown>): Promise<unknown> {
  const outcome = await time.settle(
    work.then(
      () => ({ resolved: true as const }),
      (error: unknown) => ({ resolved: false as const, error }),
    ),
  );
  if (outcome.resolved) throw new Error('expected a rejection, but it resolved');
  return outcome.error;
}

/** A signal that nobody aborts. */
export const never: AbortSignal = new AbortController().signal;

/** A signal that is aborted already, and its reason. */
export function aborted(): { readonly signal: AbortSignal; readonly reason: Error } {
  const reason = new Error('aborted by the test');
  return { signal: AbortSignal.abort(reason), reason };
}
