import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { Scene, type SceneScript, type SceneView, sceneSchema } from '../../hal/sim/scene.ts';
import type { ScenePainter } from '../../hal/sim/scene-camera.ts';
import { createScenePainter, type FacePicture } from '../../hal/sim/scene-painter.ts';

const demoFolder = resolve(import.meta.dir, '../../demo');

/** The built-in scene: its script with the beginning at the clock's time of loading, and the people in it. */
export interface DemoScene {
  readonly script: SceneScript;
  /** By name, with a capital in front: who is enrolled. */
  readonly enrolled: ReadonlyMap<string, FacePicture>;
  readonly painter: ScenePainter;
}

/** Reads the built-in scene and decodes its pictures. Rejects with HalError when one is missing or broken. */
export async function loadDemoScene(clock: Clock, signal: AbortSignal): Promise<DemoScene> {
  const script = sceneSchema.parse(await clock.track(Bun.file(join(demoFolder, 'scene.json')).json()));
  const enrolled = await picturesIn('people', clock, signal);
  const pictures = await picturesIn('visitors', clock, signal);
  // Who is enrolled walks in as they were enrolled, but for size, light and noise.
  for (const [name, picture] of enrolled) pictures.set(name.toLowerCase(), picture);
  const { widthPx, heightPx } = script.camera;
  const painter = createScenePainter({ widthPx, heightPx, seed: script.seed, pictures });
  return { script: startingAt(script, clock.nowMs()), enrolled, painter };
}

/** A scene that begins anew whenever it is over. */
export class RepeatingScene extends Scene {
  override at(tMs: number): SceneView {
    return super.at(tMs % this.script.durationMs);
  }
}

async function picturesIn(
  folder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Map<string, FacePicture>> {
  const files = (await clock.track(readdir(join(demoFolder, folder)))).sort();
  const pictures = new Map<string, FacePicture>();
  for (const file of files) {
    const decoding = decodePicture(join(demoFolder, folder, file), defaultDecodeLimits, signal);
    const { pixels, widthPx, heightPx } = await clock.track(decoding);
    const picture = { rgb: pixels, widthPx, heightPx, face: faceOf(widthPx, heightPx) };
    pictures.set(file.replace(/\.jpg$/, ''), picture);
  }
  return pictures;
}

/** demo/crop.ts puts the face in the middle and leaves 1.7 face heights; a face is four fifths as wide as high. */
function faceOf(widthPx: number, heightPx: number): FacePicture['face'] {
  const height = heightPx / 1.7;
  const width = height * 0.8;
  return { x: (widthPx - width) / 2, y: (heightPx - height) / 2, width, height };
}

function startingAt(script: SceneScript, startMs: number): SceneScript {
  return {
    ...script,
    people: script.people.map((person) => ({ ...person, entersAtMs: person.entersAtMs + startMs })),
    light: script.light.map((step) => ({ ...step, fromMs: step.fromMs + startMs })),
  };
}
