import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { parseConfig } from '../../src/config/read.ts';
import { enrolmentAnswers } from '../../src/page/answers/enrolment.ts';
import { namesAnswer } from '../../src/page/answers/names.ts';
import { portraitAnswer } from '../../src/page/answers/portrait.ts';
import type { ShownDevice } from '../../src/page/page.ts';
import { buildGallery, type Gallery } from '../../src/people/gallery.ts';
import { PeopleStore } from '../../src/people/store.ts';
import { buildDevice } from '../../src/runtime/build-device.ts';
import { loadDemoScene } from '../../src/runtime/demo-scene.ts';
import { whenPeopleChange } from '../../src/runtime/live-hearing.ts';
import { openRealModels, testRealModels } from '../../src/runtime/real-models.ts';
import { frameRing, simulateWorld } from '../../src/runtime/simulation.ts';
import { emptyScene, Stage } from '../../src/runtime/stage.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { PixelWatch } from '../../src/vision/change.ts';

/** A device that sees a stage, with the real networks and people who are stored. */
export interface PeopleDevice extends AsyncDisposable {
  readonly shown: ShownDevice;
  readonly store: PeopleStore;
  readonly stage: Stage;
  /** Settles when somebody of this name is granted. */
  granted(name: string): Promise<void>;
}

/** Starts it on real time, with nobody in view. */
export async function startPeopleDevice(stateDirectory: string): Promise<PeopleDevice> {
  const { config } = parseConfig('', undefined, []);
  const clock = new SystemClock();
  const ended = new AbortController();
  const { signal } = ended;
  const ring: FrameRing = frameRing(config);
  const models = await openRealModels(config, stateDirectory, ring, clock, signal);
  const { painter } = await loadDemoScene(clock, signal);
  const scene = emptyScene(7, config);
  const world = simulateWorld(scene, config, clock, ring, painter);
  const store = PeopleStore.open({ directory: stateDirectory, wallClock: { nowUtcMs: () => Date.now() } });
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  let gallery: Gallery | undefined;
  const built = buildDevice(
    {
      ...world.ports,
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async () => models,
      testModels: (_, wait) => testRealModels(models, wait),
      loadGallery: async (pipelineId) => {
        gallery = buildGallery(store, pipelineId);
        return gallery;
      },
      watchGallery: (changed, wait) => void whenPeopleChange(store, clock, changed, wait),
      termsOf: () => undefined,
      hearing: null,
    },
    config,
    trace,
  );
  const { onlookers } = built.io;
  const stopped = new Promise<void>((resolve) => {
    built.actor.subscribe({ complete: resolve, error: () => resolve() });
  });
  built.actor.start();
  return {
    store,
    stage: new Stage(scene, clock, { pictures: null, clips: null }),
    shown: {
      trace,
      facts: { device: 'run', simulated: ['camera'], scene: false },
      senses: { onlookers, ring, mirrored: true },
      answers: {
        ...namesAnswer((subjectId) => gallery?.names.get(subjectId)),
        ...portraitAnswer(async () => null),
        ...enrolmentAnswers({
          ...{ clock, config, store, onlookers, ring, models: () => models },
          wallClock: world.ports.wallClock,
          cameraName: () => 'the stage',
        }),
      },
    },
    granted: (name) =>
      new Promise((resolve) => {
        const unobserve = trace.observe((record) => {
          if (record.kind !== 'event' || record.to !== 'device' || record.event !== 'ACCESS.GRANTED') return;
          const subjectId = store.find(name)?.subjectId ?? 'nobody';
          if (!JSON.stringify(record).includes(subjectId)) return;
          unobserve();
          resolve();
        });
      }),
    async [Symbol.asyncDispose]() {
      built.actor.send({ type: 'STOP.REQUESTED' });
      await stopped;
      ended.abort();
      await models.close();
      store.close();
    },
  };
}
