import type { Clock } from '../../hal/contract/clock.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Guard } from '../../hal/guard.ts';
import { SimulatedBoardSensors } from '../../hal/sim/board-sensors.ts';
import { SimulatedOutput } from '../../hal/sim/digital-io.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../hal/sim/keeper.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { Random } from '../../hal/sim/random.ts';
import type { Scene } from '../../hal/sim/scene.ts';
import { SceneCamera, type ScenePainter } from '../../hal/sim/scene-camera.ts';
import type { SoundMixer } from '../../hal/sim/sound-mixer.ts';
import { SimulatedStore } from '../../hal/sim/store.ts';
import { VirtualWallClock } from '../../hal/sim/virtual-clock.ts';
import { SimulatedWatchdog } from '../../hal/sim/watchdog.ts';
import type { VigilConfig } from '../config/schema.ts';
import { nothingCalibrated } from '../decide/calibration.ts';
import { whenMended } from './begun-faults.ts';
import { StoredBootCounter } from './boot-counter.ts';
import { simulatedChime } from './chime.ts';
import { InputBench } from './input-bench.ts';
import { actuatorLines } from './output-lines.ts';
import type { DevicePorts } from './ports.ts';
import { inputsOf } from './wiring.ts';

/** Simulated time begins on a Monday morning. */
export const startUtcMs = Date.UTC(2024, 0, 1, 8);
/** What resets a simulated board that is not fed for this long. */
const watchdogTimeoutMs = 15_000;

/** The simulated outside of a device: everything but the models and who is known. */
export interface SimulatedWorld {
  readonly faults: FaultBoard;
  readonly camera: SceneCamera;
  readonly ring: FrameRing;
  /** Hears the scene; a device without hearing leaves it alone. */
  readonly microphone: SceneMicrophone;
  readonly keeper: SimulatedKeeper;
  /** The button and the contact of the door. */
  readonly inputs: InputBench;
  /** The red lamp. */
  readonly indicator: SimulatedOutput;
  readonly watchdog: SimulatedWatchdog;
  /** The disk: holds the count of boots. */
  readonly store: SimulatedStore;
  readonly ports: Omit<DevicePorts, keyof SensePorts>;
}

/** What looks and listens in a world, and who is known. */
export type SensePorts = Pick<
  DevicePorts,
  'openModels' | 'testModels' | 'loadGallery' | 'watchGallery' | 'termsOf' | 'newPictureWatch' | 'hearing'
>;

/** What outlives a boot. */
export interface KeptWorld {
  readonly faults: FaultBoard;
  readonly store: SimulatedStore;
  readonly wallClock: VirtualWallClock;
  readonly inputs: InputBench;
  /** Called when the hardware watchdog resets the board. */
  readonly onReset: () => void;
}

/** The ring that frames of the configured size need. */
export function frameRing(config: VigilConfig): FrameRing {
  const { widthPx, heightPx } = config.camera;
  return FrameRing.create({ widthPx, heightPx });
}

/** Puts a device into a scene. Without a painter frames have no pixels, without a mixer sound is silent. */
export function simulateWorld(
  scene: Scene,
  config: VigilConfig,
  clock: Clock,
  ring: FrameRing,
  painter?: ScenePainter,
  mixer?: SoundMixer,
  kept?: KeptWorld,
): SimulatedWorld {
  const faults = kept?.faults ?? new FaultBoard(clock, scene.script.faults);
  const microphone = new SceneMicrophone({
    clock,
    scene,
    faults,
    ...(mixer === undefined ? {} : { mixer }),
  });
  const camera = new SceneCamera({
    clock,
    scene,
    ring,
    faults,
    ...(painter === undefined ? {} : { painter }),
  });
  const lines = actuatorLines(config);
  const keeper = new SimulatedKeeper({ clock, faults, lines });
  const indicator = new SimulatedOutput({ name: 'red', clock, faults });
  const watchdog = new SimulatedWatchdog({
    clock,
    faults,
    timeoutMs: watchdogTimeoutMs,
    ...(kept === undefined ? {} : { onReset: kept.onReset }),
  });
  const inputs = kept?.inputs ?? new InputBench(clock, faults);
  const store = kept?.store ?? new SimulatedStore({ clock, faults });
  const jitter = Random.seeded(scene.script.seed).child('jitter');
  return {
    faults,
    camera,
    ring,
    microphone,
    keeper,
    inputs,
    indicator,
    watchdog,
    store,
    ports: {
      clock,
      wallClock: kept?.wallClock ?? new VirtualWallClock(clock, { startUtcMs, faults }),
      timeZone: 'UTC',
      calibrations: nothingCalibrated,
      draw: () => jitter.uniform(),
      camera,
      openLines: async () => {
        await keeper.start();
        // The keeper is a part of the world, and outlives its clients.
        return { guard: new Guard({ clock, keeper, lines }), close: () => keeper.leave() };
      },
      indicator,
      inputs: inputsOf(config).map((name) => ({ name, open: () => inputs.open(name) })),
      chime: simulatedChime(config.chime, clock, faults),
      board: new SimulatedBoardSensors(faults),
      hardwareWatchdog: watchdog,
      watchCamera: (appeared, signal) => whenMended('camera', faults, appeared, signal),
      boots: new StoredBootCounter(store),
    },
  };
}
