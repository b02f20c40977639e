import { z } from 'zod';
import { shippedModelsDir } from '../../models/folders.ts';
import { type Manifest, readManifest } from '../../models/manifest.ts';
import { loadFaceFinder } from '../../vision/find-faces.ts';
import type { Provenance } from '../report/document.ts';
import { HogDetector } from './hog/hog-detector.ts';
import { hogModel } from './hog/weights.ts';
import type { PictureDetector } from './picture-detector.ts';
import { loadResnetSsd, type SsdFiles } from './resnet-ssd.ts';
import { loadViolaJones, violaJonesModel } from './viola-jones.ts';

/** Which detector, in a form that a process of its own can be told. */
export const detectorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('viola-jones') }),
  z.strictObject({ kind: z.literal('hog'), upsample: z.int().min(0).max(2) }),
  z.strictObject({ kind: z.literal('resnet-ssd'), graph: z.string(), config: z.string() }),
  /** Vigil's own, or with a model of the manifest in its place. */
  z.strictObject({
    kind: z.literal('pipeline'),
    addedModelsDir: z.string(),
    model: z.string().exactOptional(),
  }),
]);

export type DetectorChoice = z.infer<typeof detectorSchema>;

export interface NamedDetector {
  /** As `--detectors` takes it. */
  readonly id: string;
  readonly title: string;
  /** The files of trained numbers that it uses. */
  readonly models: Provenance['models'];
  readonly choice: DetectorChoice;
}

export interface DetectorSources {
  readonly manifest: Manifest;
  readonly addedModelsDir: string;
  /** The Python program's network, of which Vigil has no copy. */
  readonly ssd: (SsdFiles & { readonly graphSha256: string }) | undefined;
}

/**
 * The detectors that can be compared here: the two old ones, the Python program's network where its files are given,
 * Vigil's own, and every detector of the manifest that works alone.
 */
export function detectorsHere({ manifest, addedModelsDir, ssd }: DetectorSources): NamedDetector[] {
  const { detector } = manifest.pipeline();
  const own =
    detector.kind === 'two-look'
      ? [detector.landscape, detector.portrait, detector.smallBoard, detector.second]
      : [detector.model];
  const alone = manifest.models.filter(
    ({ id, role }) => role === 'detector' && own.every((model) => model.id !== id),
  );
  const detectors: NamedDetector[] = [
    {
      id: 'viola-jones',
      title: 'Viola-Jones',
      models: [violaJonesModel],
      choice: { kind: 'viola-jones' },
    },
    { id: 'hog', title: 'HOG', models: [hogModel], choice: { kind: 'hog', upsample: 0 } },
    { id: 'hog-doubled', title: 'HOG, doubled', models: [hogModel], choice: { kind: 'hog', upsample: 1 } },
  ];
  if (ssd !== undefined) {
    const { graph, config, graphSha256 } = ssd;
    detectors.push({
      id: 'resnet-ssd',
      title: 'SSD ResNet-10',
      models: [{ id: 'resnet-ssd', sha256: graphSha256 }],
      choice: { kind: 'resnet-ssd', graph, config },
    });
  }
  detectors.push({
    id: 'vigil',
    title: 'Vigil',
    models: own.map(({ id, sha256 }) => ({ id, sha256 })),
    choice: { kind: 'pipeline', addedModelsDir },
  });
  for (const { id, sha256 } of alone) {
    const choice = { kind: 'pipeline', addedModelsDir, model: id } as const;
    detectors.push({ id, title: id, models: [{ id, sha256 }], choice });
  }
  return detectors;
}

/** Loads one. Rejects with ModelError and ManifestError. */
export async function loadDetectorOf(choice: DetectorChoice): Promise<PictureDetector> {
  switch (choice.kind) {
    case 'viola-jones':
      return await loadViolaJones(shippedModelsDir);
    case 'hog': {
      const hog = await HogDetector.load(shippedModelsDir);
      return {
        async detect(picture) {
          const found = hog.detect({ ...picture, channels: 3 }, { upsample: choice.upsample, adjust: 0 });
          return found.map(({ rect: { left, top, right, bottom }, score }) => ({
            box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
            score,
          }));
        },
      };
    }
    case 'resnet-ssd':
      return await loadResnetSsd(choice);
    case 'pipeline': {
      const manifest = await readManifest({
        shippedDir: shippedModelsDir,
        addedDir: choice.addedModelsDir,
      });
      const { detector } = manifest.pipeline(choice.model === undefined ? {} : { detector: choice.model });
      const finder = await loadFaceFinder(detector, { smallBoard: false });
      return {
        detect: ({ pixels, widthPx, heightPx }) => finder.find(pixels, widthPx, heightPx, undefined),
      };
    }
  }
}
