import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { Scene, type SceneScript, sceneSchema } from '../../hal/sim/scene.ts';
import { createScenePainter, type FacePicture } from '../../hal/sim/scene-painter.ts';
import type { VigilConfig } from '../config/schema.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { PixelWatch } from '../vision/change.ts';
import type { FaceGallery } from '../vision/match.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { openRealModels, testRealModels } from './real-models.ts';
import { frameRing, type SimulatedWorld, simulateWorld } from './simulation.ts';

const demoFolder = resolve(import.meta.dir, '../../demo');

/** A person of the built-in scene: their picture, and what the models make of it. */
interface DemoFace {
  /** The file's name without its extension. */
  readonly name: string;
  readonly picture: FacePicture;
  readonly embedding: Float32Array;
}

/** The device in the built-in scene: real models on rendered frames. */
export interface Demo extends BuiltDevice, SimulatedWorld {
  /** When the scene is over, on the clock. */
  readonly endsAtMs: number;
  readonly trace: TraceRecorder;
  /** The invented names of those who are enrolled, by subject id. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Wires a device into the built-in scene on the given clock. `onPicture` is told of each picture that was looked at.
 * Rejects with ModelError when a model is missing or bad. Starts nothing; closing is the device's own stop.
 */
export async function buildDemo(
  config: VigilConfig,
  clock: Clock,
  stateDirectory: string,
  signal: AbortSignal,
  onPicture: (done: number, total: number) => void,
): Promise<Demo> {
  const ring = frameRing(config);
  const open = (wait: AbortSignal) => openRealModels(config, stateDirectory, ring, clock, wait);
  let models = await open(signal);
  const people = await describeFolder('people', models, clock, signal, onPicture);
  const visitors = await describeFolder('visitors', models, clock, signal, onPicture);
  const pictures = new Map(visitors.map(({ name, picture }) => [name, picture]));
  // Who is enrolled walks in as they were enrolled, but for size, light and noise.
  for (const { name, picture } of people) pictures.set(name.toLowerCase(), picture);

  const script = sceneSchema.parse(await clock.track(Bun.file(join(demoFolder, 'scene.json')).json()));
  const scene = new Scene(startingAt(script, clock.nowMs()));
  const { widthPx, heightPx } = config.camera;
  const painter = createScenePainter({ widthPx, heightPx, seed: script.seed, pictures });
  const world = simulateWorld(scene, config, clock, ring, painter);

  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  let opened = false;
  const built = buildDevice(
    {
      ...world.ports,
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async (wait) => {
        // The models that looked at the pictures go on with the frames.
        if (opened) models = await open(wait);
        opened = true;
        return models;
      },
      testModels: (_, wait) => testRealModels(models, wait),
      loadGallery: async () => galleryOf(people),
      watchGallery: () => {},
    },
    config,
    trace,
  );
  const names = new Map(people.map(({ name }) => [subjectId(name), name]));
  return { ...world, ...built, trace, names, endsAtMs: clock.nowMs() + script.durationMs };
}

/** The scene with its beginning at `startMs` of the clock. */
function startingAt(script: SceneScript, startMs: number): SceneScript {
  return {
    ...script,
    people: script.people.map((person) => ({ ...person, entersAtMs: person.entersAtMs + startMs })),
    light: script.light.map((step) => ({ ...step, fromMs: step.fromMs + startMs })),
  };
}

function subjectId(name: string): string {
  return `p_${name.toLowerCase()}`;
}

function galleryOf(people: readonly DemoFace[]): FaceGallery {
  const embeddingLength = people[0]?.embedding.length ?? 0;
  const embeddings = new Float32Array(people.length * embeddingLength);
  for (const [row, { embedding }] of people.entries()) embeddings.set(embedding, row * embeddingLength);
  return { subjectIds: people.map(({ name }) => subjectId(name)), embeddings, embeddingLength };
}

async function describeFolder(
  folder: string,
  models: WorkerFaceModels,
  clock: Clock,
  signal: AbortSignal,
  onPicture: (done: number, total: number) => void,
): Promise<DemoFace[]> {
  const entries = await clock.track(readdir(join(demoFolder, folder)));
  const files = entries.filter((file) => file.endsWith('.jpg')).sort();
  const faces: DemoFace[] = [];
  for (const [index, file] of files.entries()) {
    onPicture(index, files.length);
    const path = join(demoFolder, folder, file);
    const decoding = decodePicture(path, defaultDecodeLimits, signal);
    const { pixels, widthPx, heightPx } = await clock.track(decoding);
    const [found] = await models.describe({ rgb: pixels, widthPx, heightPx }, signal);
    if (found === undefined) throw new HalError('invalid-argument', path, 'there is no face in this picture');
    faces.push({
      name: file.slice(0, -'.jpg'.length),
      picture: { rgb: pixels, widthPx, heightPx, face: found.face.box },
      embedding: found.embedding,
    });
  }
  return faces;
}
