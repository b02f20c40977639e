import type { FrameRef } from '../contract/camera.ts';
import type { Glance, PictureWatch } from '../contract/picture-watch.ts';
import type { FrameTruth } from './scene-camera.ts';

/** The twin of the glance at a picture: knows from the scene whether anything moved, without pixels. */
export class OraclePictureWatch implements PictureWatch {
  readonly #truth: (frame: FrameRef) => FrameTruth;
  #settled = '';
  #lastSeen = '';
  #lastExposedAtMs = Number.NaN;

  constructor(truth: (frame: FrameRef) => FrameTruth) {
    this.#truth = truth;
  }

  glance(frame: FrameRef): Glance {
    const truth = this.#truth(frame);
    const identical = truth.view.tMs === this.#lastExposedAtMs;
    this.#lastExposedAtMs = truth.view.tMs;
    this.#lastSeen = describe(truth);
    const dark = truth.picture === 'scene' && truth.view.light === 0;
    return {
      state: truth.picture === 'scene' ? (dark ? 'black' : 'good') : truth.picture,
      changed: this.#lastSeen !== this.#settled,
      identical: identical && truth.picture === 'scene',
    };
  }

  settle(): void {
    this.#settled = this.#lastSeen;
  }
}

/** Who stands where, to the pixel, and the light: what a change check would see. */
function describe({ picture, view }: FrameTruth): string {
  let text = `${picture} ${view.light}`;
  for (const { index, box } of view.people) {
    text += ` ${index}:${Math.round(box.x)},${Math.round(box.y)},${Math.round(box.width)}`;
  }
  return text;
}
