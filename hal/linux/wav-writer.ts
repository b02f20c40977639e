import { type FileHandle, open } from 'node:fs/promises';
import { HalError } from '../contract/errors.ts';

export interface WavWriterOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
}

export const wavHeaderBytes = 44;
const sampleBytes = 2;
/** A header cannot say more; readers then take everything to the end of the file. */
const mostBytes = 0xffff_ffff;

/**
 * Writes a 16-bit WAV file piece by piece. The header is brought up to date each second, so that a file whose writer
 * was killed can be read nearly to its end.
 *
 * The format: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991.
 */
export class WavWriter implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #options: WavWriterOptions;
  #frames = 0;
  #saidFrames = 0;
  #closed = false;

  private constructor(path: string, file: FileHandle, options: WavWriterOptions) {
    this.path = path;
    this.#file = file;
    this.#options = options;
  }

  /** Makes the file. Rejects with HalError when it cannot be made, or there is one already: none is overwritten. */
  static async create(path: string, options: WavWriterOptions): Promise<WavWriter> {
    const file = await open(path, 'wx').catch((error: unknown) => {
      throw writeError(path, error);
    });
    const writer = new WavWriter(path, file, options);
    try {
      await writer.#writeHeader();
    } catch (error) {
      await file.close();
      throw error;
    }
    return writer;
  }

  /** Samples of each channel that are in the file. */
  get frames(): number {
    return this.#frames;
  }

  /** Adds interleaved samples. Rejects with HalError `io` when the disk does (it is full). One call at a time. */
  async write(samples: Int16Array): Promise<void> {
    const { channels, sampleRateHz } = this.#options;
    const bytes = new Uint8Array(samples.length * sampleBytes);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < samples.length; i++) view.setInt16(i * sampleBytes, samples[i]!, true);
    try {
      await writeAll(this.#file, bytes, wavHeaderBytes + this.#frames * channels * sampleBytes);
    } catch (error) {
      throw writeError(this.path, error);
    }
    this.#frames += samples.length / channels;
    if (this.#frames - this.#saidFrames >= sampleRateHz) await this.#writeHeader();
  }

  /** Completes the header. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#writeHeader();
    } finally {
      await this.#file.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #writeHeader(): Promise<void> {
    const header = wavHeader(this.#options, this.#frames);
    try {
      await writeAll(this.#file, header, 0);
    } catch (error) {
      throw writeError(this.path, error);
    }
    this.#saidFrames = this.#frames;
  }
}

/** The header of a 16-bit WAV file, before so many interleaved frames. */
export function wavHeader({ channels, sampleRateHz }: WavWriterOptions, frames: number): Uint8Array {
  const frameBytes = channels * sampleBytes;
  const dataBytes = frames * frameBytes;
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(Math.min(mostBytes, wavHeaderBytes - 8 + dataBytes), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // integer samples
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(8 * sampleBytes, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(Math.min(mostBytes, dataBytes), 40);
  return header;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

function writeError(path: string, error: unknown): HalError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') return new HalError('io', path, 'the disk is full', options);
  if (code === 'EEXIST') return new HalError('invalid-argument', path, 'is there already', options);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new HalError('permission', path, 'may not be written by this user', options);
  }
  return new HalError('io', path, error instanceof Error ? error.message : String(error), options);
}
