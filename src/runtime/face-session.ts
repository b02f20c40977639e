import type { Clock } from '../../hal/contract/clock.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import {
  type FaceInput,
  faceInput,
  type InputPicture,
  inputPictures,
  type PictureProblem,
  ringFor,
  withoutFolder,
} from './face-input.ts';
import { openRealModels } from './real-models.ts';

/** The configured models, ready for the pictures of one input. To be closed. */
export interface FaceSession extends AsyncDisposable {
  readonly input: FaceInput;
  readonly clock: Clock;
  readonly models: WorkerFaceModels;
  /** See `inputPictures`. To be read once. */
  pictures(signal: AbortSignal): AsyncGenerator<InputPicture | PictureProblem, void, void>;
}

/**
 * Finds the input and loads the models for it. Rejects with InputError, HalError, ModelError or ManifestError.
 *
 * @param options.leaveOut a folder whose pictures are not looked at although they stand in the input's folder.
 */
export async function openFaceSession(
  options: {
    readonly input: string;
    readonly leaveOut?: string | undefined;
    readonly config: VigilConfig;
    readonly stateDirectory: string;
  },
  signal: AbortSignal,
): Promise<FaceSession> {
  const { config, stateDirectory, leaveOut } = options;
  const clock = new SystemClock();
  const named = await faceInput(options.input, config, clock, signal);
  const input = leaveOut === undefined ? named : withoutFolder(named, leaveOut);
  const ring = ringFor(input, config);
  const models = await openRealModels(config, stateDirectory, ring, clock, signal);
  return {
    input,
    clock,
    models,
    pictures: (wait) => inputPictures(input, { ring, clock, config }, wait),
    [Symbol.asyncDispose]: () => models.close(),
  };
}
