import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { ModelError, messageOf } from '../models/errors.ts';
import { OnnxSession } from '../models/session.ts';
import { FeatureError, featureCount, features193, featureVersion } from './features/features193.ts';
import {
  networkInput,
  networkOutput,
  type TrainedDescription,
  trainedDescriptionSchema,
  trainedFiles,
} from './trained-file.ts';
import { lengthMsOf, refuseSound } from './trained-gate.ts';

const modelId = 'trained voices';
const trainAgain = 'train again: vigil voices train';

/** The closed-set network that `vigil voices train` made. Its runs block their thread: for a Worker. */
export interface TrainedNetwork extends AsyncDisposable {
  /** Names the network's file and its features. */
  readonly pipelineId: string;
  readonly labels: readonly string[];
  readonly pieceMs: number;
  readonly featureVersion: string;
  /**
   * A share for each label, summing to 1, of the newest `pieceMs` of the sound. Rejects with HalError
   * `invalid-argument` for sound that is too short, silent or has no features, and with ModelError `failed`.
   */
  classify(sound: Sound): Promise<number[]>;
  close(): Promise<void>;
}

/**
 * Opens the network in `folder`. Rejects with ModelError, whose message says to train again: `missing`, `unreadable`
 * (the description is none), `outdated` (it takes features of another version), `truncated` and `altered` (the
 * network is not the one described).
 */
export async function openTrainedNetwork(folder: string): Promise<TrainedNetwork> {
  const description = await readTrainedDescription(folder);
  const { labels, pieceMs, network } = description;
  if (description.featureVersion !== featureVersion) {
    throw new ModelError(
      'outdated',
      modelId,
      `it takes features of version ${description.featureVersion}, this Vigil computes ${featureVersion}; ${trainAgain}`,
    );
  }
  const session = await OnnxSession.open(
    { id: modelId, path: join(folder, network.file), ...network, remedy: trainAgain },
    { name: networkInput, dtype: 'float32', shape: [undefined, featureCount], batched: true },
    [{ name: networkOutput, lastDims: [labels.length] }],
  );
  const close = () => session.close();
  return {
    pipelineId: `trained-${network.sha256.slice(0, 12)}-${featureVersion}`,
    labels,
    pieceMs,
    featureVersion,
    classify: (sound) => classify(session, newest(sound, pieceMs)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Reads what the network in `folder` is. Rejects with ModelError `missing` or `unreadable`. */
async function readTrainedDescription(folder: string): Promise<TrainedDescription> {
  const path = join(folder, trainedFiles.description);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing
      ? new ModelError('missing', modelId, `there is none in ${folder}; train it: vigil voices train`)
      : new ModelError('unreadable', modelId, `${path} cannot be read: ${messageOf(error)}`, error);
  }
  try {
    return trainedDescriptionSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new ModelError(
      'unreadable',
      modelId,
      `${path} does not describe a trained network; ${trainAgain}`,
      error,
    );
  }
}

async function classify(session: OnnxSession, sound: Sound): Promise<number[]> {
  const refusal = refuseSound(sound);
  if (refusal !== undefined) throw new HalError('invalid-argument', modelId, refusal.reason);
  const [output] = await session.run({ data: featuresOf(sound), shape: [1, featureCount] });
  const shares = [...(output?.data ?? [])];
  if (!shares.every(Number.isFinite)) {
    throw new ModelError('failed', modelId, 'the network gave numbers that are not finite');
  }
  return shares;
}

function featuresOf(sound: Sound): Float32Array {
  try {
    return features193(sound).vector;
  } catch (error) {
    if (!(error instanceof FeatureError)) throw error;
    throw new HalError('invalid-argument', modelId, error.message, { cause: error });
  }
}

/** Features follow the length: more than it was trained with would be something else. */
function newest(sound: Sound, pieceMs: number): Sound {
  const { samples, sampleRateHz, startMs } = sound;
  const excessMs = lengthMsOf(sound) - pieceMs;
  if (!(excessMs > 0)) return sound;
  const kept = Math.round((pieceMs / 1000) * sampleRateHz);
  return { sampleRateHz, samples: samples.subarray(samples.length - kept), startMs: startMs + excessMs };
}
