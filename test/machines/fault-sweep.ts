import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../hal/sim/faults.ts';
import { atRestOrSoon, deviceStates, greenEdges, place, type Setting, type Simulated } from './simulate.ts';

/** So long a fault lasts: by its end the device has come to rest in a state with a name. */
const restMs = 60_000;
/** So long after it the device has recovered by itself. */
const recoveryMs = 60_000;
/** When everything is over, and long past: whatever shows that the device works again is to come from then on. */
export const overMs = 75_000;
const maxOnMs = 5_000;
/** Safe tests itself again soon, so that recovery is seen without waiting for ten minutes. */
const config = '[device]\nsafe_retry_ms = 5000\n';

export interface Sweep {
  /** The last part of the path of the machine whose states these are. */
  readonly machine: 'vision' | 'hearing';
  /** The way into each leaf state; the fault comes when it is there. */
  readonly waysInto: Readonly<Record<string, Setting>>;
  readonly faults: Readonly<Record<string, Fault>>;
  /** What comes later, again and again, to be served. */
  readonly backs: Pick<Setting, 'people' | 'sounds'>;
  readonly isServed: (simulated: Simulated, leaf: string) => boolean;
  /** The device can be opened: nobody holds it any more. */
  readonly openAgain: (simulated: Simulated) => Promise<void>;
}

/** Every fault in every state: the device rests, then recovers by itself, breaks no rule and leaves nothing open. */
export function sweep({ machine, waysInto, faults, backs, isServed, openAgain }: Sweep): void {
  describe.each(Object.entries(waysInto))(`while ${machine} is %s`, (leaf, setting) => {
    test.each(Object.entries(faults))('%s', async (_, fault) => {
      const simulated = place({
        ...setting,
        config: config + (setting.config ?? ''),
        people: [...(setting.people ?? []), ...(backs.people ?? [])],
        ...(backs.sounds === undefined ? {} : { sounds: [...(setting.sounds ?? []), ...backs.sounds] }),
      });
      const { clock, actor, faults: board } = simulated;
      await reach(simulated, machine, leaf);

      const end = board.begin(fault);
      await clock.runFor(restMs);
      expect(actor.getSnapshot().status).toBe('active');
      expect(atRestOrSoon(simulated)).toBe(true);
      end();
      const endedAtMs = clock.nowMs();
      const isCured = () =>
        deviceStates(simulated).includes('operating.health.nominal') && isServed(simulated, leaf);
      while (!isCured() && clock.nowMs() < endedAtMs + recoveryMs) await clock.runFor(1_000);
      expect(isCured()).toBe(true);
      await clock.runFor(maxOnMs);

      const edges = greenEdges(simulated);
      expect(edges.at(-1)?.[1] ?? false).toBe(false);
      edges.forEach(([atMs, on], i) => {
        if (!on) expect(atMs - (edges[i - 1]?.[0] ?? 0)).toBeLessThanOrEqual(maxOnMs);
      });

      await simulated.stop();
      expect(simulated.breaches).toEqual([]);
      expect(clock.pendingTimers).toBe(0);
      expect(simulated.leasedSlots()).toBe(0);
      await openAgain(simulated);
    });
  });
}

/** Runs until the machine is in the state. */
async function reach(simulated: Simulated, machine: string, leaf: string): Promise<void> {
  const { clock, actor } = simulated;
  await clock.runUntil(0);
  actor.start();
  while (!simulated.snapshots(`device/${machine}`).at(-1)?.states.includes(leaf)) {
    if (clock.nowMs() > 30_000) throw new Error(`${machine} never came into ${leaf}`);
    await clock.runFor(10);
  }
}
