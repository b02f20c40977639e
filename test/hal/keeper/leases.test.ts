import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { HalError } from '../../../hal/contract/errors.ts';
import type { DigitalOutput } from '../../../hal/contract/gpio.ts';
import type { ActuatorLine } from '../../../hal/contract/keeper.ts';
import { type LeaseEnd, Leases } from '../../../hal/keeper/leases.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

/** An output whose writes can fail, hang, or not reach the line. */
class TestOutput implements DigitalOutput {
  readonly name: string;
  readonly log: [atMs: number, on: boolean][] = [];
  level = true; // as a line that something left on
  commanded = false;
  closed = false;
  failing = false;
  stuck = false;
  /** While set, a write away from the safe level waits for it and then reaches the line. */
  hang: Promise<void> | undefined;
  readonly #clock: VirtualClock;
  readonly #safeOn: boolean;

  constructor(name: string, clock: VirtualClock, safeOn: boolean) {
    this.name = name;
    this.#clock = clock;
    this.#safeOn = safeOn;
  }

  async set(on: boolean): Promise<void> {
    if (this.failing) throw new HalError('io', this.name, 'the write failed');
    this.commanded = on;
    if (on !== this.#safeOn && this.hang !== undefined) await this.hang;
    if (!this.stuck) this.level = on;
    this.log.push([this.#clock.nowMs(), on]);
  }

  async read(): Promise<boolean> {
    return this.level;
  }

  async close(): Promise<void> {
    this.log.push([this.#clock.nowMs(), this.level]);
    this.closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const actuators: readonly ActuatorLine[] = [
  { name: 'green', safeOn: false, maxOnMs: 3000, interlock: 'door' },
  { name: 'strike', safeOn: false, maxOnMs: 3000, interlock: 'door' },
  { name: 'magnet', safeOn: true, maxOnMs: 5000 },
];
const limits = { rearmMs: 500, deadTimeMs: 100, retryMs: 50 };

async function started() {
  const clock = new VirtualClock();
  const outputs = actuators.map((line) => new TestOutput(line.name, clock, line.safeOn));
  const [green, strike, magnet] = outputs as [TestOutput, TestOutput, TestOutput];
  const ends: [string, LeaseEnd][] = [];
  const leases = new Leases({
    lines: actuators.map((line, i) => ({ line, output: outputs[i]! })),
    clock,
    limits,
    onLeaseEnd: (line, end) => ends.push([line, end]),
  });
  await leases.start();
  return { clock, leases, green, strike, magnet, ends };
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof HalError ? error.kind : String(error)),
  );
}

describe('a line is at its safe level', () => {
  test('before and after it is taken, whatever it was left at', async () => {
    const { green, magnet } = await started();
    expect(green.log).toEqual([
      [0, false],
      [0, false],
    ]);
    expect(magnet.log).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  test('when its lease is over, to the millisecond', async () => {
    const { clock, leases, green, ends } = await started();
    await leases.grant('green', 700);
    expect(green.level).toBe(true);
    await clock.runUntil(699);
    expect(green.level).toBe(true);
    await clock.runUntil(700);
    expect(green.level).toBe(false);
    expect(ends).toEqual([['green', 'expired']]);
  });

  test('for a fail-safe line that means on', async () => {
    const { clock, leases, magnet } = await started();
    await leases.grant('magnet', 700);
    expect(magnet.level).toBe(false);
    await clock.runUntil(700);
    expect(magnet.level).toBe(true);
  });

  test('after maxOnMs from the grant, however often it is renewed and however much is asked for', async () => {
    const { clock, leases, green, ends } = await started();
    await leases.grant('green', 60_000);
    for (let atMs = 500; atMs < 3000; atMs += 500) {
      await clock.runUntil(atMs);
      await leases.renew('green', 60_000);
    }
    await clock.runUntil(2999);
    expect(green.level).toBe(true);
    await clock.runUntil(3000);
    expect(green.level).toBe(false);
    expect(ends).toEqual([['green', 'max-on']]);
    expect(await kindOf(leases.renew('green', 100))).toBe('closed');
  });

  test('as soon as it is released', async () => {
    const { leases, green } = await started();
    await leases.grant('green', 700);
    await leases.release('green');
    expect(green.level).toBe(false);
  });

  test('before the keeper lets it go, and the keeper leaves no timer', async () => {
    const { clock, leases, green } = await started();
    await leases.grant('green', 700);
    await leases.close();
    await leases.close();
    expect(green.log.slice(-2)).toEqual([
      [0, false],
      [0, false],
    ]);
    expect(green.closed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(await kindOf(leases.grant('green', 700))).toBe('closed');
  });

  test('also when a write away from it hangs and reaches the line late', async () => {
    const { clock, leases, green } = await started();
    const hang = Promise.withResolvers<void>();
    green.hang = hang.promise;
    const granted = kindOf(leases.grant('green', 100));
    await clock.runUntil(100);
    expect(green.log.at(-1)).toEqual([100, false]);
    hang.resolve();
    expect(await granted).toBe('timeout');
    await clock.runUntil(200);
    expect(green.level).toBe(false);
    expect(green.log.slice(-2).map(([, on]) => on)).toEqual([true, false]);
  });
});

describe('a grant is refused', () => {
  test('before the lines were taken', async () => {
    const clock = new VirtualClock();
    const output = new TestOutput('green', clock, false);
    const leases = new Leases({ lines: [{ line: actuators[0]!, output }], clock });
    expect(await kindOf(leases.grant('green', 100))).toBe('busy');
    expect(output.log).toEqual([]);
  });

  test('for a line that is not there, or a lease that is no time', async () => {
    const { leases } = await started();
    expect(await kindOf(leases.grant('gate', 100))).toBe('invalid-argument');
    for (const leaseMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await kindOf(leases.grant('green', leaseMs))).toBe('invalid-argument');
    }
  });

  test('while a lease runs: it would begin its longest time anew', async () => {
    const { leases } = await started();
    await leases.grant('green', 700);
    expect(await kindOf(leases.grant('green', 700))).toBe('busy');
  });

  test('while an interlocked line is away from its safe level, and for the dead time after', async () => {
    const { clock, leases, strike } = await started();
    await leases.grant('green', 300);
    expect(await kindOf(leases.grant('strike', 300))).toBe('busy');
    expect(await kindOf(leases.grant('magnet', 300))).toBe('done');
    await clock.runUntil(399);
    expect(await kindOf(leases.grant('strike', 300))).toBe('busy');
    await clock.runUntil(400);
    expect(await kindOf(leases.grant('strike', 300))).toBe('done');
    expect(strike.level).toBe(true);
  });

  test('until the re-arm time is over; a release that was not needed does not begin it again', async () => {
    const { clock, leases } = await started();
    await leases.grant('green', 100);
    await clock.runUntil(400);
    await leases.release('green');
    await clock.runUntil(599);
    expect(await kindOf(leases.grant('green', 100))).toBe('busy');
    await clock.runUntil(600);
    expect(await kindOf(leases.grant('green', 100))).toBe('done');
  });

  test('when the line reads back wrong, and it is made safe again', async () => {
    const { leases, green, ends } = await started();
    green.stuck = true;
    expect(await kindOf(leases.grant('green', 100))).toBe('io');
    expect(green.log.at(-1)?.[1]).toBe(false);
    expect(ends).toEqual([['green', 'read-back']]);
  });
});

test('a renewal finds a line that has fallen back by itself', async () => {
  const { leases, green } = await started();
  await leases.grant('green', 100);
  green.level = false;
  expect(await kindOf(leases.renew('green', 100))).toBe('io');
});

test('a safe level that cannot be written is written again until it can, and blocks its interlock meanwhile', async () => {
  const { clock, leases, green } = await started();
  await leases.grant('green', 100);
  green.failing = true;
  await clock.runUntil(1000);
  expect(green.level).toBe(true);
  expect(await kindOf(leases.grant('green', 100))).toBe('io');
  expect(await kindOf(leases.grant('strike', 100))).toBe('busy');
  expect(await kindOf(leases.release('green'))).toBe('io');
  green.failing = false;
  await clock.runUntil(1050);
  expect(green.level).toBe(false);
  await clock.runUntil(1550);
  expect(await kindOf(leases.grant('green', 100))).toBe('done');
});

test('whatever is asked: no line is on longer than its bound, interlocked lines are never on together, and rests are kept', async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 900 }),
    op: fc.constantFrom('grant', 'renew', 'release'),
    line: fc.constantFrom('green', 'strike', 'magnet'),
    leaseMs: fc.integer({ min: 1, max: 6000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, leases, green, strike } = await started();
      for (const { waitMs, op, line, leaseMs } of steps) {
        await clock.runFor(waitMs);
        const done = op === 'release' ? leases.release(line) : leases[op](line, leaseMs);
        await done.catch(() => undefined);
        expect(green.level && strike.level).toBe(false);
      }
      await clock.runFor(10_000);
      for (const output of [green, strike]) {
        let onAtMs: number | undefined;
        let offAtMs: number | undefined;
        for (const [atMs, on] of output.log) {
          if (on) {
            expect(atMs - (offAtMs ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(limits.rearmMs);
            onAtMs = atMs;
          } else if (onAtMs !== undefined) {
            expect(atMs - onAtMs).toBeLessThanOrEqual(3000);
            onAtMs = undefined;
            offAtMs = atMs;
          }
        }
        expect(onAtMs).toBeUndefined();
      }
      await leases.close();
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 60 },
  );
});
