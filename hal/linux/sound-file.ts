import { type FileHandle, open } from 'node:fs/promises';
import { untilAborted } from '../contract/abort.ts';
import { HalError } from '../contract/errors.ts';
import type { Sound } from '../contract/sound.ts';
import { type CompressedFormat, decodeCompressed, formatOf } from './compressed-sound.ts';
import { checkPlainFile, fileError } from './file-error.ts';
import { readWavBlocks, readWavLayout } from './wav.ts';

/** Endings of files that are taken for sound in a folder; what a file really is, its content says. */
export const soundExtensions: ReadonlySet<string> = new Set([
  '.wav',
  '.wave',
  '.flac',
  '.ogg',
  '.oga',
  '.opus',
  '.mp3',
]);

const headBytes = 4_096;
const blockFrames = 16_384;
/** An hour of one channel at 48 kHz is 690 MB of samples: more is read piece by piece, or not at all. */
const defaultMostSeconds = 600;

/** An open sound file, to be read once from its beginning to its end. */
export interface SoundFile extends AsyncDisposable {
  readonly path: string;
  readonly format: 'wav' | CompressedFormat;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** What is wrong with the file and was borne; whole at the end. */
  readonly warnings: readonly string[];
  /**
   * The sound, a block for each channel, full scale at 1. Rejects with HalError `invalid-argument` where a sample is
   * no number; abort rejects with the signal's reason.
   */
  blocks(signal: AbortSignal): AsyncGenerator<Float32Array[], void, undefined>;
}

/**
 * Opens a WAV, FLAC, Ogg Vorbis, Ogg Opus or MP3 file. Rejects with HalError: `not-found`, `permission`,
 * `invalid-argument` (a folder, empty, cut off before its sound, no sound file), `unsupported` (another coding).
 */
export async function openSoundFile(path: string, signal: AbortSignal): Promise<SoundFile> {
  signal.throwIfAborted();
  const fileBytes = await untilAborted(checkPlainFile(path, 'a sound file'), signal);
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    const head = new Uint8Array(headBytes);
    const { bytesRead } = await file.read(head, 0, headBytes, 0);
    const format = formatOf(head.subarray(0, bytesRead));
    if (format === undefined) {
      throw new HalError('invalid-argument', path, 'is no sound file that can be read (WAV, FLAC, OGG, MP3)');
    }
    if (format === 'wav') return await openWav(file, path, fileBytes);
    return await openCompressed(file, path, format, format === 'flac' ? flacFrames(head) : undefined);
  } catch (error) {
    await file.close();
    throw error instanceof HalError ? error : broken(path, error);
  }
}

async function openWav(file: FileHandle, path: string, fileBytes: number): Promise<SoundFile> {
  const layout = await readWavLayout(file, path, fileBytes);
  const { sampleRateHz, channels, warnings } = layout;
  return {
    path,
    format: 'wav',
    sampleRateHz,
    channels,
    warnings,
    blocks: (signal) => checked(readWavBlocks(file, layout, blockFrames), path, signal),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function openCompressed(
  file: FileHandle,
  path: string,
  format: CompressedFormat,
  saidFrames: number | undefined,
): Promise<SoundFile> {
  const decoding = decodeCompressed(file, format);
  // Rate and channels are known only when something was decoded.
  const first = await decoding.next();
  if (first.done === true) {
    throw new HalError('invalid-argument', path, 'has no sound in it: it is cut off or damaged');
  }
  const { sampleRateHz, channels } = first.value;
  const warnings: string[] = [];
  async function* blocks() {
    let sound = first;
    let damaged = 0;
    let frames = 0;
    for (; sound.done !== true; sound = await decoding.next()) {
      if (sound.value.sampleRateHz !== sampleRateHz || sound.value.channels.length !== channels.length) {
        throw new HalError(
          'unsupported',
          path,
          'changes its sample rate or channels on the way; save it anew',
        );
      }
      damaged = sound.value.damaged;
      frames += sound.value.channels[0]?.length ?? 0;
      yield sound.value.channels;
    }
    if (damaged > 0) warnings.push(`it is damaged in ${damaged} places; what could be read is used`);
    if (saidFrames !== undefined && frames < saidFrames) {
      warnings.push(`it is cut off: ${frames} of ${saidFrames} samples are there`);
    }
  }
  return {
    path,
    format,
    sampleRateHz,
    channels: channels.length,
    warnings,
    blocks: (signal) => checked(blocks(), path, signal),
    [Symbol.asyncDispose]: async () => {
      await decoding.return();
      await file.close();
    },
  };
}

/** The number of samples that a FLAC file says it has (RFC 9639, 8.2); undefined where it does not say. */
function flacFrames(head: Uint8Array): number | undefined {
  if (head[0] !== 0x66) return undefined; // inside an Ogg stream it stands elsewhere
  const view = new DataView(head.buffer, head.byteOffset);
  const frames = (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
  return frames === 0 ? undefined : frames;
}

/** Passes blocks on that hold nothing but numbers. */
async function* checked(
  blocks: AsyncGenerator<Float32Array[], void, undefined>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Float32Array[], void, undefined> {
  try {
    for await (const block of blocks) {
      signal.throwIfAborted();
      for (const samples of block) {
        if (!samples.every(Number.isFinite)) {
          throw new HalError('invalid-argument', path, 'holds samples that are no numbers: save it anew');
        }
      }
      yield block;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof HalError ? error : broken(path, error);
  }
}

/** What the file system said; or a decoder that stumbled, whose own words would help nobody. */
function broken(path: string, error: unknown): HalError {
  if (error instanceof Error && 'code' in error) return fileError(path, error);
  const message = 'is damaged and cannot be decoded: save it anew, as WAV or FLAC';
  return new HalError('invalid-argument', path, message, { cause: error });
}

/** A whole sound file, mixed to one channel by the mean of its channels. */
export interface ReadSound {
  readonly sound: Sound;
  readonly format: SoundFile['format'];
  /** Before they were mixed. */
  readonly channels: number;
  readonly warnings: readonly string[];
}

/**
 * Reads a whole sound file. Rejects as `openSoundFile` does, and with `invalid-argument` for one that is longer than
 * `mostSeconds` (ten minutes by default).
 */
export async function readSoundFile(
  path: string,
  signal: AbortSignal,
  { mostSeconds = defaultMostSeconds }: { readonly mostSeconds?: number } = {},
): Promise<ReadSound> {
  await using file = await openSoundFile(path, signal);
  const { sampleRateHz, format, channels, warnings } = file;
  const mono: Float32Array[] = [];
  let frames = 0;
  for await (const block of file.blocks(signal)) {
    const mixed = mixChannels(block);
    frames += mixed.length;
    if (frames > mostSeconds * sampleRateHz) {
      const minutes = Math.round(mostSeconds / 6) / 10;
      throw new HalError('invalid-argument', path, `is longer than ${minutes} minutes: cut it into pieces`);
    }
    mono.push(mixed);
  }
  if (frames === 0) throw new HalError('invalid-argument', path, 'has no sound in it');
  const samples = new Float32Array(frames);
  let offset = 0;
  for (const piece of mono) {
    samples.set(piece, offset);
    offset += piece.length;
  }
  return { sound: { sampleRateHz, samples, startMs: 0 }, format, channels, warnings: [...warnings] };
}

/** The arithmetic mean of the channels, rounded once. */
function mixChannels(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (first === undefined || channels.length === 1) return first ?? new Float32Array(0);
  const mixed = new Float32Array(first.length);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    mixed[i] = sum / channels.length;
  }
  return mixed;
}
