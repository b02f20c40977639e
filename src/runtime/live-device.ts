import { resolve } from 'node:path';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { DigitalOutput } from '../../hal/contract/gpio.ts';
import { Guard } from '../../hal/guard.ts';
import { listCameras } from '../../hal/linux/camera-source.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { FileStore } from '../../hal/linux/file-store.ts';
import { GpioInput } from '../../hal/linux/gpio-input.ts';
import { linuxGpio } from '../../hal/linux/gpio-kernel.ts';
import { GpioOutput } from '../../hal/linux/gpio-output.ts';
import { SimulatedOutput } from '../../hal/sim/digital-io.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import type { VigilConfig } from '../config/schema.ts';
import { buildGallery, type Gallery } from '../people/gallery.ts';
import { PeopleStore } from '../people/store.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { PixelWatch } from '../vision/change.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { StoredBootCounter } from './boot-counter.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { type FolderWatchOptions, pictureImporter, watchFolder } from './dataset-watch.ts';
import { actuatorLines, openKeeper } from './lines.ts';
import { cameraFor, watchForCamera } from './live-camera.ts';
import { liveHearing, microphoneIsMissing, whenPeopleChange } from './live-hearing.ts';
import { openRealModels, testRealModels } from './real-models.ts';
import { scenePlay } from './scene-play.ts';
import { watchInput } from './watch-inputs.ts';
import { deviceTreeCompatible, type WiredLine, type Wiring, wiringOf } from './wiring.ts';

/** Pictures of people are imported from here unless the configuration says otherwise. */
const projectDataset = resolve(import.meta.dir, '../../dataset');

type ImportCallbacks = Pick<FolderWatchOptions, 'onProgress' | 'onReport' | 'onError'>;

export interface LiveDeviceOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** Where no camera or microphone is plugged in, the built-in scene takes its place. */
  readonly simulate: boolean;
  readonly signal: AbortSignal;
  /** Who hears of an import; when it fails, recognition goes on with who is known. */
  readonly importing: (what: 'pictures' | 'recordings') => ImportCallbacks;
}

/** A device on real time: real camera, real models, real people. */
export interface LiveDevice extends BuiltDevice, AsyncDisposable {
  readonly trace: TraceRecorder;
  readonly wallClock: SystemWallClock;
  readonly wiring: Wiring;
  readonly cameraName: () => string;
  /** Null where the device does not hear. */
  readonly microphoneName: (() => string) | null;
  /** Parts that stand in for what is not there. */
  readonly simulated: readonly string[];
  readonly people: () => number;
  /** How many people are known by their voice. */
  readonly voices: () => number;
  readonly nameOf: (subjectId: string) => string | undefined;
  /** Records what buttons and contacts do, until the signal is aborted; then they are let go. */
  watchInputs(signal: AbortSignal): Promise<void>;
}

/**
 * Wires a device onto this machine. Opens the people's store, and nothing else before `actor.start()`. Throws
 * HalError for a camera source or a pin that means nothing, PeopleStoreError when the store cannot be opened.
 */
export async function buildLiveDevice(options: LiveDeviceOptions): Promise<LiveDevice> {
  const { config, stateDirectory } = options;
  const clock = new SystemClock();
  const wallClock = new SystemWallClock();
  const wiring = wiringOf(config, deviceTreeCompatible());
  const { widthPx, heightPx, noFrameTimeoutMs, source } = config.camera;
  const ring = FrameRing.create({ widthPx, heightPx });
  const cameraOptions = { ring, clock, noFrameTimeoutMs };
  const playScene = options.simulate && source === 'auto' && listCameras().length === 0;
  const play = scenePlay(cameraOptions, options.signal);
  const camera = playScene ? await play.camera() : cameraFor(source, cameraOptions);
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const store = PeopleStore.open({ directory: stateDirectory, wallClock });
  const importing = new AbortController();
  let models: WorkerFaceModels | undefined;
  let gallery: Gallery | undefined;

  const importPictures = () =>
    watchFolder(
      {
        folder: config.people.dataset ?? projectDataset,
        clock,
        importer: pictureImporter(store, config, () => models),
        ...options.importing('pictures'),
      },
      importing.signal,
    );
  const missing = microphoneIsMissing(config.microphone.source);
  const playSound = options.simulate && config.microphone.source === 'auto' && missing;
  const hearing =
    missing && !playSound
      ? undefined
      : await liveHearing({
          config,
          stateDirectory,
          clock,
          store,
          sceneMicrophone: playSound ? await play.microphone() : null,
          importing: options.importing('recordings'),
          signal: importing.signal,
        });

  const built = buildDevice(
    {
      clock,
      wallClock,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      draw: Math.random,
      camera,
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async (signal) => {
        const first = models === undefined;
        models = await openRealModels(config, stateDirectory, ring, clock, signal);
        if (first) void importPictures();
        return models;
      },
      testModels: async (_, signal) => {
        if (models !== undefined) await testRealModels(models, signal);
      },
      openLines: async (signal) => {
        const keeper = await openKeeper(config, wiring.lamps.get('green'), stateDirectory, clock, signal);
        const lines = actuatorLines(config);
        const guard = new Guard({ clock, keeper, lines, rearmMs: config.output.green.rearmMs });
        return { guard, close: () => keeper.close() };
      },
      indicator: config.output.red.enabled ? redLamp(wiring.lamps.get('red'), clock) : null,
      hardwareWatchdog: null,
      loadGallery: async (pipelineId) => {
        gallery = buildGallery(store, pipelineId);
        return gallery;
      },
      watchGallery: (changed, signal) => void whenPeopleChange(store, clock, changed, signal),
      termsOf: (subjectId) => gallery?.terms.get(subjectId),
      watchCamera: (appeared, signal) => {
        if (!playScene) watchForCamera(source, appeared, signal);
      },
      hearing: hearing?.ports ?? null,
      boots: new StoredBootCounter(new FileStore(stateDirectory)),
    },
    config,
    trace,
  );

  return {
    ...built,
    trace,
    wallClock,
    wiring,
    cameraName: () => camera.name,
    microphoneName: hearing === undefined ? null : () => hearing.ports.microphone.name,
    simulated: [
      ...(playScene ? ['camera'] : []),
      ...(playSound ? ['microphone'] : []),
      ...(config.output.green.file === undefined && !wiring.lamps.has('green') ? ['green lamp'] : []),
      ...(config.output.red.enabled && !wiring.lamps.has('red') ? ['red lamp'] : []),
    ],
    people: () => gallery?.subjectIds.length ?? 0,
    voices: () => hearing?.voices() ?? 0,
    nameOf: (subjectId) => gallery?.names.get(subjectId),
    async watchInputs(signal) {
      const inputs = [...wiring.inputs.values()].map(
        ({ name, address, activeLow }) =>
          new GpioInput({ name, address, activeLow, clock, kernel: linuxGpio() }),
      );
      await Promise.all(inputs.map((input) => watchInput(input, clock, trace, signal)));
    },
    async [Symbol.asyncDispose]() {
      importing.abort();
      store.close();
    },
  };
}

/** It carries no permission, so that no keeper holds it: when this process dies it goes where its wiring takes it. */
function redLamp(line: WiredLine | undefined, clock: SystemClock): DigitalOutput {
  if (line === undefined) return new SimulatedOutput({ name: 'red', clock, faults: new FaultBoard(clock) });
  const { name, address, activeLow } = line;
  return new GpioOutput({ name, address, activeLow, safeOn: false, kernel: linuxGpio() });
}
