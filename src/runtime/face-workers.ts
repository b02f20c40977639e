import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { openRealModels } from './real-models.ts';

/** The face networks several times, each in a thread of its own. To be closed. */
export interface FaceWorkers extends AsyncDisposable {
  /** One or more; each looks at one picture at a time. */
  readonly models: readonly WorkerFaceModels[];
}

/** Loads the configured face networks `count` times, for pictures of files. Rejects as `openRealModels` does. */
export async function openFaceWorkers(
  config: VigilConfig,
  stateDirectory: string,
  count: number,
  signal: AbortSignal,
): Promise<FaceWorkers> {
  const clock = new SystemClock();
  // Pictures of files do not go through the ring.
  const ring = FrameRing.create({ widthPx: 1, heightPx: 1 });
  const opened = await Promise.allSettled(
    Array.from({ length: count }, () => openRealModels(config, stateDirectory, ring, clock, signal)),
  );
  const models = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async () => {
    await Promise.all(models.map((each) => each.close()));
  };
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return { models, [Symbol.asyncDispose]: close };
}
