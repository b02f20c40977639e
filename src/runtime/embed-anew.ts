import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { sampleOf } from '../hearing/enrol.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { PeopleStoreError } from '../people/errors.ts';
import { sha256OfFile } from '../people/import.ts';
import { pathOf, type Sample } from '../people/person.ts';
import type { SampleToReembed } from '../people/reembedding.ts';
import type { PeopleStore } from '../people/store.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { recordingQuality } from './enrol-voices.ts';
import { openFaceOriginal, openVoiceOriginal, type RgbPicture } from './originals.ts';

/** What the models make of the picture of a sample: of its file, else of what was kept. See `ModelChange`. */
export async function embedFaceAnew(
  store: PeopleStore,
  models: WorkerFaceModels,
  { sample, original }: SampleToReembed,
  signal: AbortSignal,
) {
  const picture = await firstReadable<RgbPicture>(
    [
      () => fromFile(sample, (path) => decodeRgb(path, signal), signal),
      async () => (original === undefined ? undefined : openFaceOriginal(store.openOriginal(original))),
    ],
    signal,
  );
  if (picture === undefined) return undefined;
  const [largest] = await models.describe(picture, signal);
  if (largest === undefined) return undefined;
  const { face, embedding } = largest;
  return { embedding, quality: { ...face.quality, score: face.score } };
}

/** The same of a voice. */
export async function embedVoiceAnew(
  store: PeopleStore,
  models: WorkerVoiceModels,
  { sample, original }: SampleToReembed,
  signal: AbortSignal,
) {
  const sound = await firstReadable<Sound>(
    [
      () => fromFile(sample, async (path) => (await readSoundFile(path, signal)).sound, signal),
      async () => (original === undefined ? undefined : openVoiceOriginal(store.openOriginal(original))),
    ],
    signal,
  );
  if (sound === undefined) return undefined;
  const recording = await models.describe(sound, signal);
  if (recording.voicedMs === 0) return undefined;
  return { embedding: sampleOf(recording), quality: recordingQuality(recording) };
}

async function decodeRgb(path: string, signal: AbortSignal): Promise<RgbPicture> {
  const { pixels: rgb, widthPx, heightPx } = await decodePicture(path, defaultDecodeLimits, signal);
  return { rgb, widthPx, heightPx };
}

/** What a file holds that is still what the sample was made of. */
async function fromFile<T>(
  { provenance }: Sample,
  read: (path: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const path = pathOf(provenance);
  if (path === undefined) return undefined;
  const contentSha256 = await sha256OfFile(path, signal).catch(() => undefined);
  return contentSha256 === provenance.contentSha256 ? await read(path) : undefined;
}

/** One that cannot be read is as good as none: the next is tried. */
async function firstReadable<T>(
  sources: readonly (() => Promise<T | undefined>)[],
  signal: AbortSignal,
): Promise<T | undefined> {
  for (const source of sources) {
    try {
      const found = await source();
      if (found !== undefined) return found;
    } catch (error) {
      signal.throwIfAborted();
      const isUnreadable =
        error instanceof HalError || (error instanceof PeopleStoreError && error.kind === 'corrupt');
      if (!isUnreadable) throw error;
    }
  }
  return undefined;
}
