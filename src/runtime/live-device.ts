import { resolve } from 'node:path';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { Guard } from '../../hal/guard.ts';
import { listCameras } from '../../hal/linux/camera-source.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { FileStore } from '../../hal/linux/file-store.ts';
import { SimulatedOutput } from '../../hal/sim/digital-io.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import type { VigilConfig } from '../config/schema.ts';
import { buildGallery, type Gallery } from '../people/gallery.ts';
import type { ImportProgress, ImportReport } from '../people/import.ts';
import { PeopleStore } from '../people/store.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { PixelWatch } from '../vision/change.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { StoredBootCounter } from './boot-counter.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { watchDataset } from './dataset-watch.ts';
import { actuatorLines, openKeeper } from './lines.ts';
import { cameraFor, sceneCamera, watchForCamera } from './live-camera.ts';
import { openRealModels, testRealModels } from './real-models.ts';

/** Pictures of people are imported from here unless the configuration says otherwise. */
const projectDataset = resolve(import.meta.dir, '../../dataset');

export interface LiveDeviceOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  /** Where no camera is plugged in, the built-in scene takes its place. */
  readonly simulate: boolean;
  readonly signal: AbortSignal;
  readonly onImportProgress: (progress: ImportProgress) => void;
  readonly onImported: (report: ImportReport) => void;
  /** The import stopped; recognition goes on with who is known. */
  readonly onImportFailed: (error: unknown) => void;
}

/** A device on real time: real camera, real models, real people. */
export interface LiveDevice extends BuiltDevice, AsyncDisposable {
  readonly trace: TraceRecorder;
  readonly wallClock: SystemWallClock;
  readonly cameraName: () => string;
  /** Parts that stand in for what is not there. */
  readonly simulated: readonly string[];
  readonly people: () => number;
  readonly nameOf: (subjectId: string) => string | undefined;
}

/**
 * Wires a device onto this machine. Opens the people's store, and nothing else before `actor.start()`. Throws
 * HalError for a camera source that means nothing, PeopleStoreError when the store cannot be opened.
 */
export async function buildLiveDevice(options: LiveDeviceOptions): Promise<LiveDevice> {
  const { config, stateDirectory } = options;
  const clock = new SystemClock();
  const wallClock = new SystemWallClock();
  const { widthPx, heightPx, noFrameTimeoutMs, source } = config.camera;
  const ring = FrameRing.create({ widthPx, heightPx });
  const cameraOptions = { ring, clock, noFrameTimeoutMs };
  const playScene = options.simulate && source === 'auto' && listCameras().length === 0;
  const camera = playScene
    ? await sceneCamera(cameraOptions, options.signal)
    : cameraFor(source, cameraOptions);
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const store = PeopleStore.open({ directory: stateDirectory, wallClock });
  const importing = new AbortController();
  let models: WorkerFaceModels | undefined;
  let gallery: Gallery | undefined;

  const importPictures = () =>
    watchDataset(
      {
        folder: config.people.dataset ?? projectDataset,
        store,
        clock,
        models: () => models,
        config,
        onProgress: options.onImportProgress,
        onReport: options.onImported,
        onError: options.onImportFailed,
      },
      importing.signal,
    );

  const built = buildDevice(
    {
      clock,
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
        const keeper = await openKeeper(config, stateDirectory, clock, signal);
        const lines = actuatorLines(config);
        const guard = new Guard({ clock, keeper, lines, rearmMs: config.output.green.rearmMs });
        return { guard, close: () => keeper.close() };
      },
      indicator: config.output.red.enabled
        ? new SimulatedOutput({ name: 'red', clock, faults: new FaultBoard(clock) })
        : null,
      hardwareWatchdog: null,
      loadGallery: async (pipelineId) => {
        gallery = buildGallery(store, pipelineId);
        return gallery;
      },
      watchGallery: (changed, signal) => void watchStore(store, clock, changed, signal),
      watchCamera: (appeared, signal) => {
        if (!playScene) watchForCamera(source, appeared, signal);
      },
      hearing: null,
      boots: new StoredBootCounter(new FileStore(stateDirectory)),
    },
    config,
    trace,
  );

  return {
    ...built,
    trace,
    wallClock,
    cameraName: () => camera.name,
    simulated: [
      ...(playScene ? ['camera'] : []),
      ...(config.output.green.file === undefined ? ['green lamp'] : []),
      ...(config.output.red.enabled ? ['red lamp'] : []),
    ],
    people: () => gallery?.subjectIds.length ?? 0,
    nameOf: (subjectId) => gallery?.names.get(subjectId),
    async [Symbol.asyncDispose]() {
      importing.abort();
      store.close();
    },
  };
}

async function watchStore(
  store: PeopleStore,
  clock: SystemClock,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of store.changes(clock, signal)) changed();
  } catch {
    // Aborted, or the store was closed: nothing changes any more.
  }
}
