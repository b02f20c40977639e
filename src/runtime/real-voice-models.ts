import type { Clock } from '../../hal/contract/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';

/**
 * The voice network that the configuration names, in a Worker. Rejects with ModelError, ManifestError or HalError.
 *
 * @param limits.newestMs only the newest speech of this length is embedded; all of it where absent.
 * @param limits.callLimitMs in place of the configured one: whole recordings take longer than what is heard live.
 */
export function openVoiceModels(
  config: VigilConfig,
  stateDirectory: string,
  clock: Clock,
  limits: { readonly newestMs?: number; readonly callLimitMs?: number },
  signal: AbortSignal,
): Promise<WorkerVoiceModels> {
  const { embedder, modelLimitMs } = config.hearing;
  const models = {
    shippedDir: shippedModelsDir,
    addedDir: addedModelsDir(stateDirectory),
    ...(embedder === 'default' ? {} : { embedder }),
  };
  return clock.track(WorkerVoiceModels.open({ clock, models, callLimitMs: modelLimitMs, ...limits }, signal));
}
