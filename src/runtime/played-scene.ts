import { Scene, type SceneView } from '../../hal/sim/scene.ts';
import type { SceneSound } from '../../hal/sim/scene-sounds.ts';

/** A scene that plays by itself until somebody takes it over: from then on another one is seen and heard. */
export class PlayedScene extends Scene {
  #now: Scene;

  /** Begins with `played`, whose camera the other one must share. */
  constructor(played: Scene) {
    super(played.script);
    this.#now = played;
  }

  takeOver(scene: Scene): void {
    this.#now = scene;
  }

  override at(tMs: number): SceneView {
    return this.#now.at(tMs);
  }

  override lightAt(tMs: number): number {
    return this.#now.lightAt(tMs);
  }

  override soundsBetween(fromMs: number, untilMs: number): readonly SceneSound[] {
    return this.#now.soundsBetween(fromMs, untilMs);
  }
}
