import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ActuatorGrant } from '../../hal/actuator.ts';
import type { ActuatorLine, LineKeeper } from '../../hal/contract/keeper.ts';
import { Guard } from '../../hal/guard.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../hal/sim/keeper.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';

const never = new AbortController().signal;
const strike: ActuatorLine = { name: 'strike', safeOn: false, maxOnMs: 5_000 };
const inner: ActuatorLine = { name: 'inner', safeOn: false, maxOnMs: 5_000, interlock: 'airlock' };
const outer: ActuatorLine = { name: 'outer', safeOn: false, maxOnMs: 5_000, interlock: 'airlock' };

async function guarded(lines: readonly ActuatorLine[] = [strike]) {
  const clock = new VirtualClock();
  const faults = new FaultBoard(clock);
  const keeper = new SimulatedKeeper({ clock, faults, lines });
  await clock.runUntilSettled(keeper.start());
  const guard = new Guard({ clock, keeper, lines });
  await clock.runUntilSettled(guard.setUp());
  let grants = 0;
  const fresh = (changes: Partial<ActuatorGrant> = {}): ActuatorGrant => ({
    grantId: `grant-${++grants}`,
    issuedAtMs: clock.nowMs(),
    holdMs: 2_000,
    maxAgeMs: 500,
    ...changes,
  });
  const edges = () => keeper.history.map(({ atMs, line, on }) => `${atMs} ${line} ${on ? 'on' : 'off'}`);
  const settled = <T>(work: Promise<T>) => clock.runUntilSettled(work);
  /** The kind of the HalError that the work rejects with. */
  const refusal = (work: Promise<unknown>) =>
    settled(
      work.then(
        () => 'done',
        (error: { kind?: string; message: string }) => error.kind ?? error.message,
      ),
    );
  return { clock, faults, keeper, guard, fresh, edges, settled, refusal };
}

describe('guard', () => {
  test('holds an actuator for the time of the grant, on leases that are renewed', async () => {
    const { clock, guard, fresh, edges, settled, keeper } = await guarded();
    const hold = await settled(guard.actuator('strike').grant(fresh(), never));
    expect(hold.untilMs).toBe(2_000);
    expect(await settled(hold.ended)).toEqual({ reason: 'elapsed', verifiedSafe: true });
    await clock.runFor(10_000);
    expect(edges()).toEqual(['0 strike on', '2000 strike off']);
    expect(keeper.leaseEnds).toHaveLength(1);
    await settled(guard.close());
    await settled(keeper.close());
    expect(clock.pendingTimers).toBe(0);
  });

  test('writes the safe level before and after set-up', async () => {
    const { keeper } = await guarded([{ ...strike, safeOn: true }]);
    const writes = keeper.outputs.get('strike')!.writes;
    expect(writes.length).toBeGreaterThanOrEqual(2);
    expect(writes.every(({ on }) => on)).toBe(true);
  });

  test('holds a fail-safe line away from its safe level, which is on', async () => {
    const { guard, fresh, edges, settled } = await guarded([{ ...strike, safeOn: true }]);
    const hold = await settled(guard.actuator('strike').grant(fresh(), never));
    await settled(hold.ended);
    expect(edges()).toEqual(['0 strike on', '0 strike off', '2000 strike on']);
  });

  test('refuses a grant that is stale, used, from the future, or longer than the bound', async () => {
    const { clock, guard, fresh, edges, settled, refusal } = await guarded();
    const actuator = guard.actuator('strike');
    await clock.runFor(1_000);
    const used = fresh({ holdMs: 100 });
    await settled((await settled(actuator.grant(used, never))).ended);
    await clock.runFor(300);
    expect(await refusal(actuator.grant(used, never))).toBe('invalid-argument');
    expect(await refusal(actuator.grant(fresh({ issuedAtMs: clock.nowMs() - 501 }), never))).toBe(
      'invalid-argument',
    );
    expect(await refusal(actuator.grant(fresh({ issuedAtMs: clock.nowMs() + 1 }), never))).toBe(
      'invalid-argument',
    );
    expect(await refusal(actuator.grant(fresh({ holdMs: 5_001 }), never))).toBe('invalid-argument');
    expect(await refusal(actuator.grant(fresh({ holdMs: 0 }), never))).toBe('invalid-argument');
    expect(await refusal(actuator.grant(fresh({ maxAgeMs: Number.NaN }), never))).toBe('invalid-argument');
    expect(edges()).toEqual(['1000 strike on', '1100 strike off']);
  });

  test('refuses a new grant within the re-arm time', async () => {
    const { clock, guard, fresh, settled, refusal } = await guarded();
    const actuator = guard.actuator('strike');
    await settled((await settled(actuator.grant(fresh(), never))).ended);
    await clock.runFor(499);
    expect(await refusal(actuator.grant(fresh(), never))).toBe('busy');
    await clock.runFor(1);
    expect(await refusal(actuator.grant(fresh(), never))).toBe('done');
  });

  test('prolongs a hold by a further grant, but never past the bound', async () => {
    const { clock, guard, fresh, edges, settled } = await guarded();
    const actuator = guard.actuator('strike');
    const first = await settled(actuator.grant(fresh({ holdMs: 3_000 }), never));
    await clock.runUntil(2_900);
    const second = await settled(actuator.grant(fresh({ holdMs: 3_000 }), never));
    expect((await settled(first.ended)).reason).toBe('extended');
    expect((await settled(second.ended)).reason).toBe('elapsed');
    expect(edges()).toEqual(['0 strike on', '5000 strike off']);
  });

  test('switches off when it is released, and may be released at any time', async () => {
    const { clock, guard, fresh, edges, settled } = await guarded();
    const actuator = guard.actuator('strike');
    await settled(actuator.release());
    const hold = await settled(actuator.grant(fresh(), never));
    await clock.runUntil(700);
    await settled(actuator.release());
    expect(await settled(hold.ended)).toEqual({ reason: 'released', verifiedSafe: true });
    expect(edges()).toEqual(['0 strike on', '700 strike off']);
  });

  test('never has two interlocked lines on, waits for the dead time, and checks again after the wait', async () => {
    const { clock, guard, fresh, edges, settled, refusal } = await guarded([inner, outer]);
    const hold = await settled(guard.actuator('inner').grant(fresh({ holdMs: 1_000 }), never));
    expect(await refusal(guard.actuator('outer').grant(fresh(), never))).toBe('busy');
    await settled(hold.ended);
    await settled(guard.actuator('outer').grant(fresh({ holdMs: 1_000 }), never));
    expect(clock.nowMs()).toBe(1_100);
    expect(edges()).toEqual(['0 inner on', '1000 inner off', '1100 outer on']);
    // A grant that grows stale while it waits is refused.
    await clock.runFor(2_000);
    await settled((await settled(guard.actuator('outer').grant(fresh({ holdMs: 50 }), never))).ended);
    expect(await refusal(guard.actuator('inner').grant(fresh({ maxAgeMs: 60 }), never))).toBe(
      'invalid-argument',
    );
  });

  test('makes safe in the middle of switching on, and the grant learns of it', async () => {
    const { guard, fresh, settled, keeper, refusal } = await guarded();
    const granting = refusal(guard.actuator('strike').grant(fresh(), never));
    const reports = await guard.makeSafe();
    expect(reports).toEqual([{ line: 'strike', verified: true }]);
    expect(await granting).toBe('closed');
    expect(keeper.outputs.get('strike')!.level).toBe(false);
    await settled(guard.close());
    expect(await refusal(guard.actuator('strike').grant(fresh(), never))).toBe('closed');
  });

  test('reports a line that does not go where it is told, on the way out and back', async () => {
    const { clock, faults, guard, fresh, settled, refusal, keeper } = await guarded();
    const actuator = guard.actuator('strike');
    const endOff = faults.begin({ fault: 'line-stuck', line: 'strike', on: false });
    expect(await refusal(actuator.grant(fresh(), never))).toBe('io');
    endOff();
    await clock.runFor(1_000);
    const hold = await settled(actuator.grant(fresh(), never));
    const endOn = faults.begin({ fault: 'line-stuck', line: 'strike', on: true });
    const end = await settled(hold.ended);
    expect(end.verifiedSafe).toBe(false);
    expect(end.error?.kind).toBe('io');
    expect(await refusal(actuator.grant(fresh(), never))).toBe('busy');
    endOn();
    await clock.runFor(1_000);
    expect(keeper.outputs.get('strike')!.level).toBe(false);
    expect(await settled(actuator.makeSafe())).toEqual({ line: 'strike', verified: true });
  });

  test('ends the hold when the keeper dies, and grants again when it is back', async () => {
    const { clock, faults, guard, fresh, settled, edges, refusal } = await guarded();
    const hold = await settled(guard.actuator('strike').grant(fresh(), never));
    await clock.runFor(100);
    const back = faults.begin({ fault: 'keeper-gone' });
    const end = await settled(hold.ended);
    expect(end).toMatchObject({ reason: 'failed', verifiedSafe: false });
    expect(end.error?.kind).toBe('disconnected');
    expect(edges()).toEqual(['0 strike on', '100 strike off']);
    back();
    await clock.runFor(1_000);
    expect((await settled(guard.actuator('strike').makeSafe())).verified).toBe(true);
    await clock.runFor(1_000);
    expect(await refusal(guard.actuator('strike').grant(fresh(), never))).toBe('done');
  });

  test('lets the lease run out when nothing reaches the keeper any more', async () => {
    const { clock, faults, guard, fresh, settled, edges } = await guarded();
    const hold = await settled(guard.actuator('strike').grant(fresh({ holdMs: 5_000 }), never));
    await clock.runFor(1_000);
    faults.begin({ fault: 'keeper-client-silent' });
    const end = await settled(hold.ended);
    expect(end.verifiedSafe).toBe(false);
    expect(end.error?.kind).toBe('timeout');
    await clock.runFor(5_000);
    expect(edges()[0]).toBe('0 strike on');
    expect(edges()).toHaveLength(2);
    // At most the lease after the last renewal.
    expect(Number(edges()[1]!.split(' ')[0])).toBeLessThanOrEqual(1_600);
  });

  test('an abort during the dead time leaves the line alone; one while switching makes it safe', async () => {
    const { clock, guard, fresh, settled, edges } = await guarded([inner, outer]);
    await settled((await settled(guard.actuator('inner').grant(fresh({ holdMs: 100 }), never))).ended);
    const abort = new AbortController();
    const reason = new Error('not now');
    const granting = guard
      .actuator('outer')
      .grant(fresh(), abort.signal)
      .catch((error: unknown) => error);
    await clock.runFor(10);
    abort.abort(reason);
    expect(await granting).toBe(reason);
    await clock.runFor(1_000);
    expect(edges()).toEqual(['0 inner on', '100 inner off']);
  });

  test('under any order of calls and faults: never on past the bound, never two interlocked on', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('grant' as const),
        line: fc.constantFrom('inner', 'outer'),
        holdMs: fc.integer({ min: 1, max: 5_000 }),
      }),
      fc.record({ do: fc.constant('release' as const), line: fc.constantFrom('inner', 'outer') }),
      fc.record({ do: fc.constant('safe' as const) }),
      fc.record({
        do: fc.constant('fault' as const),
        kind: fc.constantFrom('keeper-gone' as const, 'keeper-client-silent' as const),
        forMs: fc.integer({ min: 1, max: 2_000 }),
      }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { clock, faults, guard, fresh, keeper } = await guarded([inner, outer]);
        for (const each of steps) {
          if (each.do === 'grant')
            guard
              .actuator(each.line)
              .grant(fresh({ holdMs: each.holdMs }), never)
              .catch(() => {});
          else if (each.do === 'release')
            guard
              .actuator(each.line)
              .release()
              .catch(() => {});
          else if (each.do === 'safe') void guard.makeSafe();
          else if (each.do === 'fault') clock.setTimeout(faults.begin({ fault: each.kind }), each.forMs);
          else await clock.runFor(each.ms);
        }
        await clock.runFor(30_000);
        const onSinceMs = new Map<string, number>();
        for (const { line, on, atMs } of keeper.history) {
          if (on) {
            expect([...onSinceMs.keys()]).toEqual([]);
            onSinceMs.set(line, atMs);
          } else {
            expect(atMs - (onSinceMs.get(line) ?? atMs)).toBeLessThanOrEqual(5_000);
            onSinceMs.delete(line);
          }
        }
        expect([...onSinceMs.keys()]).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('bounds by itself what a keeper that allows everything would not', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('grant' as const),
        line: fc.constantFrom('inner', 'outer'),
        holdMs: fc.integer({ min: 1, max: 5_000 }),
      }),
      fc.record({ do: fc.constant('release' as const), line: fc.constantFrom('inner', 'outer') }),
      fc.record({ do: fc.constant('safe' as const) }),
      fc.record({ do: fc.constant('tick' as const), times: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new VirtualClock();
        const keeper = new TrustingKeeper(clock);
        const guard = new Guard({ clock, keeper, lines: [inner, outer] });
        await clock.runUntilSettled(guard.setUp());
        let grants = 0;
        let safeAtGrants = -1;
        for (const each of steps) {
          if (each.do === 'grant') {
            const grant = {
              grantId: `${++grants}`,
              issuedAtMs: clock.nowMs(),
              holdMs: each.holdMs,
              maxAgeMs: 500,
            };
            guard
              .actuator(each.line)
              .grant(grant, never)
              .catch(() => {});
          } else if (each.do === 'release')
            guard
              .actuator(each.line)
              .release()
              .catch(() => {});
          else if (each.do === 'safe') {
            const grantsBefore = grants;
            void guard.makeSafe().then((reports) => {
              expect(reports.every(({ verified }) => verified)).toBe(true);
              if (grants === grantsBefore) expect([...keeper.on]).toEqual([]);
              if (grants === grantsBefore) safeAtGrants = grants;
            });
          } else if (each.do === 'tick') for (let i = 0; i < each.times; i++) await Promise.resolve();
          else await clock.runFor(each.ms);
          // Reported safe, and nothing granted since: it stays so.
          if (safeAtGrants === grants) expect([...keeper.on]).toEqual([]);
        }
        await clock.runFor(30_000);
        expect([...keeper.on]).toEqual([]);
        let onSinceMs = 0;
        const offAtMs = new Map<string, number>();
        let away: string | undefined;
        for (const { line, on, atMs } of keeper.edges) {
          if (on) {
            expect(away).toBeUndefined();
            const other = line === 'inner' ? 'outer' : 'inner';
            expect(atMs - (offAtMs.get(line) ?? -1e9)).toBeGreaterThanOrEqual(500);
            expect(atMs - (offAtMs.get(other) ?? -1e9)).toBeGreaterThanOrEqual(100);
            onSinceMs = atMs;
            away = line;
          } else {
            expect(atMs - onSinceMs).toBeLessThanOrEqual(5_000);
            offAtMs.set(line, atMs);
            away = undefined;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('making safe wins at every moment of switching on: no rise after it, and no hold', async () => {
    for (let moment = 0; moment <= 30; moment++) {
      const clock = new VirtualClock();
      const keeper = new TrustingKeeper(clock);
      const guard = new Guard({ clock, keeper, lines: [strike] });
      await clock.runUntilSettled(guard.setUp());
      const grant = { grantId: 'one', issuedAtMs: 0, holdMs: 1_000, maxAgeMs: 500 };
      const granting = guard.actuator('strike').grant(grant, never);
      const ended = granting.then(
        (hold) => hold.ended,
        () => ({ reason: 'refused' }),
      );
      for (let i = 0; i < moment; i++) await Promise.resolve();
      const edgesBefore = keeper.edges.length;
      await clock.runUntilSettled(guard.makeSafe());
      expect(['refused', 'made-safe']).toContain((await clock.runUntilSettled(ended)).reason);
      expect(keeper.edges.slice(edgesBefore).filter(({ on }) => on)).toEqual([]);
      expect([...keeper.on]).toEqual([]);
    }
  });

  test('gives up on a keeper that does not answer, and says so', async () => {
    const clock = new VirtualClock();
    const keeper = new TrustingKeeper(clock);
    const guard = new Guard({ clock, keeper, lines: [strike] });
    await clock.runUntilSettled(guard.setUp());
    keeper.mute = true;
    const grant = { grantId: 'one', issuedAtMs: 0, holdMs: 1_000, maxAgeMs: 500 };
    const granting = guard
      .actuator('strike')
      .grant(grant, never)
      .catch((error: { kind: string }) => error.kind);
    expect(await clock.runUntilSettled(granting)).toBe('timeout');
    expect(clock.nowMs()).toBeLessThanOrEqual(300);
    expect(await clock.runUntilSettled(guard.makeSafe())).toMatchObject([
      { line: 'strike', verified: false },
    ]);
    await expect(clock.runUntilSettled(guard.setUp())).rejects.toMatchObject({ kind: 'timeout' });
  });
});

/** A keeper that does what it is told, whatever that is, and forgets about leases. */
class TrustingKeeper implements LineKeeper {
  readonly name = 'trusting keeper';
  readonly on = new Set<string>();
  readonly edges: { readonly line: string; readonly on: boolean; readonly atMs: number }[] = [];
  mute = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  grant(line: string): Promise<void> {
    return this.#set(line, true);
  }

  async renew(): Promise<void> {}

  release(line: string): Promise<void> {
    return this.#set(line, false);
  }

  async read(line: string): Promise<boolean> {
    return this.on.has(line);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #set(line: string, on: boolean): Promise<void> {
    if (this.mute) return new Promise(() => {});
    if (this.on.has(line) !== on) this.edges.push({ line, on, atMs: this.#clock.nowMs() });
    if (on) this.on.add(line);
    else this.on.delete(line);
    return Promise.resolve();
  }
}
