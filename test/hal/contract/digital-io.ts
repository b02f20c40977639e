import { expect } from 'bun:test';
import { HalError } from '../../../hal/contract/errors.ts';
import type { DigitalInput, DigitalOutput, Edge } from '../../../hal/contract/gpio.ts';
import { aborted, contractSuite, expectHalError, needed, never, type Rig, rejection } from './suite.ts';

export interface OutputRig extends Rig {
  /** Taken, and off. */
  readonly output: DigitalOutput;
  /** Makes every write fail. */
  fail?(): Promise<void> | void;
}

/** What every output line does. */
export function digitalOutputContract(implementation: string, make: () => Promise<OutputRig>): void {
  contractSuite<OutputRig>('output', implementation, make, {
    'is off at first, commanded and read': async ({ output, time }) => {
      expect(output.commanded).toBe(false);
      expect(await time.settle(output.read())).toBe(false);
    },

    'goes where it is told, also twice': async ({ output, time }) => {
      for (const on of [true, true, false, true, false, false]) {
        await time.settle(output.set(on));
        expect(output.commanded).toBe(on);
        expect(await time.settle(output.read())).toBe(on);
      }
    },

    'close may be called twice; afterwards every call rejects with closed': async ({ output, time }) => {
      await time.settle(output.close());
      await time.settle(output.close());
      await expectHalError(time, output.set(true), 'closed');
      await expectHalError(time, output.read(), 'closed');
    },

    'a write that fails rejects with a HalError': async (rig) => {
      await needed(rig.fail, 'fail').call(rig);
      await expectHalError(rig.time, rig.output.set(true));
    },
  });
}

export interface InputRig extends Rig {
  /** Taken, and off. */
  readonly input: DigitalInput;
  /** Puts a level on the line from outside. */
  drive(on: boolean): Promise<void> | void;
  /** Makes every read fail. */
  fail?(): Promise<void> | void;
}

/** What every input line does. */
export function digitalInputContract(implementation: string, make: () => Promise<InputRig>): void {
  contractSuite<InputRig>('input', implementation, make, {
    'reads the level on the line': async ({ input, time, drive }) => {
      expect(await time.settle(input.read())).toBe(false);
      await drive(true);
      expect(await time.settle(input.read())).toBe(true);
      await drive(false);
      expect(await time.settle(input.read())).toBe(false);
    },

    'tells every edge in order, with its time, and none where the level stays': async ({
      input,
      time,
      drive,
    }) => {
      const edges: Edge[] = [];
      const reading = (async () => {
        for await (const edge of input.edges(never)) {
          edges.push(edge);
          if (edges.length === 3) break;
        }
      })();
      await time.pass(10);
      for (const on of [true, true, false, true]) {
        await drive(on);
        await time.pass(20);
      }
      await time.settle(reading);
      expect(edges.map(({ on }) => on)).toEqual([true, false, true]);
      expect(edges[1]!.atMs).toBeGreaterThan(edges[0]!.atMs);
      expect(edges[2]!.atMs).toBeLessThanOrEqual(time.clock.nowMs());
    },

    'an abort while waiting rejects with its reason and leaves the line usable': async ({
      input,
      time,
      drive,
    }) => {
      const abort = new AbortController();
      const reason = new Error('aborted by the test');
      const waiting = input.edges(abort.signal)[Symbol.asyncIterator]().next();
      const outcome = rejection(time, waiting);
      abort.abort(reason);
      expect(await outcome).toBe(reason);
      const { signal, reason: already } = aborted();
      expect(await rejection(time, input.edges(signal)[Symbol.asyncIterator]().next())).toBe(already);
      await drive(true);
      expect(await time.settle(input.read())).toBe(true);
    },

    'close ends a reader that waits, with closed, and may be called twice': async ({ input, time }) => {
      const waiting = input
        .edges(never)
        [Symbol.asyncIterator]()
        .next()
        .then(
          () => 'an edge',
          (error: unknown) => error,
        );
      await time.pass(10);
      await time.settle(input.close());
      await time.settle(input.close());
      const error = await time.settle(waiting);
      expect(error).toBeInstanceOf(HalError);
      expect((error as HalError).kind).toBe('closed');
      await expectHalError(time, input.read(), 'closed');
      await expectHalError(time, input.edges(never)[Symbol.asyncIterator]().next(), 'closed');
    },

    'a read that fails rejects with a HalError, and so do the edges': async (rig) => {
      const waiting = rig.input
        .edges(never)
        [Symbol.asyncIterator]()
        .next()
        .then(
          () => 'an edge',
          (error: unknown) => error,
        );
      await rig.time.pass(10);
      await needed(rig.fail, 'fail').call(rig);
      await expectHalError(rig.time, rig.input.read());
      expect(await rig.time.settle(waiting)).toBeInstanceOf(HalError);
    },
  });
}
