import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Guard } from '../../hal/guard.ts';
import { SimulatedOutput } from '../../hal/sim/digital-io.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../hal/sim/keeper.ts';
import { OracleFaceModels, oracleEmbedding } from '../../hal/sim/oracle-face-models.ts';
import { OraclePictureWatch } from '../../hal/sim/oracle-picture-watch.ts';
import { Random } from '../../hal/sim/random.ts';
import { Scene, type SceneInput } from '../../hal/sim/scene.ts';
import { SceneCamera } from '../../hal/sim/scene-camera.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { parseConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import type { FaceGallery } from '../vision/match.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { actuatorName } from './device-io.ts';
import type { DevicePorts } from './ports.ts';

export interface OracleSimulationOptions {
  readonly scene: SceneInput;
  /** Subjects of the scene who are enrolled. */
  readonly enrolled: readonly string[];
  readonly config?: VigilConfig;
  readonly ringRecords?: number;
}

/** A device in simulated time whose models know the truth: milliseconds for a minute. */
export interface OracleSimulation extends BuiltDevice {
  readonly clock: VirtualClock;
  readonly faults: FaultBoard;
  readonly trace: TraceRecorder;
  readonly keeper: SimulatedKeeper;
  readonly indicator: SimulatedOutput;
}

/** Wires a device onto simulated ports, with oracle models. Starts nothing: `actor.start()`, then run the clock. */
export function buildOracleSimulation(options: OracleSimulationOptions): OracleSimulation {
  const config = options.config ?? parseConfig('', undefined).config;
  const scene = Scene.parse(options.scene);
  const { seed } = scene.script;
  const clock = new VirtualClock();
  const faults = new FaultBoard(clock, scene.script.faults);
  const trace = new TraceRecorder(clock, options.ringRecords ?? config.trace.ringRecords);
  const { widthPx, heightPx } = config.camera;
  // No pixels are written: the smallest ring that the camera accepts.
  const ring = FrameRing.create({ widthPx, heightPx });
  const camera = new SceneCamera({ clock, scene, ring, faults });
  const truth = (frame: Parameters<SceneCamera['truth']>[0]) => camera.truth(frame);
  const lines = [{ name: actuatorName, safeOn: false, maxOnMs: config.output.green.maxOnMs }];
  const keeper = new SimulatedKeeper({ clock, faults, lines });
  const indicator = new SimulatedOutput({ name: 'red', clock, faults });
  const jitter = Random.seeded(seed).child('jitter');

  const ports: DevicePorts = {
    clock,
    draw: () => jitter.uniform(),
    camera,
    newPictureWatch: () => new OraclePictureWatch(truth),
    openModels: async () => {
      faults.check('models', 'models', 'open');
      return new OracleFaceModels({ clock, faults, seed, truth });
    },
    testModels: async () => {},
    openGuard: async () => {
      await keeper.start();
      return new Guard({ clock, keeper, lines, rearmMs: config.output.green.rearmMs });
    },
    indicator,
    hardwareWatchdog: null,
    loadGallery: async () => oracleGallery(seed, options.enrolled),
    watchGallery: () => {},
    watchCamera: () => {},
    boots: { begin: async () => 0, good: async () => {} },
    liveCamera: true,
  };
  return { ...buildDevice(ports, config, trace), clock, faults, trace, keeper, indicator };
}

function oracleGallery(seed: number, subjects: readonly string[]): FaceGallery {
  const rows = subjects.map((subject) => oracleEmbedding(seed, subject));
  const embeddingLength = rows[0]?.length ?? 0;
  const embeddings = new Float32Array(rows.length * embeddingLength);
  rows.forEach((row, index) => embeddings.set(row, index * embeddingLength));
  return { subjectIds: subjects, embeddings, embeddingLength };
}
