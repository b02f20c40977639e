import type { FileHandle } from 'node:fs/promises';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { MPEGDecoder } from 'mpg123-decoder';
import { OggOpusDecoder } from 'ogg-opus-decoder';

export type CompressedFormat = 'flac' | 'ogg-vorbis' | 'ogg-opus' | 'mp3';

/** What a decoder made of the next bytes. */
export interface DecodedSound {
  readonly sampleRateHz: number;
  /** A block for each channel, full scale at 1. */
  readonly channels: Float32Array[];
  /** Places where the file is damaged, so far. */
  readonly damaged: number;
}

/** As the four decoders give it. */
interface Decoded {
  readonly channelData: Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
  readonly bitDepth?: number;
  readonly errors: readonly unknown[];
}

interface Decoder {
  readonly ready: Promise<unknown>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Decoded | Promise<Decoded>;
  free(): void;
}

/** The licences of what is inside stand in NOTICE: two are under the LGPL. */
const decoders: Readonly<Record<CompressedFormat, () => Decoder>> = {
  flac: () => new FLACDecoder(),
  'ogg-vorbis': () => new OggVorbisDecoder(),
  'ogg-opus': () => new OggOpusDecoder(),
  mp3: () => new MPEGDecoder(),
};

const readBytes = 65_536;

/** Decodes a file piece by piece. Blocks without sound are left out. */
export async function* decodeCompressed(
  file: FileHandle,
  format: CompressedFormat,
): AsyncGenerator<DecodedSound, void, undefined> {
  const decoder = decoders[format]();
  await decoder.ready;
  try {
    let damaged = 0;
    const take = (decoded: Decoded): DecodedSound | undefined => {
      damaged += decoded.errors.length;
      const { samplesDecoded, channelData, sampleRate } = decoded;
      if (samplesDecoded === 0 || channelData.length === 0 || !(sampleRate > 0)) return undefined;
      const channels = channelData.map((samples) => samples.slice(0, samplesDecoded));
      if (format === 'flac') for (const samples of channels) undoFlacScale(samples, decoded.bitDepth ?? 16);
      return { sampleRateHz: sampleRate, channels, damaged };
    };
    const bytes = new Uint8Array(readBytes);
    for (let offset = 0; ; ) {
      const { bytesRead } = await file.read(bytes, 0, readBytes, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      // A copy: the decoder keeps what it cannot use yet.
      const sound = take(await decoder.decode(bytes.slice(0, bytesRead)));
      if (sound !== undefined) yield sound;
    }
    const last = decoder.flush === undefined ? undefined : take(await decoder.flush());
    if (last !== undefined) yield last;
  } finally {
    decoder.free();
  }
}

/**
 * The decoder divides by the largest positive sample, 32,767 for 16 bits; everything else here, and libsndfile,
 * divides by 32,768. The whole numbers of the file are found again by rounding.
 */
function undoFlacScale(samples: Float32Array, bits: number): void {
  const fullScale = 2 ** (bits - 1);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.round(samples[i]! * (fullScale - 1)) / fullScale;
  }
}

/**
 * The format that the first bytes of a file show (4 kB are enough): by content, whatever the file is called. An MP3
 * file counts as one when a second frame follows the first.
 */
export function formatOf(head: Uint8Array): 'wav' | CompressedFormat | undefined {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if ((text.startsWith('RIFF') || text.startsWith('RF64')) && text.slice(8, 12) === 'WAVE') return 'wav';
  if (text.startsWith('fLaC')) return 'flac';
  if (text.startsWith('OggS')) return oggFormat(head);
  if (text.startsWith('ID3')) return 'mp3';
  const first = mp3FrameBytes(head, 0);
  return first !== undefined && mp3FrameBytes(head, first) !== undefined ? 'mp3' : undefined;
}

/** The first page of an Ogg stream holds the name of its coding. */
function oggFormat(head: Uint8Array): CompressedFormat | undefined {
  const page = String.fromCharCode(...head.subarray(0, 200));
  if (page.includes('OpusHead')) return 'ogg-opus';
  if (page.includes('\u0001vorbis')) return 'ogg-vorbis';
  return page.includes('\u007fFLAC') ? 'flac' : undefined;
}

/** Of MPEG-1, and of MPEG-2 and 2.5, layer III; ISO/IEC 11172-3 and 13818-3. */
const mp3BitratesKbps = [
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const mp3RatesHz = [44_100, 48_000, 32_000] as const;

/** Length of the layer III frame whose header stands at `offset`; undefined where none does. */
function mp3FrameBytes(bytes: Uint8Array, offset: number): number | undefined {
  const [b0 = 0, b1 = 0, b2 = 0] = bytes.subarray(offset, offset + 4);
  if (b0 !== 0xff || (b1 & 0xe6) !== 0xe2) return undefined;
  const version = (b1 >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const kbps = mp3BitratesKbps[version === 3 ? 0 : 1][(b2 >> 4) - 1];
  const fullRateHz = mp3RatesHz[(b2 >> 2) & 3];
  if (version === 1 || kbps === undefined || fullRateHz === undefined) return undefined;
  const rateHz = version === 3 ? fullRateHz : version === 2 ? fullRateHz / 2 : fullRateHz / 4;
  const padding = (b2 >> 1) & 1;
  return Math.floor(((version === 3 ? 144_000 : 72_000) * kbps) / rateHz) + padding;
}
