import { readSoundFile, soundExtensions } from '../../hal/linux/sound-file.ts';
import { TrainingInputError } from '../hearing/train/errors.ts';
import { openNetworkFolder, saveNetwork } from '../hearing/train/save-network.ts';
import { type TrainVoicesTask, trainVoices } from '../hearing/train/train-voices.ts';
import type { TrainedDescription } from '../hearing/trained-file.ts';
import { InputError } from './input-error.ts';

/** What is trained on, and how; sound files are read by the device's own reader. */
export type VoiceTraining = Omit<TrainVoicesTask, 'read' | 'extensions'> & {
  /** Where the network is put, in place of the one that is there. */
  readonly output: string;
};

/**
 * Trains the closed-set voice network and puts its files into `output`: `names` are theirs. Rejects with InputError
 * that says everything that is wrong with the recordings or the folder; then, and on abort, the old network stays.
 */
export async function trainVoiceNetwork(
  { output, ...task }: VoiceTraining,
  signal: AbortSignal,
): Promise<{ readonly description: TrainedDescription; readonly names: readonly string[] }> {
  try {
    await openNetworkFolder(output);
    const read = (path: string, wait: AbortSignal) => readSoundFile(path, wait);
    const { description, files } = await trainVoices({ ...task, read, extensions: soundExtensions }, signal);
    await saveNetwork(output, files);
    return { description, names: [...files.keys()] };
  } catch (error) {
    if (!(error instanceof TrainingInputError)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}
