import { expect } from 'bun:test';
import { HalError } from '../../../hal/contract/errors.ts';
import type {
  Microphone,
  MicrophoneSession,
  MicrophoneSettings,
  PcmChunk,
} from '../../../hal/contract/microphone.ts';
import { aborted, contractSuite, expectHalError, needed, never, type Rig, rejection } from './suite.ts';

export interface MicrophoneRig extends Rig {
  /** Not open. */
  readonly microphone: Microphone;
  readonly settings: MicrophoneSettings;
  /** Makes the open device fail: unplugs it. */
  fail?(): Promise<void> | void;
}

/** What every microphone does. */
export function microphoneContract(implementation: string, make: () => Promise<MicrophoneRig>): void {
  contractSuite<MicrophoneRig>('microphone', implementation, make, {
    'gives sound without a gap: each chunk starts where the one before ended': async (rig) => {
      const session = await opened(rig);
      const chunks = await read(rig, session, 8);
      for (const [index, chunk] of chunks.entries()) {
        expect([chunk.sampleRateHz, chunk.channels]).toEqual([
          rig.settings.sampleRateHz,
          rig.settings.channels,
        ]);
        expect(chunk.samples.length % chunk.channels).toBe(0);
        const previous = chunks[index - 1];
        if (previous === undefined) continue;
        expect(chunk.seq).toBe(previous.seq + 1);
        expect(Math.abs(chunk.startMs - (previous.startMs + durationMs(previous)))).toBeLessThan(1);
      }
      expect(session.overruns).toBe(0);
      await session.close();
    },

    'a slow reader loses the oldest sound, and the loss is counted': async (rig) => {
      const session = await opened(rig);
      const reader = session.chunks(never)[Symbol.asyncIterator]();
      await rig.time.settle(reader.next());
      await rig.time.pass(10_000);
      let newest: PcmChunk | undefined;
      const counted = session.overruns;
      expect(counted).toBeGreaterThan(0);
      const endMs = rig.time.clock.nowMs();
      do {
        const result = await rig.time.settle(reader.next());
        if (result.done === true) throw new Error('the stream ended');
        newest = result.value;
      } while (newest.startMs + 2 * durationMs(newest) < endMs);
      expect(newest.seq).toBeGreaterThanOrEqual(counted);
      await session.close();
    },

    'an abort while waiting rejects with its reason and leaves the session usable': async (rig) => {
      const session = await opened(rig);
      const { signal, reason } = aborted();
      expect(await rejection(rig.time, session.chunks(signal)[Symbol.asyncIterator]().next())).toBe(reason);
      expect(await read(rig, session, 1)).toHaveLength(1);
      await session.close();
    },

    'an abort of opening rejects with its reason, and it can be opened afterwards': async (rig) => {
      const { signal, reason } = aborted();
      expect(await rejection(rig.time, rig.microphone.open(rig.settings, signal))).toBe(reason);
      const session = await opened(rig);
      expect(await read(rig, session, 1)).toHaveLength(1);
      await session.close();
    },

    'close may be called twice; afterwards every call rejects with closed, and it can be opened again':
      async (rig) => {
        const session = await opened(rig);
        await rig.time.settle(session.close());
        await rig.time.settle(session.close());
        await expectHalError(rig.time, session.chunks(never)[Symbol.asyncIterator]().next(), 'closed');
        const again = await opened(rig);
        expect(await read(rig, again, 1)).toHaveLength(1);
        await again.close();
      },

    'close ends a reader that waits, with closed': async (rig) => {
      const session = await opened(rig);
      const ended = untilError(session);
      await rig.time.pass(10);
      await rig.time.settle(session.close());
      const error = await rig.time.settle(ended);
      expect(error).toBeInstanceOf(HalError);
      expect((error as HalError).kind).toBe('closed');
    },

    'is busy while it is open': async (rig) => {
      const session = await opened(rig);
      await expectHalError(rig.time, rig.microphone.open(rig.settings, never), 'busy');
      await session.close();
    },

    'refuses settings that no microphone has': async (rig) => {
      for (const wrong of [{ sampleRateHz: 0 }, { sampleRateHz: Number.NaN }, { channels: 0 }]) {
        const opening = rig.microphone.open({ ...rig.settings, ...wrong }, never);
        await expectHalError(rig.time, opening, 'invalid-argument', 'unsupported');
      }
    },

    'ends with a HalError when the device fails, and can be closed': async (rig) => {
      const session = await opened(rig);
      const ended = untilError(session);
      await rig.time.pass(300);
      await needed(rig.fail, 'fail').call(rig);
      expect(await rig.time.settle(ended)).toBeInstanceOf(HalError);
      await rig.time.settle(session.close());
    },
  });
}

function opened(rig: MicrophoneRig): Promise<MicrophoneSession> {
  return rig.time.settle(rig.microphone.open(rig.settings, never));
}

function durationMs({ samples, channels, sampleRateHz }: PcmChunk): number {
  return (samples.length / channels / sampleRateHz) * 1_000;
}

function read(rig: MicrophoneRig, session: MicrophoneSession, count: number): Promise<PcmChunk[]> {
  const reading = async () => {
    const chunks: PcmChunk[] = [];
    for await (const chunk of session.chunks(never)) {
      chunks.push(chunk);
      if (chunks.length === count) break;
    }
    return chunks;
  };
  return rig.time.settle(reading());
}

/** Reads until the stream ends, and gives what it ended with. */
async function untilError(session: MicrophoneSession): Promise<unknown> {
  try {
    for await (const _ of session.chunks(never));
  } catch (error) {
    return error;
  }
  return 'the stream ended silently';
}
