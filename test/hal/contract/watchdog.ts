import { expect } from 'bun:test';
import type { HardwareWatchdog } from '../../../hal/contract/watchdog.ts';
import { contractSuite, expectHalError, needed, type Rig } from './suite.ts';

export interface WatchdogRig extends Rig {
  /** Never fed yet. */
  readonly watchdog: HardwareWatchdog;
  /** How often it has reset the board. */
  resets?(): Promise<number> | number;
  /** Makes every feed fail. */
  fail?(): Promise<void> | void;
}

/** What every hardware watchdog does. */
export function watchdogContract(implementation: string, make: () => Promise<WatchdogRig>): void {
  contractSuite<WatchdogRig>('watchdog', implementation, make, {
    'says how long it waits': async ({ watchdog }) => {
      expect(watchdog.timeoutMs).toBeGreaterThan(0);
    },

    'does nothing while it is fed, and resets the board when it is not': async (rig) => {
      const resets = async () => needed(rig.resets, 'resets').call(rig);
      for (let i = 0; i < 4; i++) {
        await rig.time.settle(rig.watchdog.feed());
        await rig.time.pass(rig.watchdog.timeoutMs / 2);
      }
      expect(await resets()).toBe(0);
      await rig.time.pass(rig.watchdog.timeoutMs);
      expect(await resets()).toBe(1);
    },

    'close disarms it and may be called twice; later feeds reject with closed': async (rig) => {
      await rig.time.settle(rig.watchdog.feed());
      await rig.time.settle(rig.watchdog.close());
      await rig.time.settle(rig.watchdog.close());
      await expectHalError(rig.time, rig.watchdog.feed(), 'closed');
      await rig.time.pass(2 * rig.watchdog.timeoutMs);
      expect(await needed(rig.resets, 'resets').call(rig)).toBe(0);
    },

    'a feed that fails rejects with a HalError': async (rig) => {
      await needed(rig.fail, 'fail').call(rig);
      await expectHalError(rig.time, rig.watchdog.feed());
    },
  });
}
