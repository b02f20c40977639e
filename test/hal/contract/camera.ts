import { expect } from 'bun:test';
import type { Camera, CameraSession, CameraSettings, FrameRef } from '../../../hal/contract/camera.ts';
import { HalError } from '../../../hal/contract/errors.ts';
import type { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { aborted, contractSuite, expectHalError, needed, never, type Rig, rejection } from './suite.ts';

export interface CameraRig extends Rig {
  /** Not open. */
  readonly camera: Camera;
  /** Settings that it can give, at least 5 frames a second. */
  readonly settings: CameraSettings;
  /** The ring that its frames are in. */
  readonly ring: FrameRing;
  /** Makes the open device fail: unplugs it, kills its process, takes its file away. */
  fail?(): Promise<void> | void;
}

/**
 * What every camera does. `make` gives a camera that is not open and would show something for at least 5 s.
 *
 * ```ts
 * cameraContract('scene', async () => ({ camera, settings, ring, time: virtualTime(clock), ... }));
 * ```
 */
export function cameraContract(implementation: string, make: () => Promise<CameraRig>): void {
  contractSuite<CameraRig>('camera', implementation, make, {
    'gives frames in order, of the size asked for, with their pixels in the ring': async (rig) => {
      const session = await opened(rig);
      const frames = await read(rig, session, 4);
      for (const [index, frame] of frames.entries()) {
        expect(frame.format).toBe('rgb24');
        expect([frame.widthPx, frame.heightPx]).toEqual([rig.settings.widthPx, rig.settings.heightPx]);
        expect(frame.receivedAtMs).toBeLessThanOrEqual(rig.time.clock.nowMs());
        const previous = frames[index - 1];
        if (previous === undefined) continue;
        expect(frame.seq).toBeGreaterThan(previous.seq);
        expect(frame.receivedAtMs).toBeGreaterThanOrEqual(previous.receivedAtMs);
      }
      await session.close();
    },

    'keeps a frame readable until the next one is asked for': async (rig) => {
      const session = await opened(rig);
      const reader = session.frames(never)[Symbol.asyncIterator]();
      const frame = await next(rig, reader);
      await rig.time.pass(1_000);
      expect(rig.ring.pixels(frame)).toHaveLength(frame.widthPx * frame.heightPx * 3);
      await session.close();
    },

    'gives a slow reader the newest frame, and counts what it dropped': async (rig) => {
      const session = await opened(rig);
      const reader = session.frames(never)[Symbol.asyncIterator]();
      const first = await next(rig, reader);
      await rig.time.pass(1_000);
      const second = await next(rig, reader);
      expect(second.receivedAtMs - first.receivedAtMs).toBeGreaterThanOrEqual(
        1_000 - 2_000 / rig.settings.fps,
      );
      expect(session.dropped).toBeGreaterThan(0);
      await session.close();
    },

    'an abort while waiting rejects with its reason and leaves the session usable': async (rig) => {
      const session = await opened(rig);
      const abort = new AbortController();
      const reason = new Error('aborted by the test');
      const reader = session.frames(abort.signal)[Symbol.asyncIterator]();
      await next(rig, reader);
      let waiting = reader.next();
      abort.abort(reason);
      // A frame may have been there already; the next time of asking must tell.
      const won = await rig.time.settle(
        waiting.then(
          () => true,
          () => false,
        ),
      );
      if (won) waiting = reader.next();
      expect(await rejection(rig.time, waiting)).toBe(reason);
      expect(await read(rig, session, 2)).toHaveLength(2);
      await session.close();
    },

    'frames for a signal that is aborted already reject with its reason': async (rig) => {
      const session = await opened(rig);
      const { signal, reason } = aborted();
      expect(await rejection(rig.time, session.frames(signal)[Symbol.asyncIterator]().next())).toBe(reason);
      expect(await read(rig, session, 1)).toHaveLength(1);
      await session.close();
    },

    'an abort of opening rejects with its reason, and it can be opened afterwards': async (rig) => {
      const { signal, reason } = aborted();
      expect(await rejection(rig.time, rig.camera.open(rig.settings, signal))).toBe(reason);
      const session = await opened(rig);
      expect(await read(rig, session, 1)).toHaveLength(1);
      await session.close();
    },

    'a reader that leaves its loop can be followed by another': async (rig) => {
      const session = await opened(rig);
      const [first] = await read(rig, session, 1);
      const [second] = await read(rig, session, 1);
      expect(second!.seq).toBeGreaterThan(first!.seq);
      await session.close();
    },

    'close may be called twice; afterwards every call rejects with closed': async (rig) => {
      const session = await opened(rig);
      await rig.time.settle(session.close());
      await rig.time.settle(session.close());
      await expectHalError(rig.time, session.frames(never)[Symbol.asyncIterator]().next(), 'closed');
    },

    'close ends a reader that waits, with closed': async (rig) => {
      const session = await opened(rig);
      const reader = session.frames(never)[Symbol.asyncIterator]();
      await next(rig, reader);
      const rest = (async () => {
        for (;;) {
          const result = await reader.next();
          if (result.done === true) return;
        }
      })();
      const ended = expectRejection(rest);
      await rig.time.settle(session.close());
      const error = await rig.time.settle(ended);
      expect(error).toBeInstanceOf(HalError);
      expect((error as HalError).kind).toBe('closed');
    },

    'can be opened again after it was closed': async (rig) => {
      for (let round = 0; round < 2; round++) {
        const session = await opened(rig);
        expect(await read(rig, session, 1)).toHaveLength(1);
        await rig.time.settle(session.close());
      }
    },

    'is busy while it is open': async (rig) => {
      const session = await opened(rig);
      await expectHalError(rig.time, rig.camera.open(rig.settings, never), 'busy');
      expect(await read(rig, session, 1)).toHaveLength(1);
      await session.close();
    },

    'refuses settings that no camera has': async (rig) => {
      for (const wrong of [{ fps: 0 }, { widthPx: 0 }, { heightPx: -1 }, { fps: Number.NaN }]) {
        const opening = rig.camera.open({ ...rig.settings, ...wrong }, never);
        await expectHalError(rig.time, opening, 'invalid-argument', 'unsupported');
      }
    },

    'ends with a HalError when the device fails, and can be closed': async (rig) => {
      const session = await opened(rig);
      const reader = session.frames(never)[Symbol.asyncIterator]();
      await next(rig, reader);
      await needed(rig.fail, 'fail').call(rig);
      const ended = expectRejection(
        (async () => {
          for (;;) {
            const result = await reader.next();
            if (result.done === true) return;
          }
        })(),
      );
      expect(await rig.time.settle(ended)).toBeInstanceOf(HalError);
      await rig.time.settle(session.close());
    },
  });
}

function opened(rig: CameraRig): Promise<CameraSession> {
  return rig.time.settle(rig.camera.open(rig.settings, never));
}

async function next(rig: CameraRig, reader: AsyncIterator<FrameRef>): Promise<FrameRef> {
  const result = await rig.time.settle(reader.next());
  if (result.done === true) throw new Error('the stream ended');
  return result.value;
}

/** The first `count` frames, their pixels checked while they are leased. */
function read(rig: CameraRig, session: CameraSession, count: number): Promise<FrameRef[]> {
  const reading = async () => {
    const frames: FrameRef[] = [];
    for await (const frame of session.frames(never)) {
      expect(rig.ring.pixels(frame)).toHaveLength(frame.widthPx * frame.heightPx * 3);
      frames.push(frame);
      if (frames.length === count) break;
    }
    return frames;
  };
  return rig.time.settle(reading());
}

/** What the work rejects with; a stream that ends without an error has ended silently. */
function expectRejection(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('the stream ended silently');
    },
    (error: unknown) => error,
  );
}
