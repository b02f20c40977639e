import type { FileHandle } from 'node:fs/promises';
import { HalError } from '../contract/errors.ts';

/** How the samples of a WAV file lie in it. */
export interface WavLayout {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly encoding: 'uint8' | 'int16' | 'int24' | 'int32' | 'float32' | 'float64';
  readonly dataOffset: number;
  /** Whole frames that are really there. */
  readonly frames: number;
  /** What is wrong with the file and was borne. */
  readonly warnings: readonly string[];
}

const mostChannels = 32;
const mostSampleRateHz = 768_000;
/** A file with more chunks than this is no recording. */
const mostChunks = 1_000;
/** Written by programs that did not know the length yet, or never came to write it. */
const unknownSizes: ReadonlySet<number> = new Set([0, 0xffff_ffff, 0x7fff_ffff]);

const formatTags: Readonly<Record<number, string>> = {
  2: 'ADPCM',
  6: 'A-law',
  7: 'µ-law',
  17: 'IMA ADPCM',
  49: 'GSM',
  80: 'MPEG',
  85: 'MP3',
};
const pcmTag = 1;
const floatTag = 3;
const extensibleTag = 0xfffe;

interface Format {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly encoding: WavLayout['encoding'];
}

/**
 * Reads the header of a WAV file: RIFF or RF64, chunks in any order and of odd length, the sizes believed only as far
 * as the file bears them out. Throws HalError `invalid-argument` for a broken file, `unsupported` for another coding.
 *
 * The format: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991; Microsoft,
 * "Multiple Channel Audio Data and WAVE Files"; EBU Tech 3306 (RF64).
 */
export async function readWavLayout(file: FileHandle, path: string, fileBytes: number): Promise<WavLayout> {
  const broken = (message: string) => new HalError('invalid-argument', path, message);
  const read = async (offset: number, length: number): Promise<DataView> => {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return new DataView(bytes.buffer, 0, bytesRead);
  };

  let format: Format | undefined;
  let longDataBytes: number | undefined;
  let offset = 12;
  for (let chunks = 0; offset + 8 <= fileBytes; chunks++) {
    if (chunks === mostChunks) throw broken(`has more than ${mostChunks} chunks: this is no recording`);
    const head = await read(offset, 8);
    const id = ascii(head, 0);
    const saidBytes = head.getUint32(4, true);
    const start = offset + 8;
    if (id === 'ds64') {
      const sizes = await read(start, 24);
      if (sizes.byteLength === 24) longDataBytes = Number(sizes.getBigUint64(8, true));
    } else if (id === 'fmt ') {
      format = parseFormat(await read(start, Math.min(saidBytes, 40)), path);
    } else if (id === 'data') {
      if (format === undefined) throw broken('its sound comes before its format: this is no WAV file');
      const whole = longDataBytes !== undefined && saidBytes === 0xffff_ffff ? longDataBytes : saidBytes;
      return layoutOf(format, start, whole, fileBytes, path);
    }
    offset = start + saidBytes + (saidBytes % 2);
  }
  throw broken(format === undefined ? 'has no format: it is cut off or no WAV file' : 'has no sound in it');
}

function parseFormat(chunk: DataView, path: string): Format {
  if (chunk.byteLength < 16) throw new HalError('invalid-argument', path, 'is cut off in its header');
  const channels = chunk.getUint16(2, true);
  const sampleRateHz = chunk.getUint32(4, true);
  const frameBytes = chunk.getUint16(12, true);
  const bits = chunk.getUint16(14, true);
  let tag = chunk.getUint16(0, true);
  if (tag === extensibleTag && chunk.byteLength >= 26) tag = chunk.getUint16(24, true);
  const broken = (message: string) => new HalError('invalid-argument', path, message);
  if (tag !== pcmTag && tag !== floatTag) {
    const name = formatTags[tag] ?? `coding ${tag}`;
    throw new HalError('unsupported', path, `is a WAV file with ${name} inside; save it as 16-bit PCM`);
  }
  if (channels < 1 || channels > mostChannels) {
    throw broken(`says that it has ${channels} channels; 1 to ${mostChannels} can be read`);
  }
  if (sampleRateHz < 1 || sampleRateHz > mostSampleRateHz) {
    throw broken(`says that its sample rate is ${sampleRateHz} Hz; 1 to ${mostSampleRateHz} can be read`);
  }
  const encoding = encodingOf(tag, bits);
  if (encoding === undefined) {
    const kind = tag === floatTag ? 'float' : 'integer';
    throw new HalError('unsupported', path, `has ${bits}-bit ${kind} samples; save it as 16-bit PCM`);
  }
  if (frameBytes !== channels * sampleBytes[encoding]) {
    throw broken(
      `contradicts itself: ${channels} channels of ${bits} bits do not make ${frameBytes} bytes a frame`,
    );
  }
  return { sampleRateHz, channels, encoding };
}

const sampleBytes = { uint8: 1, int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 } as const;

function encodingOf(tag: number, bits: number): WavLayout['encoding'] | undefined {
  if (tag === floatTag) return bits === 32 ? 'float32' : bits === 64 ? 'float64' : undefined;
  const container = Math.ceil(bits / 8);
  return ([undefined, 'uint8', 'int16', 'int24', 'int32'] as const)[container];
}

function layoutOf(
  format: Format,
  dataOffset: number,
  saidBytes: number,
  fileBytes: number,
  path: string,
): WavLayout {
  const warnings: string[] = [];
  const thereBytes = fileBytes - dataOffset;
  let dataBytes = saidBytes;
  if (unknownSizes.has(saidBytes) || saidBytes > thereBytes) {
    if (saidBytes !== thereBytes && thereBytes > 0) {
      warnings.push(
        unknownSizes.has(saidBytes)
          ? 'its header does not say how long it is; everything to the end of the file is read'
          : `it is cut off: ${thereBytes} of ${saidBytes} bytes of sound are there`,
      );
    }
    dataBytes = thereBytes;
  }
  const frames = Math.floor(dataBytes / (format.channels * sampleBytes[format.encoding]));
  if (frames === 0) throw new HalError('invalid-argument', path, 'has no sound in it');
  return { ...format, dataOffset, frames, warnings };
}

function ascii(view: DataView, offset: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, 4));
}

/**
 * Frames of a WAV file from `firstFrame` on, a block of channels at a time; full scale at 1. 16-bit samples are
 * divided by 32,768, as libsndfile and librosa do.
 */
export async function* readWavBlocks(
  file: FileHandle,
  layout: WavLayout,
  blockFrames: number,
): AsyncGenerator<Float32Array[], void, undefined> {
  const { channels, encoding, dataOffset, frames } = layout;
  const frameBytes = channels * sampleBytes[encoding];
  const bytes = new Uint8Array(blockFrames * frameBytes);
  const view = new DataView(bytes.buffer);
  for (let done = 0; done < frames; ) {
    const wanted = Math.min(blockFrames, frames - done);
    const { bytesRead } = await file.read(bytes, 0, wanted * frameBytes, dataOffset + done * frameBytes);
    const got = Math.floor(bytesRead / frameBytes);
    if (got === 0) return; // somebody made the file shorter meanwhile
    yield Array.from({ length: channels }, (_, channel) => decode(view, encoding, channels, channel, got));
    done += got;
  }
}

function decode(
  view: DataView,
  encoding: WavLayout['encoding'],
  channels: number,
  channel: number,
  frames: number,
): Float32Array {
  const step = channels * sampleBytes[encoding];
  const samples = new Float32Array(frames);
  const readSample = readers[encoding];
  let offset = channel * sampleBytes[encoding];
  for (let i = 0; i < frames; i++, offset += step) samples[i] = readSample(view, offset);
  return samples;
}

const readers: Readonly<Record<WavLayout['encoding'], (view: DataView, offset: number) => number>> = {
  uint8: (view, offset) => (view.getUint8(offset) - 128) / 128,
  int16: (view, offset) => view.getInt16(offset, true) / 32_768,
  int24: (view, offset) => ((view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)) / 8_388_608,
  int32: (view, offset) => view.getInt32(offset, true) / 2_147_483_648,
  float32: (view, offset) => view.getFloat32(offset, true),
  float64: (view, offset) => view.getFloat64(offset, true),
};
