import type { FrameRef } from '../../hal/contract/camera.ts';
import type { FaceMatchLimits } from '../../hal/contract/face-models.ts';
import type { SeenPerson } from '../vision/see.ts';

/** How one chunk of sound sounded. */
export interface HeardSound {
  /** When it ended, on the device's clock. */
  readonly atMs: number;
  /** Mean power relative to full scale; -Infinity for digital silence. */
  readonly levelDbfs: number;
  readonly speech: boolean;
}

/** Somebody who is shown what the device sees and hears. Called on the device's thread: it must be quick. */
export interface Onlooker {
  /** The frame is leased until this returns; nobody is in `people` where it was only glanced at. */
  sees(frame: FrameRef, people: readonly SeenPerson[]): void;
  hears(sound: HeardSound): void;
}

/** Those who look over the device's shoulder. Nothing is done, and nothing kept, while there are none. */
export class Onlookers {
  readonly #onlookers = new Set<Onlooker>();
  /** What distances of the models in use are held against; null before there are any. */
  limits: FaceMatchLimits | null = null;

  /** Shows everything to this one, until the returned function is called. */
  add(onlooker: Onlooker): () => void {
    this.#onlookers.add(onlooker);
    return () => this.#onlookers.delete(onlooker);
  }

  sees(frame: FrameRef, people: readonly SeenPerson[]): void {
    for (const onlooker of this.#onlookers) onlooker.sees(frame, people);
  }

  hears(sound: HeardSound): void {
    for (const onlooker of this.#onlookers) onlooker.hears(sound);
  }
}
