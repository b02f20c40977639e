import type { FrameRef } from './camera.ts';

/**
 * What a glance at a picture tells, without any network. `black`: no light reaches the sensor. `flat`: light, but
 * nothing to see (covered lens, glare). `garbled`: neighbouring pixels have nothing to do with each other.
 */
export type PictureState = 'good' | 'black' | 'flat' | 'garbled';

export interface Glance {
  readonly state: PictureState;
  /** Something moved since the last frame that was looked at thoroughly. */
  readonly changed: boolean;
  /** Not one sampled pixel differs from the frame before: a live sensor is never that quiet. */
  readonly identical: boolean;
}

/** The cheap look at every frame that decides whether the networks look too. */
export interface PictureWatch {
  /** Compares the frame with those before it. Well under a millisecond; never throws for a leased frame. */
  glance(frame: FrameRef): Glance;
  /** From now on, `changed` means different from this frame. */
  settle(): void;
}
