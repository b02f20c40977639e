import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { VigilConfig } from '../config/schema.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { WorkerFaceModels } from '../vision/worker-face-models.ts';
import type { ModelChoice } from '../vision/worker-messages.ts';

/** The models that the configuration names, in a Worker. Rejects with ModelError, ManifestError or HalError. */
export function openRealModels(
  config: VigilConfig,
  stateDirectory: string,
  ring: FrameRing,
  clock: Clock,
  signal: AbortSignal,
): Promise<WorkerFaceModels> {
  const models = modelChoice(config, stateDirectory);
  const { modelLimitMs: callLimitMs } = config.vision;
  return clock.track(WorkerFaceModels.open({ clock, ring, models, callLimitMs }, signal));
}

/** Which face networks the configuration names, and where they lie. */
export function modelChoice({ vision }: VigilConfig, stateDirectory: string): ModelChoice {
  const { detector, embedder } = vision;
  return {
    shippedDir: shippedModelsDir,
    addedDir: addedModelsDir(stateDirectory),
    smallBoard: isSmallBoard(),
    ...(detector === 'default' ? {} : { detector }),
    ...(embedder === 'default' ? {} : { embedder }),
  };
}

/** Whether this is a board, on which faces are found with a smaller first look. */
export function isSmallBoard(): boolean {
  return process.arch === 'arm64' && process.platform === 'linux';
}

const greyLevel = 128;
const testSidePx = 256;

/** An evenly grey picture holds no face: models that find one, or do not answer, fail the self-test. */
export async function testRealModels(models: WorkerFaceModels, signal: AbortSignal): Promise<void> {
  const rgb = new Uint8Array(testSidePx * testSidePx * 3).fill(greyLevel);
  const faces = await models.describe({ rgb, widthPx: testSidePx, heightPx: testSidePx }, signal);
  if (faces.length === 0) return;
  throw new HalError('io', models.name, `they find ${faces.length} faces in an evenly grey picture`, {
    retryable: false,
  });
}
