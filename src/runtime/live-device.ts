import type { Camera } from '../../hal/contract/camera.ts';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { DigitalInput } from '../../hal/contract/gpio.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { HardwareWatchdog } from '../../hal/contract/watchdog.ts';
import { LinuxBoardSensors } from '../../hal/linux/board-sensors.ts';
import { listCameras } from '../../hal/linux/camera-source.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { FileStore } from '../../hal/linux/file-store.ts';
import { GpioInput } from '../../hal/linux/gpio-input.ts';
import { linuxGpio } from '../../hal/linux/gpio-kernel.ts';
import { LibgpiodInput } from '../../hal/native/libgpiod.ts';
import { SimulatedBoardSensors } from '../../hal/sim/board-sensors.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { SceneCamera } from '../../hal/sim/scene-camera.ts';
import type { VigilConfig } from '../config/schema.ts';
import { nothingCalibrated } from '../decide/calibration.ts';
import type { PeopleStore } from '../people/store.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { ActorStates } from './actor-states.ts';
import { whenMended } from './begun-faults.ts';
import { StoredBootCounter } from './boot-counter.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { calibrationsOf, readCalibration } from './calibration-file.ts';
import { liveChime, simulatedChime } from './chime.ts';
import { InputBench } from './input-bench.ts';
import type { LampHistory } from './lamp-history.ts';
import { cameraFor, watchForCamera } from './live-camera.ts';
import { microphoneIsMissing } from './live-hearing.ts';
import { liveLamps } from './live-lamps.ts';
import { microphoneFor } from './live-microphone.ts';
import { type ImportCallbacks, stagedSenses, storedSenses } from './live-senses.ts';
import type { LiveStage } from './live-stage.ts';
import type { ReembeddingCallbacks } from './model-change.ts';
import { nativeDirectory } from './native-place.ts';
import type { Onlookers } from './onlookers.ts';
import type { DevicePorts } from './ports.ts';
import type { SceneHand } from './scene-hand.ts';
import { scenePlay } from './scene-play.ts';
import { deviceTreeCompatible, inputsOf, type WiredLine, type Wiring, wiringOf } from './wiring.ts';

export interface LiveDeviceOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** Where no camera or microphone is plugged in, the built-in scene takes its place. */
  readonly simulate: boolean;
  readonly signal: AbortSignal;
  readonly importing: (what: 'pictures' | 'recordings') => ImportCallbacks;
  readonly reembedding: ReembeddingCallbacks;
  /** Hears of every change of a lamp. */
  readonly lamps: LampHistory;
  /** Null where nothing resets the board, or ends the process. */
  readonly hardwareWatchdog: HardwareWatchdog | null;
  /** What a test puts before it; null for a device that is itself. */
  readonly stage: LiveStage | null;
}

/** Whether each part of a device stands in for one that is not there. */
export interface SimulatedParts {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly green: boolean;
  /** By name, those that are neither wired nor a file. */
  readonly outputs: readonly string[];
  /** Undefined where there is no such lamp. */
  readonly red: boolean | undefined;
}

/** What stands in for what is not there, in words. */
export function simulatedNames({ camera, microphone, green, red, outputs }: SimulatedParts): string[] {
  const parts = { camera, microphone, 'green lamp': green, 'red lamp': red === true };
  const named = Object.entries(parts).filter(([, simulated]) => simulated);
  return [...named.map(([name]) => name), ...outputs];
}

/** A device on real time: real camera, real models, real people. */
export interface LiveDevice extends BuiltDevice, AsyncDisposable {
  readonly trace: TraceRecorder;
  readonly clock: SystemClock;
  readonly wallClock: WallClock;
  readonly wiring: Wiring;
  readonly cameraName: () => string;
  /** Null where the device does not hear. */
  readonly microphoneName: (() => string) | null;
  readonly simulated: SimulatedParts;
  readonly states: ActorStates;
  /** What it sees and hears, for those who look over its shoulder. */
  readonly senses: {
    readonly onlookers: Onlookers;
    readonly ring: FrameRing;
    /** Its camera shows whoever stands before it. */
    readonly mirrored: boolean;
  };
  readonly people: () => number;
  /** How many people are known by their voice. */
  readonly voices: () => number;
  readonly nameOf: (subjectId: string) => string | undefined;
  /** Who is known; null where a test says who is. */
  readonly store: PeopleStore | null;
  /** Undefined before they are loaded, and where a test brings its own. */
  readonly faceModels: () => WorkerFaceModels | undefined;
  /** A hand in the scene that it sees; null where its camera is a real one, or a test plays the scene. */
  readonly hand: SceneHand | null;
}

/** Which parts of a device on this machine are simulated. Throws HalError for a source or a pin that means nothing. */
export function simulatedParts(config: VigilConfig, simulate: boolean): SimulatedParts {
  const { camera, microphone, output } = config;
  const { lamps, outputs } = wiringOf(config, deviceTreeCompatible());
  return {
    camera: simulate && camera.source === 'auto' && listCameras().length === 0,
    microphone: simulate && microphone.source === 'auto' && microphoneIsMissing(microphone.source),
    green: output.green.file === undefined && !lamps.has('green'),
    red: output.red.enabled ? !lamps.has('red') : undefined,
    outputs: Object.entries(config.outputs)
      .filter(([name, { file }]) => file === undefined && !outputs.has(name))
      .map(([name]) => name),
  };
}

/**
 * Wires a device onto this machine. Opens the people's store, and nothing else before `actor.start()`. Throws
 * HalError for a camera source or a pin that means nothing, PeopleStoreError when the store cannot be opened.
 */
export async function buildLiveDevice(options: LiveDeviceOptions): Promise<LiveDevice> {
  const { config, stateDirectory, stage, lamps } = options;
  const clock = new SystemClock();
  const wallClock = stage?.wallClock ?? new SystemWallClock();
  const wiring = wiringOf(config, deviceTreeCompatible());
  const { widthPx, heightPx } = config.camera;
  const ring = stage?.senses.ring ?? FrameRing.create({ widthPx, heightPx });
  const simulated = simulatedParts(config, options.simulate);
  const faults = stage?.faults ?? new FaultBoard(clock);
  const { camera, microphone, hand } = await openSenses(options, clock, ring, faults, simulated);
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const states = new ActorStates();
  trace.observe((record) => states.see(record));
  const senses =
    stage === null
      ? await storedSenses({ ...options, clock, wallClock, ring, microphone })
      : stagedSenses(stage, config, camera, microphone);

  const lights = liveLamps({ config, stateDirectory, clock, trace, wiring, faults, lamps });

  const built = buildDevice(
    {
      clock,
      wallClock,
      calibrations:
        senses.store === null
          ? nothingCalibrated
          : calibrationsOf(readCalibration(stateDirectory), senses.store),
      timeZone: stage === null ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC',
      draw: Math.random,
      camera,
      ...lights.ports,
      inputs: openInputs(config, wiring, clock, faults),
      chime:
        stage === null
          ? liveChime(config.chime, stateDirectory, clock)
          : simulatedChime(config.chime, clock, faults),
      board: stage === null ? new LinuxBoardSensors() : new SimulatedBoardSensors(faults),
      hardwareWatchdog: options.hardwareWatchdog,
      watchCamera: (appeared, signal) => {
        if (!simulated.camera) watchForCamera(config.camera.source, appeared, signal);
        else whenMended('camera', faults, appeared, signal);
      },
      boots: new StoredBootCounter(stage?.store ?? new FileStore(stateDirectory)),
      ...senses.ports,
    },
    config,
    trace,
  );

  return {
    ...built,
    trace,
    clock,
    wallClock,
    wiring,
    states,
    senses: { onlookers: built.io.onlookers, ring, mirrored: camera.live },
    cameraName: () => camera.name,
    microphoneName: senses.ports.hearing === null || microphone === null ? null : () => microphone.name,
    simulated,
    people: senses.people,
    voices: senses.voices,
    nameOf: senses.nameOf,
    store: senses.store,
    faceModels: senses.faceModels,
    hand,
    async [Symbol.asyncDispose]() {
      await senses.close();
      await lights.close();
    },
  };
}

/** Those that are wired to this machine, and twins of those that are wired to none. */
function openInputs(
  config: VigilConfig,
  wiring: Wiring,
  clock: Clock,
  faults: FaultBoard,
): DevicePorts['inputs'] {
  const bench = new InputBench(clock, faults);
  return inputsOf(config).map((name) => {
    const line = wiring.inputs.get(name);
    if (line === undefined) return { name, open: () => bench.open(name) };
    return { name, open: () => inputLine(line, config, clock) };
  });
}

function inputLine({ name, address, activeLow }: WiredLine, config: VigilConfig, clock: Clock): DigitalInput {
  if (config.board.gpioDriver === 'kernel') {
    return new GpioInput({ name, address, activeLow, clock, kernel: linuxGpio() });
  }
  return new LibgpiodInput({
    name,
    address,
    activeLow,
    place: { directory: nativeDirectory(config), clock },
  });
}

/** The camera and the microphone: those that are there, or in their place those of a scene. */
async function openSenses(
  { config, stage, signal }: LiveDeviceOptions,
  clock: SystemClock,
  ring: FrameRing,
  faults: FaultBoard,
  simulated: SimulatedParts,
): Promise<{ camera: Camera; microphone: Microphone | null; hand: SceneHand | null }> {
  const { source: microphoneSource } = config.microphone;
  const real = {
    camera: () => cameraFor(config.camera.source, { ring, clock, config }),
    microphone: () =>
      microphoneIsMissing(microphoneSource) ? null : microphoneFor(microphoneSource, { clock, config }),
  };
  if (stage === null) {
    const play = scenePlay({ clock, ring, faults }, signal);
    return {
      camera: simulated.camera ? await play.camera() : real.camera(),
      microphone: simulated.microphone ? await play.microphone() : real.microphone(),
      hand: simulated.camera ? await play.hand(config, simulated) : null,
    };
  }
  const { scene, senses } = stage;
  const { painter, mixer } = senses;
  return {
    camera: simulated.camera
      ? new SceneCamera({ clock, ring, scene, faults, ...(painter === undefined ? {} : { painter }) })
      : real.camera(),
    microphone: simulated.microphone
      ? new SceneMicrophone({ clock, scene, faults, ...(mixer === undefined ? {} : { mixer }) })
      : real.microphone(),
    hand: null,
  };
}
