import type { Camera } from '../../hal/contract/camera.ts';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { FaceModels } from '../../hal/contract/face-models.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { SceneCamera } from '../../hal/sim/scene-camera.ts';
import type { VigilConfig } from '../config/schema.ts';
import { buildGallery, type Gallery } from '../people/gallery.ts';
import { PeopleStore } from '../people/store.ts';
import { PixelWatch } from '../vision/change.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { type FolderWatchOptions, pictureImporter, watchFolder } from './dataset-watch.ts';
import { embedFaceAnew } from './embed-anew.ts';
import { projectDataset } from './imported-folders.ts';
import { liveHearing, watchForMicrophone, whenPeopleChange } from './live-hearing.ts';
import type { LiveStage } from './live-stage.ts';
import { ModelChange, type ReembeddingCallbacks } from './model-change.ts';
import { openRealModels, testRealModels } from './real-models.ts';
import type { SensePorts } from './simulation.ts';

/** Who hears of an import; when it fails, recognition goes on with who is known. */
export type ImportCallbacks = Pick<FolderWatchOptions, 'onProgress' | 'onReport' | 'onError'>;

export interface LiveSensesOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly ring: FrameRing;
  /** Null where the device does not hear. */
  readonly microphone: Microphone | null;
  readonly importing: (what: 'pictures' | 'recordings') => ImportCallbacks;
  /** Who hears of people who are embedded anew because the models have changed. */
  readonly reembedding: ReembeddingCallbacks;
}

/** What a device on real time looks and listens with, and who is known. */
export interface LiveSenses {
  readonly ports: SensePorts;
  readonly people: () => number;
  /** How many people are known by their voice. */
  readonly voices: () => number;
  readonly nameOf: (subjectId: string) => string | undefined;
  /** Who is known; null where a test says who is. */
  readonly store: PeopleStore | null;
  /** Undefined before they are loaded, and where a test brings its own. */
  readonly faceModels: () => WorkerFaceModels | undefined;
  close(): Promise<void>;
}

/** The networks and the people of the store. Throws PeopleStoreError when it cannot be opened. */
export async function storedSenses(options: LiveSensesOptions): Promise<LiveSenses> {
  const { config, stateDirectory, clock, wallClock, ring, microphone } = options;
  const store = PeopleStore.open({ directory: stateDirectory, wallClock });
  const importing = new AbortController();
  let models: WorkerFaceModels | undefined;
  let gallery: Gallery | undefined;
  const { detector, embedder } = config.vision;
  const faces = new ModelChange<WorkerFaceModels>({
    ...{ kind: 'face', store, clock, choice: { detector, embedder } },
    open: (choice, signal) => {
      const vision = { ...config.vision, ...choice };
      return openRealModels({ ...config, vision }, stateDirectory, ring, clock, signal);
    },
    embed: (newest, wanted, signal) => embedFaceAnew(store, newest, wanted, signal),
    ...options.reembedding,
  });
  const importPictures = () =>
    watchFolder(
      {
        folder: config.people.dataset ?? projectDataset,
        clock,
        importer: pictureImporter(store, config, () => faces.newest),
        ...options.importing('pictures'),
      },
      importing.signal,
    );
  const hearing =
    microphone === null
      ? undefined
      : await liveHearing({
          config,
          stateDirectory,
          clock,
          store,
          microphone,
          importing: options.importing('recordings'),
          reembedding: options.reembedding,
          signal: importing.signal,
        });
  return {
    ports: {
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async (signal) => {
        const first = models === undefined;
        const opened = await faces.open(signal);
        models = opened.models;
        if (first) void importPictures();
        return untilReplaced(models, opened.replaced);
      },
      testModels: async (_, signal) => {
        if (models !== undefined) await testRealModels(models, signal);
      },
      loadGallery: async (pipelineId) => {
        gallery = buildGallery(store, pipelineId);
        return gallery;
      },
      watchGallery: (changed, signal) => {
        void whenPeopleChange(store, clock, changed, signal);
      },
      termsOf: (subjectId) => gallery?.terms.get(subjectId),
      hearing: hearing?.ports ?? null,
    },
    people: () => gallery?.subjectIds.length ?? 0,
    voices: () => hearing?.voices() ?? 0,
    nameOf: (subjectId) => gallery?.names.get(subjectId),
    store,
    faceModels: () => models,
    close: async () => {
      importing.abort();
      await Promise.all([faces.close(), hearing?.close()]);
      store.close();
    },
  };
}

/** The models, until others are in force: then they say so, and whoever uses them opens those. */
function untilReplaced(models: WorkerFaceModels, replaced: AbortSignal): FaceModels {
  const { name, pipelineId, embeddingLength, match } = models;
  return {
    ...{ name, pipelineId, embeddingLength, match },
    async detect(frame, signal) {
      if (replaced.aborted) throw new HalError('closed', name, 'others are in force now');
      return await models.detect(frame, signal);
    },
    embed: (frame, faces, signal) => models.embed(frame, faces, signal),
    close: () => models.close(),
    [Symbol.asyncDispose]: () => models.close(),
  };
}

/** What a test brought with it, and the people whom it made known. Throws RangeError where it cannot look at `camera`. */
export function stagedSenses(
  stage: LiveStage,
  config: VigilConfig,
  camera: Camera,
  microphone: Microphone | null,
): LiveSenses {
  const known = () => stage.people.subjects.length;
  return {
    ports: stagedPorts(stage, config, camera, microphone),
    people: known,
    voices: known,
    nameOf: () => undefined,
    store: null,
    faceModels: () => undefined,
    close: async () => {},
  };
}

function stagedPorts(
  { senses, faults }: LiveStage,
  config: VigilConfig,
  camera: Camera,
  microphone: Microphone | null,
): SensePorts {
  const heard = microphone instanceof SceneMicrophone ? microphone : null;
  if (senses.kind === 'oracle') {
    if (camera instanceof SceneCamera) return senses.ports({ faults, camera, microphone: heard }, config);
    throw new RangeError('models that know the truth look at a scene, and not through a real camera');
  }
  const ports = senses.ports({ faults, microphone }, config);
  if (ports.hearing === null || heard !== null) return ports;
  const { source } = config.microphone;
  return {
    ...ports,
    hearing: {
      ...ports.hearing,
      watchMicrophone: (appeared, signal) => watchForMicrophone(source, appeared, signal),
    },
  };
}
