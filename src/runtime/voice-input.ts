import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { readSoundFile, soundExtensions } from '../../hal/linux/sound-file.ts';
import type { VigilConfig } from '../config/schema.ts';
import { describe, listDataset } from '../people/dataset.ts';
import { InputError } from './input-error.ts';
import { microphoneFor } from './live-microphone.ts';

/** What `--input` means here and now. */
export type VoiceInput =
  | {
      readonly kind: 'recordings';
      readonly paths: readonly string[];
      /** What could not be looked at in a folder. */
      readonly problems: readonly RecordingProblem[];
    }
  /** Listened to until somebody ends it. */
  | { readonly kind: 'microphone'; readonly microphone: Microphone };

/** A recording that cannot be listened to, and why, in words. */
export interface RecordingProblem {
  readonly kind: 'problem';
  readonly path: string;
  readonly message: string;
}

export interface InputRecording {
  readonly kind: 'recording';
  /** The file's path as it was given, or the microphone's name. */
  readonly input: string;
  readonly sound: Sound;
  /** What is wrong with the file and was borne. */
  readonly warnings: readonly string[];
}

/**
 * Reads what a person gave as input: files, folders, or one microphone; `microphone` is the configured source, and
 * everything else what that configuration could say. Rejects with InputError for what is not there or holds no
 * sound, with HalError for a microphone or program that is missing.
 */
export async function voiceInput(
  texts: readonly string[],
  config: VigilConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<VoiceInput> {
  const paths: string[] = [];
  const problems: RecordingProblem[] = [];
  for (const text of texts) {
    const source = text === 'microphone' ? config.microphone.source : text;
    const found = await stat(source).catch(() => undefined);
    if (found?.isDirectory() === true) {
      const folder = await recordingsIn(source, signal);
      paths.push(...folder.paths);
      problems.push(...folder.problems);
    } else if (found !== undefined) {
      paths.push(source);
    } else {
      const microphone = namedMicrophone(source, config, clock);
      if (texts.length > 1) {
        throw new InputError(`${text}: a microphone is listened to alone, without other inputs`);
      }
      return { kind: 'microphone', microphone };
    }
  }
  return { kind: 'recordings', paths, problems };
}

async function recordingsIn(
  folder: string,
  signal: AbortSignal,
): Promise<{ paths: string[]; problems: RecordingProblem[] }> {
  const { files, unreadable } = await listDataset(folder, signal);
  const paths = files
    .filter(({ path }) => soundExtensions.has(extname(path).toLowerCase()))
    .map(({ path }) => join(folder, path));
  const problems = unreadable.map(({ path, message }): RecordingProblem => {
    const full = join(folder, path);
    return { kind: 'problem', path: full, message: `${full}: ${message}` };
  });
  if (paths.length === 0 && problems.length === 0) {
    throw new InputError(`${folder}: there is no recording in this folder (WAV, FLAC, OGG, MP3)`);
  }
  return { paths, problems };
}

function namedMicrophone(source: string, config: VigilConfig, clock: Clock): Microphone {
  try {
    return microphoneFor(source, { clock, config });
  } catch (error) {
    const wrong =
      error instanceof HalError && (error.kind === 'invalid-argument' || error.kind === 'not-found');
    throw wrong ? new InputError(error.message, { cause: error }) : error;
  }
}

/** The recordings of files, one after the other; those that cannot be read as problems. */
export async function* recordingsOf(
  { paths, problems }: Extract<VoiceInput, { kind: 'recordings' }>,
  signal: AbortSignal,
): AsyncGenerator<InputRecording | RecordingProblem, void, void> {
  yield* problems;
  for (const path of paths) {
    signal.throwIfAborted();
    try {
      const { sound, warnings } = await readSoundFile(path, signal);
      yield { kind: 'recording', input: path, sound, warnings };
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof HalError ? error.message : `${path}: ${describe(error)}`;
      yield { kind: 'problem', path, message };
    }
  }
}
