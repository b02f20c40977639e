import type { Box } from '../../hal/contract/face-models.ts';
import type { Detection } from '../models/detection.ts';
import { type Detector, loadDetector } from '../models/detector.ts';
import type { DetectorEntry } from '../models/entry.ts';
import type { Pipeline, TwoLookDetector } from '../models/manifest.ts';
import { PictureCutter } from './cut.ts';
import { detectWhole, type TwiceSeen, TwoLooks } from './two-look.ts';

/** What finds faces in a picture, whichever networks it is made of. */
export interface FaceFinder {
  /** Simulated milliseconds that a look at one face is charged with. */
  readonly declaredMs: number;
  /**
   * Faces with at least the pipeline's `find` score, best first, boxes in the usual shape (brow to chin, ear to
   * ear).
   *
   * @param followAtMs time of the frame in a stream of frames of one camera. The finder may then look only where
   *   faces were a moment ago. Undefined for a picture that has nothing to do with the one before.
   */
  find(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    followAtMs: number | undefined,
  ): Promise<Detection[]>;
  close(): Promise<void>;
}

/** Loads the pipeline's detector. Throws ModelError. */
export async function loadFaceFinder(
  detector: Pipeline['detector'],
  options: { readonly smallBoard: boolean },
): Promise<FaceFinder> {
  if (detector.kind === 'two-look') return await TwoLookFinder.load(detector, options.smallBoard);
  const { model, find } = detector;
  const network = await loadDetector(model);
  const cutter = new PictureCutter();
  return {
    declaredMs: model.declaredMs,
    async find(rgb, widthPx, heightPx) {
      const found = await detectWhole(network, cutter, rgb, widthPx, heightPx, find);
      return found.map((detection) => ({ ...detection, box: usualBox(detection.box, model) }));
    },
    close: () => network.close(),
  };
}

/** The longest time without a look over the whole frame while faces are followed: how late a newcomer is seen. */
const fullLookEveryMs = 200;

/**
 * Two looks, and while every face in view stays where it was, the second one alone: the first costs most, and
 * would only find the same places again. A face that is lost, or two that become one, bring the full look back at
 * once; so do time and a picture of another size.
 */
class TwoLookFinder implements FaceFinder {
  readonly declaredMs: number;
  readonly #landscape: Detector;
  readonly #portrait: Detector;
  readonly #second: Detector;
  readonly #looks: TwoLooks;
  #last:
    | { faces: TwiceSeen[]; fullLookAtMs: number; atMs: number; widthPx: number; heightPx: number }
    | undefined;

  private constructor(
    networks: { landscape: Detector; portrait: Detector; second: Detector },
    limits: TwoLookDetector,
  ) {
    this.#landscape = networks.landscape;
    this.#portrait = networks.portrait;
    this.#second = networks.second;
    this.#looks = new TwoLooks(networks.second, limits);
    this.declaredMs = networks.landscape.model.declaredMs + networks.second.model.declaredMs;
  }

  static async load(detector: TwoLookDetector, smallBoard: boolean): Promise<TwoLookFinder> {
    const landscape = await loadDetector(smallBoard ? detector.smallBoard : detector.landscape);
    const portrait = await loadDetector(detector.portrait);
    const second = await loadDetector(detector.second);
    return new TwoLookFinder({ landscape, portrait, second }, detector);
  }

  async find(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    followAtMs: number | undefined,
  ): Promise<Detection[]> {
    const followed = await this.#follow(rgb, widthPx, heightPx, followAtMs);
    const faces = followed ?? (await this.#lookOver(rgb, widthPx, heightPx));
    this.#last =
      followAtMs === undefined
        ? undefined
        : {
            faces,
            fullLookAtMs: followed === undefined ? followAtMs : (this.#last?.fullLookAtMs ?? followAtMs),
            atMs: followAtMs,
            widthPx,
            heightPx,
          };
    return faces.map(({ box, score, points }) => ({ box: usualBox(box, this.#second.model), score, points }));
  }

  async close(): Promise<void> {
    await Promise.all([this.#landscape.close(), this.#portrait.close(), this.#second.close()]);
  }

  async #lookOver(rgb: Uint8Array, widthPx: number, heightPx: number): Promise<TwiceSeen[]> {
    const first = widthPx > heightPx ? this.#landscape : this.#portrait;
    return await this.#looks.lookOver(first, rgb, widthPx, heightPx);
  }

  async #follow(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    atMs: number | undefined,
  ): Promise<TwiceSeen[] | undefined> {
    const last = this.#last;
    if (atMs === undefined || last === undefined || last.faces.length === 0) return undefined;
    if (last.widthPx !== widthPx || last.heightPx !== heightPx) return undefined;
    if (atMs - last.fullLookAtMs >= fullLookEveryMs || atMs < last.atMs) return undefined;
    const candidates = last.faces.map(({ candidate }) => candidate);
    const found = await this.#looks.lookCloser(rgb, widthPx, heightPx, candidates);
    return found.length === candidates.length ? found : undefined;
  }
}

/** From the detector's own box to the usual one; see `boxMapping` in the manifest. */
function usualBox(box: Box, { boxMapping }: DetectorEntry): Box {
  if (boxMapping === undefined) return box;
  const width = box.width * boxMapping.scale[0];
  const height = box.height * boxMapping.scale[1];
  return {
    x: box.x + box.width / 2 + boxMapping.shift[0] * box.width - width / 2,
    y: box.y + box.height / 2 + boxMapping.shift[1] * box.height - height / 2,
    width,
    height,
  };
}
