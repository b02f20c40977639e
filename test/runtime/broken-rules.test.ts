import { describe, expect, test } from 'bun:test';
import { Guard, type Hold } from '../../hal/guard.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../hal/sim/keeper.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { replay } from '../../src/runtime/replay/replay.ts';
import { type Breach, watchInvariants } from '../../src/trace/invariants.ts';
import type { TraceRecordOf } from '../../src/trace/record.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { defaultRuleLimits, deviceRules } from '../../src/trace/rules.ts';
import { deviceStates, grantedTo, place, type Simulated, visitor } from '../machines/simulate.ts';
import { asFile, signal } from './replay/recorded.ts';

/** Ends what a mutant did. */
let mended: (() => void)[] = [];

/** Takes more than a fresh Worker to get over. */
const modelsBreak = { fault: 'error', port: 'models', call: 'read', error: 'permission' } as const;

/** One piece of the device that does what it must not, until it is mended. */
type Mutant = (simulated: Simulated) => void;

/** By then somebody is lit who comes at 3 s. */
const litByMs = 3_600;
const maxOnMs = 5_000;

/** The lamp is never told to go off again, and whoever stands below holds it for as long as it is asked. */
const neverSwitchesOff: Mutant = ({ io }) => {
  const { switchOff } = io;
  io.switchOff = async () => {};
  io.watchLine = () => new Promise(() => {});
  mended.push(() => {
    io.switchOff = switchOff;
  });
};

/** The lamp is switched on under a grant that access never issued. */
const forgesGrants: Mutant = ({ io }) => {
  const switchOn = io.switchOn.bind(io);
  io.switchOn = (device, grant, wait) => switchOn(device, grant && { ...grant, grantId: 'forged' }, wait);
  mended.push(() => {
    io.switchOn = switchOn;
  });
};

/** Nothing is made safe when something fails. */
const leavesTheLampOn: Mutant = ({ io, faults, clock }) => {
  const { makeSafe } = io;
  io.makeSafe = async () => {};
  clock.setTimeout(() => mended.push(faults.begin(modelsBreak)), litByMs);
  mended.push(() => {
    io.makeSafe = makeSafe;
  });
};

/** What failed is never opened again, and nobody says so. */
const neverRecovers: Mutant = ({ io, faults, clock }) => {
  const { recover } = io;
  io.recover = () => new Promise(() => {});
  clock.setTimeout(() => mended.push(faults.begin(modelsBreak)), litByMs);
  mended.push(() => {
    io.recover = recover;
  });
};

/** What failed is opened again, and what was open before is left so. */
const forgetsToClose: Mutant = ({ io, faults, clock }) => {
  const { recover } = io;
  io.recover = async (wait) => {
    await io.start(wait);
  };
  clock.setTimeout(() => mended.push(faults.begin(modelsBreak)), litByMs);
  mended.push(() => {
    io.recover = recover;
  });
};

const mutants: readonly {
  readonly rule: string;
  readonly part: string;
  readonly mutant: Mutant;
  /** Counted from the moment at which the lamp was switched on. */
  readonly afterMs?: number;
}[] = [
  { rule: 'on-at-most', part: 'output', mutant: neverSwitchesOff, afterMs: maxOnMs + 1 },
  { rule: 'on-only-after-grant', part: 'output', mutant: forgesGrants, afterMs: 0 },
  { rule: 'safe-after-fault', part: 'output', mutant: leavesTheLampOn },
  { rule: 'fault-ends', part: 'device', mutant: neverRecovers },
  { rule: 'every-open-has-close', part: 'output', mutant: forgetsToClose },
];

describe.each(mutants)('a device that breaks the rule $rule', ({ rule, part, mutant, afterMs }) => {
  test('has a fault of that name, puts its lamp out, and recovers when what broke it is mended', async () => {
    mended = [];
    const simulated = place({
      people: [visitor('p_ana', 3_000, 700), visitor('p_bea', 200_000, 4_000)],
      config: '[device]\nsafe_retry_ms = 20000\n',
    });
    const { clock, actor, breaches, keeper } = simulated;
    mutant(simulated);
    actor.start();
    while (breaches.length === 0 && clock.nowMs() < 100_000) await clock.runFor(1);

    expect(breaches[0]).toMatchObject({ rule, subject: part });
    const on = simulated.records.find((record) => record.kind === 'hal.out' && record.op === 'grant');
    if (afterMs !== undefined) expect(breaches[0]?.tMs).toBe((on?.tMs ?? 0) + afterMs);
    const told = simulated.records.filter(
      (record): record is TraceRecordOf<'event'> =>
        record.kind === 'event' && record.event === 'INVARIANT.BROKEN' && record.to === 'device',
    );
    expect(told.length).toBe(breaches.length);
    expect(told[0]?.data.fault).toMatchObject({ part, kind: rule });
    expect(actor.getSnapshot().context.fault?.kind).toBe(rule);
    expect(deviceStates(simulated).every((state) => !state.startsWith('operating'))).toBe(true);

    for (const mend of mended) mend();
    await clock.runFor(2_100);
    expect(keeper.outputs.get('green')?.level).toBe(false);
    await clock.runUntil(210_000);
    expect(deviceStates(simulated)).toContain('operating.health.nominal');
    expect(grantedTo(simulated)).toContain('p_bea');
    await simulated.stop();
    expect(actor.getSnapshot().status).toBe('done');
    expect(clock.pendingTimers).toBe(0);
    // A replay tells the lines what this program would.
    if (part !== 'output') expect((await replay(asFile(simulated.records), signal)).divergence).toBeNull();
  });
});

test('two interlocked lines under two guards, of which none knows of the other, break the rule never-together', async () => {
  const clock = new VirtualClock();
  const trace = new TraceRecorder(clock);
  const breaches: Breach[] = [];
  const lines = ['bolt', 'strike'].map((name) => ({ name, safeOn: false, maxOnMs, interlock: 'door' }));
  const rules = deviceRules({
    ...defaultRuleLimits,
    actuators: lines.map(({ name, ...line }) => ({ device: name, ...line })),
  });
  watchInvariants(trace, rules, (breach) => breaches.push(breach));
  const openGuard = async (of: typeof lines) => {
    const keeper = new SimulatedKeeper({ clock, faults: new FaultBoard(clock), lines: of });
    await keeper.start();
    const guard = new Guard({ clock, keeper, lines: of });
    await guard.setUp();
    return guard;
  };
  const switchOn = async (guard: Guard, line: string): Promise<Hold> => {
    const grant = { grantId: `grant-${line}`, issuedAtMs: clock.nowMs(), holdMs: 2_000, maxAgeMs: 1_000 };
    trace.halOut(line, 'grant', { on: true, grantId: grant.grantId });
    try {
      const hold = await guard.actuator(line).grant(grant, signal);
      trace.halIn(line, 'on');
      return hold;
    } catch (error) {
      trace.halIn(line, 'failed');
      throw error;
    }
  };
  const broken = () => breaches.filter(({ rule }) => rule === 'never-together').length;

  const alone = lines.map((line) => openGuard([line]));
  const [first, second] = await clock.runUntilSettled(Promise.all(alone));
  if (first === undefined || second === undefined) throw new Error('no guards');
  await clock.runUntilSettled(switchOn(first, 'bolt'));
  expect(broken()).toBe(0);
  await clock.runUntilSettled(switchOn(second, 'strike'));
  expect(broken()).toBe(1);
});

test('every rule that watches a device is broken here by something', () => {
  const rules = deviceRules({ ...defaultRuleLimits, actuators: [] }).map(({ name }) => name);
  expect(rules.toSorted()).toEqual([...mutants.map(({ rule }) => rule), 'never-together'].toSorted());
});
