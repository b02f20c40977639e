import { expect } from 'bun:test';
import type { FrameRef } from '../../../hal/contract/camera.ts';
import type { FaceModels } from '../../../hal/contract/face-models.ts';
import { aborted, contractSuite, expectHalError, needed, never, type Rig, rejection } from './suite.ts';

export interface FaceModelsRig extends Rig {
  readonly models: FaceModels;
  /** A frame with two faces or more, which stays in its ring. */
  readonly faces: FrameRef;
  /** A frame without a face, which stays in its ring. */
  readonly empty: FrameRef;
  /** A frame whose slot was written again. */
  readonly gone: FrameRef;
  /** The next call does not come back by itself. */
  hang?(): Promise<void> | void;
  /** Calls come back again. */
  recover?(): Promise<void> | void;
}

/** What all face models do, networks and oracle alike. */
export function faceModelsContract(implementation: string, make: () => Promise<FaceModelsRig>): void {
  contractSuite<FaceModelsRig>('face models', implementation, make, {
    'find every face, the most prominent first, with finite numbers': async ({ models, faces, time }) => {
      const found = await time.settle(models.detect(faces, never));
      expect(found.length).toBeGreaterThanOrEqual(2);
      const sizes = found.map(({ box }) => box.width * box.height);
      expect(sizes[0]!).toBeGreaterThan(sizes.at(-1)! * 0.8);
      for (const { box, score, landmarks, quality } of found) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
        const numbers = [...Object.values(box), ...landmarks.flat(), ...Object.values(quality)];
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(box.width > 0 && box.height > 0).toBe(true);
      }
    },

    'find no face where there is none': async ({ models, empty, time }) => {
      expect(await time.settle(models.detect(empty, never))).toEqual([]);
      expect(await time.settle(models.embed(empty, [], never))).toEqual([]);
    },

    'give one unit embedding for each face asked for, in that order': async ({ models, faces, time }) => {
      await time.settle(models.detect(faces, never));
      const [second, first] = await time.settle(models.embed(faces, [1, 0], never));
      const [firstAgain] = await time.settle(models.embed(faces, [0], never));
      for (const embedding of [first!, second!]) {
        expect(embedding).toHaveLength(models.embeddingLength);
        expect(embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4);
      }
      const distance = (a: Float32Array, b: Float32Array) =>
        a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
      expect(distance(first!, firstAgain!)).toBeLessThan(1e-3);
      expect(distance(first!, second!)).toBeGreaterThan(1e-3);
    },

    'refuse to embed what was not detected': async ({ models, faces, empty, time }) => {
      const found = await time.settle(models.detect(faces, never));
      await expectHalError(time, models.embed(faces, [found.length], never), 'invalid-argument');
      await expectHalError(time, models.embed(empty, [0], never), 'invalid-argument');
      expect(await time.settle(models.embed(faces, [0], never))).toHaveLength(1);
    },

    'say closed for a frame that is gone, and go on': async ({ models, faces, gone, time }) => {
      await expectHalError(time, models.detect(gone, never), 'closed');
      expect((await time.settle(models.detect(faces, never))).length).toBeGreaterThan(0);
    },

    'an abort rejects with its reason, and the next call works': async ({ models, faces, time }) => {
      const already = aborted();
      expect(await rejection(time, models.detect(faces, already.signal))).toBe(already.reason);
      const abort = new AbortController();
      const reason = new Error('aborted by the test');
      const detecting = models.detect(faces, abort.signal);
      abort.abort(reason);
      expect(await rejection(time, detecting)).toBe(reason);
      expect((await time.settle(models.detect(faces, never))).length).toBeGreaterThan(0);
    },

    'name their pipeline': async ({ models }) => {
      expect(models.pipelineId).not.toBe('');
      expect(models.embeddingLength).toBeGreaterThan(0);
    },

    'close may be called twice; afterwards every call rejects with closed': async ({
      models,
      faces,
      time,
    }) => {
      await time.settle(models.close());
      await time.settle(models.close());
      await expectHalError(time, models.detect(faces, never), 'closed');
      await expectHalError(time, models.embed(faces, [0], never), 'closed');
    },

    'a call that hangs ends with timeout, and the next one works': async (rig) => {
      await needed(rig.hang, 'hang').call(rig);
      await expectHalError(rig.time, rig.models.detect(rig.faces, never), 'timeout');
      await rig.recover?.();
      expect((await rig.time.settle(rig.models.detect(rig.faces, never))).length).toBeGreaterThan(0);
    },
  });
}
