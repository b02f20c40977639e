import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { Scene } from '../../hal/sim/scene.ts';
import type { FacePicture } from '../../hal/sim/scene-painter.ts';
import type { VigilConfig } from '../config/schema.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { PixelWatch } from '../vision/change.ts';
import type { FaceGallery } from '../vision/match.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { demoHearing } from './demo-hearing.ts';
import { demoSubjectId, loadDemoScene } from './demo-scene.ts';
import { PlayedScene } from './played-scene.ts';
import { openRealModels, testRealModels } from './real-models.ts';
import { SceneHand } from './scene-hand.ts';
import { frameRing, type SimulatedWorld, simulateWorld } from './simulation.ts';

/** The device in the built-in scene: real models on rendered frames. */
export interface Demo extends BuiltDevice, SimulatedWorld {
  /** When the scene is over, on the clock. */
  readonly endsAtMs: number;
  readonly trace: TraceRecorder;
  /** The invented names of those who are enrolled, by subject id. */
  readonly names: ReadonlyMap<string, string>;
  /** The pictures that they are enrolled with, likewise. */
  readonly portraits: ReadonlyMap<string, FacePicture>;
  /** Can take the scene over. */
  readonly hand: SceneHand;
}

/**
 * Wires a device into the built-in scene on the given clock, with its people enrolled in memory. Rejects with
 * ModelError when a model is missing or bad. Starts nothing; closing is the device's own stop.
 */
export async function buildDemo(
  config: VigilConfig,
  clock: Clock,
  stateDirectory: string,
  signal: AbortSignal,
): Promise<Demo> {
  const ring = frameRing(config);
  const open = (wait: AbortSignal) => openRealModels(config, stateDirectory, ring, clock, wait);
  let models = await open(signal);
  const { script, enrolled, painter, mixer, props, cast } = await loadDemoScene(clock, signal);
  const gallery = await enrolAll(enrolled, models, signal);
  const scene = new PlayedScene(new Scene(script));
  const world = simulateWorld(scene, config, clock, ring, painter, mixer);
  const { faults } = world;
  const hand = new SceneHand({
    ...{ clock, config, scene, props, cast, faults },
    parts: { camera: true, microphone: true, green: true },
    enrolled: [...enrolled.keys()].map((name) => name.toLowerCase()),
  });

  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  let fresh = true;
  const built = buildDevice(
    {
      ...world.ports,
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async (wait) => {
        // The models that looked at the enrolled pictures go on with the frames.
        if (!fresh) models = await open(wait);
        fresh = false;
        return models;
      },
      testModels: (_, wait) => testRealModels(models, wait),
      loadGallery: async () => gallery,
      watchGallery: () => {},
      termsOf: () => undefined,
      hearing: await demoHearing(world, config, clock, stateDirectory, signal),
    },
    config,
    trace,
  );
  const names = new Map([...enrolled.keys()].map((name) => [demoSubjectId(name), name]));
  const portraits = new Map([...enrolled].map(([name, picture]) => [demoSubjectId(name), picture]));
  return { ...world, ...built, trace, names, portraits, hand, endsAtMs: clock.nowMs() + script.durationMs };
}

async function enrolAll(
  people: ReadonlyMap<string, FacePicture>,
  models: WorkerFaceModels,
  signal: AbortSignal,
): Promise<FaceGallery> {
  const { embeddingLength } = models;
  const embeddings = new Float32Array(people.size * embeddingLength);
  let row = 0;
  for (const [name, picture] of people) {
    const [face] = await models.describe(picture, signal);
    if (face === undefined) throw new HalError('invalid-argument', name, 'there is no face in this picture');
    embeddings.set(face.embedding, embeddingLength * row++);
  }
  return { subjectIds: [...people.keys()].map(demoSubjectId), embeddings, embeddingLength };
}
