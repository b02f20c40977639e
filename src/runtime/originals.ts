import sharp from 'sharp';
import type { Box } from '../../hal/contract/face-models.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { wavHeader, wavHeaderBytes } from '../../hal/linux/wav-writer.ts';
import { networkRateHz, resample } from '../hearing/resample.ts';
import type { Original } from '../people/person.ts';
import { touchedPixels } from '../vision/cut.ts';

/** Detectors want to see hair, ears and shoulders, too: so much of the face's size is kept around it on each side. */
const marginShare = 1;
/** No embedder takes more than 256 px of a face. */
const longestSidePx = 1024;
const jpegQuality = 95;
const fullScale = 32_767;

export interface RgbPicture {
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The part of a picture that shows a face, to be kept. */
export async function faceOriginal({ rgb, widthPx, heightPx }: RgbPicture, box: Box): Promise<Original> {
  const wanted = {
    x: box.x - marginShare * box.width,
    y: box.y - marginShare * box.height,
    width: box.width * (1 + 2 * marginShare),
    height: box.height * (1 + 2 * marginShare),
  };
  const { left, top, right, bottom } = touchedPixels(wanted, widthPx, heightPx);
  const bytes = await sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize({ width: longestSidePx, height: longestSidePx, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: jpegQuality, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return { mediaType: 'image/jpeg', bytes };
}

/** Rejects when it is no picture (any more). */
export async function openFaceOriginal(bytes: Uint8Array): Promise<RgbPicture> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { rgb: data, widthPx: info.width, heightPx: info.height };
}

/** A recording as the networks take it, 16 bit at 16 kHz, to be kept. */
export function voiceOriginal({ samples, sampleRateHz }: Sound): Original {
  const kept = resample(samples, sampleRateHz);
  const format = { sampleRateHz: networkRateHz, channels: 1 };
  const bytes = new Uint8Array(wavHeaderBytes + 2 * kept.length);
  bytes.set(wavHeader(format, kept.length));
  const view = new DataView(bytes.buffer, wavHeaderBytes);
  for (const [i, value] of kept.entries()) {
    view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, value)) * fullScale), true);
  }
  return { mediaType: 'audio/wav', bytes };
}

/** What `voiceOriginal` made. */
export function openVoiceOriginal(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset + wavHeaderBytes, bytes.length - wavHeaderBytes);
  const samples = new Float32Array(Math.floor(view.byteLength / 2));
  for (const i of samples.keys()) samples[i] = view.getInt16(2 * i, true) / fullScale;
  return { sampleRateHz: networkRateHz, samples, startMs: 0 };
}
