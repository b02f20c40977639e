import { join } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import type { Sound } from '../../../hal/contract/sound.ts';
import { sampleRateLimitsHz } from '../resample.ts';
import { lengthMsOf, refuseSound } from '../trained-gate.ts';
import type { AudioFile } from './audios.ts';
import { TrainingInputError } from './errors.ts';

/** A sound file in one channel, and what was wrong with it and was borne. */
export interface ReadRecording {
  readonly sound: Sound;
  readonly warnings: readonly string[];
}

/** Rejects with HalError for a file that cannot be read or is no sound. */
export type ReadFile = (path: string, signal: AbortSignal) => Promise<ReadRecording>;

/** A recording that can be learnt from or tried. Its samples are read again when they are needed. */
export interface CheckedRecording extends AudioFile {
  /** Of its samples and their rate. */
  readonly sha256: string;
  readonly lengthMs: number;
}

export interface CheckedRecordings {
  readonly recordings: readonly CheckedRecording[];
  readonly warnings: readonly string[];
}

/** At full scale or one step under it. */
const fullScale = 1 - 2 / 32_768;
/** Of full scale: float files may go over it, but not so far that features are no numbers. */
const mostPeak = 16;
/** As for enrolling: from here on a voice is no longer much like itself. */
const mostClipped = 0.001;

/**
 * Reads every file once and says of each that is no use what is wrong with it: broken, empty, shorter than a second,
 * silent, clipped, the same recording as another. Throws TrainingInputError that names them all; rejects with
 * `signal.reason` on abort.
 */
export async function checkRecordings(
  folder: string,
  files: readonly AudioFile[],
  read: ReadFile,
  progress: (done: number, path: string) => void,
  signal: AbortSignal,
): Promise<CheckedRecordings> {
  const recordings: CheckedRecording[] = [];
  const warnings: string[] = [];
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const [done, file] of files.entries()) {
    signal.throwIfAborted();
    progress(done, file.path);
    const checked = await checkFile(join(folder, file.path), read, signal);
    if ('problem' in checked) {
      problems.push(`${file.path}: ${checked.problem}`);
      continue;
    }
    const { sound } = checked;
    warnings.push(...checked.warnings.map((warning) => `${file.path}: ${warning}`));
    const sha256 = hashOf(sound);
    const same = seen.get(sha256);
    if (same !== undefined) {
      problems.push(`${file.path}: the same recording as ${same}; keep one of them`);
      continue;
    }
    seen.set(sha256, file.path);
    recordings.push({ ...file, sha256, lengthMs: lengthMsOf(sound) });
  }
  if (problems.length > 0) {
    throw new TrainingInputError([...problems, 'Replace or remove what is named, and train again.']);
  }
  return { recordings, warnings };
}

async function checkFile(
  path: string,
  read: ReadFile,
  signal: AbortSignal,
): Promise<ReadRecording | { readonly problem: string }> {
  let recording: ReadRecording;
  try {
    recording = await read(path, signal);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    const prefix = `${error.device}: `;
    return { problem: error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message };
  }
  const { samples, sampleRateHz } = recording.sound;
  const { lowest, highest } = sampleRateLimitsHz;
  if (!(sampleRateHz >= lowest && sampleRateHz <= highest)) {
    return { problem: `a sample rate of ${sampleRateHz} Hz; ${lowest} to ${highest} Hz are understood` };
  }
  const refusal = refuseSound(recording.sound);
  if (refusal !== undefined) return { problem: refusal.reason };
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (peak > mostPeak) {
    return { problem: `samples of ${peak.toPrecision(3)} times full scale; save it anew with -1 to 1` };
  }
  const clipped = samples.reduce((sum, sample) => sum + (Math.abs(sample) >= fullScale ? 1 : 0), 0);
  const share = clipped / samples.length;
  if (share > mostClipped) {
    const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
    return {
      problem: `clipped: ${percent(share)} of its samples are at full scale, at most ${percent(mostClipped)} may be; record it anew with the microphone turned down`,
    };
  }
  return recording;
}

function hashOf({ samples, sampleRateHz }: Sound): string {
  return new Bun.CryptoHasher('sha256').update(`${sampleRateHz} `).update(samples).digest('hex');
}
