import { expect } from 'bun:test';
import type { ActuatorLine, LineKeeper } from '../../../hal/contract/keeper.ts';
import { contractSuite, expectHalError, needed, type Rig } from './suite.ts';

/** The lines that a keeper under test holds. Times are short enough for real time and long enough for a busy machine. */
export const contractLines: readonly ActuatorLine[] = [
  { name: 'strike', safeOn: false, maxOnMs: 900 },
  { name: 'fail-safe', safeOn: true, maxOnMs: 900 },
  { name: 'inner', safeOn: false, maxOnMs: 900, interlock: 'airlock' },
  { name: 'outer', safeOn: false, maxOnMs: 900, interlock: 'airlock' },
];

export interface KeeperRig extends Rig {
  /** Started, holding `contractLines`. */
  readonly keeper: LineKeeper;
  readonly rearmMs: number;
  readonly deadTimeMs: number;
  /** The level on the wire, whether the keeper lives or not. */
  level(line: string): Promise<boolean> | boolean;
  /** Holds the wire at a level, whatever is written; the returned function lets it go. */
  stick?(line: string, on: boolean): () => void;
  /** The client falls silent (a stopped process), for good. */
  silence?(): Promise<void> | void;
}

const leaseMs = 300;
/** What a busy machine may be late by. */
const slackMs = 250;

/** What every line keeper does, the process and its twin alike. */
export function keeperContract(implementation: string, make: () => Promise<KeeperRig>): void {
  contractSuite<KeeperRig>('keeper', implementation, make, {
    'has every line at its safe level before any grant': async (rig) => {
      for (const { name, safeOn } of contractLines) {
        expect(await rig.level(name)).toBe(safeOn);
        expect(await rig.time.settle(rig.keeper.read(name))).toBe(safeOn);
      }
    },

    'holds a line for its lease and then makes it safe': async (rig) => {
      for (const { name, safeOn } of contractLines.slice(0, 2)) {
        await rig.time.settle(rig.keeper.grant(name, leaseMs));
        expect(await rig.level(name)).toBe(!safeOn);
        expect(await rig.time.settle(rig.keeper.read(name))).toBe(!safeOn);
        await rig.time.pass(leaseMs + slackMs);
        expect(await rig.level(name)).toBe(safeOn);
      }
    },

    'renews a lease, but never past the longest time from its grant': async (rig) => {
      const grantedAtMs = rig.time.clock.nowMs();
      await rig.time.settle(rig.keeper.grant('strike', leaseMs));
      while (rig.time.clock.nowMs() - grantedAtMs < 600) {
        await rig.time.pass(100);
        await rig.time.settle(rig.keeper.renew('strike', leaseMs));
      }
      expect(await rig.level('strike')).toBe(true);
      await rig.time.settle(rig.keeper.renew('strike', 60_000));
      await rig.time.pass(900 + slackMs - (rig.time.clock.nowMs() - grantedAtMs));
      expect(await rig.level('strike')).toBe(false);
      await expectHalError(rig.time, rig.keeper.renew('strike', leaseMs));
      expect(await rig.level('strike')).toBe(false);
    },

    'cuts a lease longer than the bound': async (rig) => {
      await rig.time.settle(rig.keeper.grant('strike', 60_000));
      await rig.time.pass(900 + slackMs);
      expect(await rig.level('strike')).toBe(false);
    },

    'makes a line safe at once when it is released, also twice': async (rig) => {
      await rig.time.settle(rig.keeper.grant('strike', leaseMs));
      await rig.time.settle(rig.keeper.release('strike'));
      expect(await rig.level('strike')).toBe(false);
      await rig.time.settle(rig.keeper.release('strike'));
      await expectHalError(rig.time, rig.keeper.renew('strike', leaseMs));
    },

    'refuses a line it does not hold, and a lease of no time': async (rig) => {
      await expectHalError(rig.time, rig.keeper.grant('no such line', leaseMs), 'invalid-argument');
      await expectHalError(rig.time, rig.keeper.read('no such line'), 'invalid-argument');
      for (const wrongMs of [0, -1, Number.NaN]) {
        await expectHalError(rig.time, rig.keeper.grant('strike', wrongMs), 'invalid-argument');
      }
      expect(await rig.level('strike')).toBe(false);
    },

    'is busy for a line that is granted already': async (rig) => {
      await rig.time.settle(rig.keeper.grant('strike', leaseMs));
      await expectHalError(rig.time, rig.keeper.grant('strike', leaseMs), 'busy');
    },

    'is busy within the re-arm time, and grants afterwards': async (rig) => {
      await rig.time.settle(rig.keeper.grant('strike', leaseMs));
      await rig.time.settle(rig.keeper.release('strike'));
      await expectHalError(rig.time, rig.keeper.grant('strike', leaseMs), 'busy');
      await rig.time.pass(rig.rearmMs + 5);
      await rig.time.settle(rig.keeper.grant('strike', leaseMs));
      expect(await rig.level('strike')).toBe(true);
    },

    'never has two interlocked lines away from safe, nor one within the dead time of the other': async (
      rig,
    ) => {
      await rig.time.settle(rig.keeper.grant('inner', leaseMs));
      await expectHalError(rig.time, rig.keeper.grant('outer', leaseMs), 'busy');
      expect(await rig.level('outer')).toBe(false);
      await rig.time.settle(rig.keeper.release('inner'));
      await expectHalError(rig.time, rig.keeper.grant('outer', leaseMs), 'busy');
      await rig.time.pass(rig.deadTimeMs + 5);
      await rig.time.settle(rig.keeper.grant('outer', leaseMs));
      expect([await rig.level('inner'), await rig.level('outer')]).toEqual([false, true]);
    },

    'makes every line safe when it is closed; close may be called twice, later calls are closed': async (
      rig,
    ) => {
      await rig.time.settle(rig.keeper.grant('strike', 900));
      await rig.time.settle(rig.keeper.close());
      await rig.time.settle(rig.keeper.close());
      // The keeper is another process: it sees the end of the connection a moment later.
      await rig.time.pass(slackMs);
      expect(await rig.level('strike')).toBe(false);
      await expectHalError(rig.time, rig.keeper.grant('strike', leaseMs), 'closed');
      await expectHalError(rig.time, rig.keeper.read('strike'), 'closed');
    },

    'says io and makes safe when the line reads back wrong': async (rig) => {
      const letGo = needed(rig.stick, 'stick').call(rig, 'strike', false);
      await expectHalError(rig.time, rig.keeper.grant('strike', leaseMs), 'io');
      letGo();
      await rig.time.pass(slackMs);
      expect(await rig.level('strike')).toBe(false);
    },

    'makes every line safe when its client falls silent': async (rig) => {
      await rig.time.settle(rig.keeper.grant('strike', 900));
      await needed(rig.silence, 'silence').call(rig);
      await rig.time.pass(900 + slackMs);
      expect(await rig.level('strike')).toBe(false);
    },
  });
}
