import type { DetectedFace, FaceMatchLimits } from '../../hal/contract/face-models.ts';
import type { Detection } from '../models/detection.ts';
import { type Embedder, loadEmbedder } from '../models/embedder.ts';
import { alignmentId } from '../models/entry.ts';
import { type LandmarkLocator, loadLandmarks } from '../models/landmarks.ts';
import type { Pipeline } from '../models/manifest.ts';
import { unitSum } from '../models/unit.ts';
import { chipToPicture, squareToPicture, standardAlignment } from './align.ts';
import { measureCovered } from './covered.ts';
import { type FaceFinder, loadFaceFinder } from './find-faces.ts';
import { LandmarkFinder } from './landmarks.ts';
import { measureChip, measuredSquare, measurePose, posePoints } from './quality.ts';
import { mirrorChip, warpChip } from './warp.ts';

/** A face, and how to get the chip that its embedding is computed from. */
export interface AlignedFace extends DetectedFace {
  /**
   * Cuts the chip (RGB, `alignment.sizePx` squared) out of the picture that the face was found in, which must still
   * be what it was: most faces of a stream are never embedded, so their chips are never cut.
   */
  readonly cutChip: (chip: Uint8Array) => void;
}

/** Faces embedded in one run of the network: bounds its memory when many people are in view. */
const facesPerRun = 4;

/** The loaded face networks: picture to faces, faces to embeddings. Blocks its thread: use it in a Worker. */
export class FacePipeline {
  readonly pipelineId: string;
  readonly embeddingLength: number;
  readonly match: FaceMatchLimits;
  /** Simulated milliseconds: of a look at one face, and of one embedding. See `declaredMs` in the manifest. */
  readonly declaredMs: { readonly detect: number; readonly embed: number };
  readonly #finder: FaceFinder;
  readonly #locator: LandmarkLocator;
  readonly #landmarks: LandmarkFinder;
  readonly #embedder: Embedder;
  /** What quality is measured on, reused for every face. */
  readonly #middle = new Uint8Array(measuredSquare.sizePx ** 2 * 3);

  private constructor(finder: FaceFinder, locator: LandmarkLocator, embedder: Embedder) {
    this.#finder = finder;
    this.#locator = locator;
    this.#landmarks = new LandmarkFinder(locator);
    this.#embedder = embedder;
    this.embeddingLength = embedder.model.output.length;
    // Whatever changes an embedding is in the name. The detector does not: the landmarks forgive its box.
    const { sha256, alignment, declaredMs, match } = embedder.model;
    this.match = { threshold: match.threshold, margin: match.margin };
    this.declaredMs = {
      detect: finder.declaredMs + locator.model.declaredMs,
      embed: declaredMs * (alignment.flip ? 2 : 1),
    };
    this.pipelineId = `${sha256.slice(0, 16)}-${locator.model.sha256.slice(0, 16)}-${alignmentId(alignment)}`;
  }

  /** Loads every network, after checking its file. Throws ModelError, which names the model and what is wrong. */
  static async load(pipeline: Pipeline, options: { readonly smallBoard: boolean }): Promise<FacePipeline> {
    // The largest one first: what loading it frees, the others use again.
    const embedder = await loadEmbedder(pipeline.embedder);
    const locator = await loadLandmarks(pipeline.landmarks);
    const finder = await loadFaceFinder(pipeline.detector, options);
    return new FacePipeline(finder, locator, embedder);
  }

  /**
   * Every face in an RGB picture of at most 32,767 px a side, the largest first.
   *
   * @param followAtMs see `FaceFinder.find`.
   */
  async detect(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    followAtMs?: number,
  ): Promise<AlignedFace[]> {
    const faces: AlignedFace[] = [];
    for (const detection of await this.#finder.find(rgb, widthPx, heightPx, followAtMs)) {
      const face = await this.align(rgb, widthPx, heightPx, detection);
      if (face !== undefined) faces.push(face);
    }
    return faces.sort((a, b) => b.quality.eyeDistancePx - a.quality.eyeDistancePx);
  }

  /** Landmarks, quality and the way to the chip of one face; undefined where its box lies outside the picture. */
  async align(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    { box, score }: Pick<Detection, 'box' | 'score'>,
  ): Promise<AlignedFace | undefined> {
    const landmarks = await this.#landmarks.find(rgb, widthPx, heightPx, box);
    if (landmarks === undefined) return undefined;
    const { alignment } = this.#embedder.model;
    const { firstPx, sizePx } = measuredSquare;
    const standard = chipToPicture(standardAlignment, { box, landmarks });
    const middle = warpChip(rgb, widthPx, heightPx, squareToPicture(standard, firstPx), sizePx, this.#middle);
    return {
      box,
      score,
      landmarks,
      quality: {
        ...measurePose(posePoints(landmarks)),
        ...measureChip(middle),
        covered: measureCovered(middle),
      },
      cutChip: (chip) => {
        const toPicture = chipToPicture(alignment, { box, landmarks });
        warpChip(rgb, widthPx, heightPx, toPicture, alignment.sizePx, chip);
      },
    };
  }

  /** One unit-length embedding a face; the mean of its chip's and the mirrored chip's where the model asks so. */
  async embed(faces: readonly Pick<AlignedFace, 'cutChip'>[]): Promise<Float32Array[]> {
    const { sizePx, flip } = this.#embedder.model.alignment;
    const looks = flip ? 2 : 1;
    const bytes = sizePx * sizePx * 3;
    const embeddings: Float32Array[] = [];
    for (let first = 0; first < faces.length; first += facesPerRun) {
      const batch = faces.slice(first, first + facesPerRun);
      const chips = new Uint8Array(batch.length * looks * bytes);
      batch.forEach(({ cutChip }, index) => {
        const at = index * looks * bytes;
        const chip = chips.subarray(at, at + bytes);
        cutChip(chip);
        if (flip) mirrorChip(chip, sizePx, chips.subarray(at + bytes, at + 2 * bytes));
      });
      const raw = await this.#embedder.embed(chips, batch.length * looks);
      for (let i = 0; i < raw.length; i += looks) embeddings.push(unitSum(raw.slice(i, i + looks)));
    }
    return embeddings;
  }

  async close(): Promise<void> {
    await Promise.all([this.#finder.close(), this.#locator.close(), this.#embedder.close()]);
  }
}
