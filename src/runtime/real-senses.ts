import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import type { FacePicture } from '../../hal/sim/scene-painter.ts';
import { createSoundMixer } from '../../hal/sim/sound-mixer.ts';
import type { VigilConfig } from '../config/schema.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import { centroidsPerPerson, type VoiceGallery } from '../hearing/match.ts';
import { testVoiceModels } from '../hearing/self-test.ts';
import { PcmSoundWatch } from '../hearing/sound-watch.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { PixelWatch } from '../vision/change.ts';
import type { FaceGallery } from '../vision/match.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { whenMended } from './begun-faults.ts';
import { enrolDemoVoices } from './demo-hearing.ts';
import { clipsByName, demoRecordings, demoSubjectId, loadDemoScene } from './demo-scene.ts';
import type { EnrolledPeople } from './enrolled-people.ts';
import type { HearingPorts } from './ports.ts';
import { openRealModels, testRealModels } from './real-models.ts';
import { openVoiceModels } from './real-voice-models.ts';
import type { BoardSenses } from './senses.ts';
import { frameRing } from './simulation.ts';

const visitorsFolder = resolve(import.meta.dir, '../../demo/visitors');
/** What the networks need of the world. */
export interface RealWorld {
  readonly faults: FaultBoard;
  /** Null where there is none. */
  readonly microphone: Microphone | null;
}

export interface RealSensesOptions {
  readonly config: VigilConfig;
  /** Where models are that were added on this machine. */
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly seed: number;
  /** Whether there is a microphone. */
  readonly hears: boolean;
  /** Of the built-in scene's people: those who are known. */
  readonly people: EnrolledPeople;
}

/**
 * The real networks for a simulated board, with the pictures and voices of the built-in scene. Rejects with ModelError
 * or HalError when a model or a file is missing or bad, or when frames of another size are configured.
 */
export async function openRealSenses(
  options: RealSensesOptions,
  signal: AbortSignal,
): Promise<BoardSenses<RealWorld>> {
  const { config, stateDirectory, clock, people, hears } = options;
  const ring = frameRing(config);
  const { script, enrolled, painter } = await loadDemoScene(clock, signal);
  const { widthPx, heightPx } = script.camera;
  if (config.camera.widthPx !== widthPx || config.camera.heightPx !== heightPx) {
    const message = `pictures are painted at ${widthPx}x${heightPx} px alone: leave camera.width_px and height_px`;
    throw new HalError('unsupported', 'scene', message);
  }
  const faces = new OpenedOnce((wait) => openRealModels(config, stateDirectory, ring, clock, wait));
  const embeddings = await embedFaces(enrolled, await faces.first(signal), signal);
  const voices = hears ? await openVoices(options, signal) : undefined;
  const visitors = (await clock.track(readdir(visitorsFolder))).map((file) => basename(file, '.jpg'));
  return {
    ring,
    painter,
    ...(voices === undefined ? {} : { mixer: voices.mixer }),
    pictures: new Set([...visitors, ...[...enrolled.keys()].map((name) => name.toLowerCase())]),
    clips: voices?.clips ?? new Set(),
    enrollable: new Set(embeddings.keys()),
    models: { faces: (await faces.first(signal)).pipelineId, ...voices?.models },
    ports: (world) => ({
      newPictureWatch: () => new PixelWatch((frame) => ring.pixels(frame)),
      openModels: async (wait) => {
        world.faults.check('models', 'models', 'open');
        return faces.next(wait);
      },
      testModels: async (_, wait) => {
        world.faults.check('models', 'models', 'read');
        await testRealModels(await faces.first(wait), wait);
      },
      loadGallery: async () => galleryOf(people.subjects, embeddings),
      watchGallery: (changed, wait) => people.watch(changed, wait),
      termsOf: (subjectId) => people.termsOf(subjectId),
      hearing: world.microphone === null ? null : (voices?.ports(world.microphone, world.faults) ?? null),
    }),
    close: async () => {
      await faces.close();
      await voices?.close();
    },
  };
}

/** Models that are opened beforehand, to enrol with, and go on to the first who opens them; later ones get new ones. */
class OpenedOnce<Models extends { close(): Promise<void> }> {
  readonly #open: (signal: AbortSignal) => Promise<Models>;
  #newest: Promise<Models> | undefined;
  #taken = false;

  constructor(open: (signal: AbortSignal) => Promise<Models>) {
    this.#open = open;
  }

  /** Those that were opened last. */
  first(signal: AbortSignal): Promise<Models> {
    this.#newest ??= this.#open(signal);
    return this.#newest;
  }

  next(signal: AbortSignal): Promise<Models> {
    if (this.#taken) this.#newest = this.#open(signal);
    this.#taken = true;
    return this.first(signal);
  }

  async close(): Promise<void> {
    await (await this.#newest)?.close();
  }
}

async function embedFaces(
  people: ReadonlyMap<string, FacePicture>,
  models: WorkerFaceModels,
  signal: AbortSignal,
): Promise<Map<string, Float32Array>> {
  const embeddings = new Map<string, Float32Array>();
  for (const [name, picture] of people) {
    const [face] = await models.describe(picture, signal);
    if (face === undefined) throw new HalError('invalid-argument', name, 'there is no face in this picture');
    embeddings.set(demoSubjectId(name), face.embedding);
  }
  return embeddings;
}

function galleryOf(subjects: readonly string[], embeddings: ReadonlyMap<string, Float32Array>): FaceGallery {
  const rows = subjects.flatMap((subjectId) => {
    const embedding = embeddings.get(subjectId);
    return embedding === undefined ? [] : [{ subjectId, embedding }];
  });
  const embeddingLength = rows[0]?.embedding.length ?? 0;
  const joined = new Float32Array(rows.length * embeddingLength);
  for (const [row, { embedding }] of rows.entries()) joined.set(embedding, row * embeddingLength);
  return { subjectIds: rows.map(({ subjectId }) => subjectId), embeddings: joined, embeddingLength };
}

async function openVoices(options: RealSensesOptions, signal: AbortSignal) {
  const { config, stateDirectory, clock, seed, people } = options;
  const { windowMs } = config.hearing;
  const models = new OpenedOnce<WorkerVoiceModels>((wait) =>
    openVoiceModels(config, stateDirectory, clock, { newestMs: windowMs }, wait),
  );
  const detector = await clock.track(VoiceActivityDetector.create());
  const opened = await models.first(signal);
  const everybody = await enrolDemoVoices(opened, clock, signal);
  const clips = clipsByName([
    ...(await demoRecordings('validation', clock, signal)),
    ...(await demoRecordings('strangers', clock, signal)),
  ]);
  const ports = (microphone: Microphone, faults: FaultBoard): HearingPorts => ({
    microphone,
    newSoundWatch: () => new PcmSoundWatch(detector),
    openVoices: async (wait) => {
      faults.check('voice-models', 'voices', 'open');
      const mine = await models.next(wait);
      const gallery = () => voicesOf(people.subjects, everybody);
      const namer = new EmbeddingNamer(mine, voiceLimits(mine.match, config.hearing), gallery());
      const closed = new AbortController();
      people.watch(() => namer.setGallery(gallery()), closed.signal);
      return {
        namer,
        selfTest: (testing) => testVoiceModels(mine, testing),
        close: async () => {
          closed.abort();
          await mine.close();
        },
      };
    },
    watchMicrophone: (appeared, wait) => whenMended('microphone', faults, appeared, wait),
  });
  return {
    mixer: createSoundMixer({ seed, clips }),
    clips: new Set(clips.keys()),
    models: { voices: opened.pipelineId },
    ports,
    close: () => models.close(),
  };
}

function voicesOf(subjects: readonly string[], everybody: VoiceGallery): VoiceGallery {
  const subjectIds = subjects.filter((subject) => everybody.subjectIds.includes(subject));
  const length = centroidsPerPerson * everybody.embeddingLength;
  const centroids = new Float32Array(subjectIds.length * length);
  for (const [person, subject] of subjectIds.entries()) {
    const from = everybody.subjectIds.indexOf(subject) * length;
    centroids.set(everybody.centroids.subarray(from, from + length), person * length);
  }
  return { ...everybody, subjectIds, centroids };
}
