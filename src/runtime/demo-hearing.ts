import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { VigilConfig } from '../config/schema.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import { centroidsPerPerson, type VoiceGallery } from '../hearing/match.ts';
import { testVoiceModels } from '../hearing/self-test.ts';
import { PcmSoundWatch } from '../hearing/sound-watch.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import { VoiceActivityDetector } from '../hearing/vad.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { unitSum } from '../models/unit.ts';
import { demoRecordings, demoSubjectId } from './demo-scene.ts';
import type { HearingPorts } from './ports.ts';
import { openVoiceModels } from './real-voice-models.ts';
import type { SimulatedWorld } from './simulation.ts';

/** The hearing of the built-in scene: real models on mixed sound, its people enrolled in memory. */
export async function demoHearing(
  { microphone }: Pick<SimulatedWorld, 'microphone'>,
  config: VigilConfig,
  clock: Clock,
  stateDirectory: string,
  signal: AbortSignal,
): Promise<HearingPorts> {
  const open = (wait: AbortSignal) =>
    openVoiceModels(config, stateDirectory, clock, { newestMs: config.hearing.windowMs }, wait);
  const detector = await clock.track(VoiceActivityDetector.create());
  let models = await open(signal);
  const gallery = await enrolDemoVoices(models, clock, signal);
  let fresh = true;
  return {
    microphone,
    newSoundWatch: () => new PcmSoundWatch(detector),
    openVoices: async (wait) => {
      // The models that heard the enrolled recordings go on with the microphone.
      if (!fresh) models = await open(wait);
      fresh = false;
      const opened = models;
      return {
        namer: new EmbeddingNamer(opened, voiceLimits(opened.match, config.hearing), gallery),
        selfTest: (testing) => testVoiceModels(opened, testing),
        close: () => opened.close(),
      };
    },
    watchMicrophone: () => {},
  };
}

/**
 * One centroid a person, in the place of all five: the scene is as quiet as the recordings, and to enrol them in noise
 * and rooms as well would take longer than the scene.
 */
export async function enrolDemoVoices(
  models: WorkerVoiceModels,
  clock: Clock,
  signal: AbortSignal,
): Promise<VoiceGallery> {
  const { embeddingLength } = models;
  const people = new Map<string, Float32Array[]>();
  for (const [recording, sound] of await demoRecordings('train', clock, signal)) {
    const { embedding } = await models.embed(sound, signal);
    if (embedding === null) throw new HalError('invalid-argument', recording, 'there is no voice in it');
    const subjectId = demoSubjectId(recording.replace(/\d+$/, ''));
    people.set(subjectId, [...(people.get(subjectId) ?? []), embedding]);
  }
  const centroids = new Float32Array(people.size * centroidsPerPerson * embeddingLength);
  for (const [person, embeddings] of [...people.values()].entries()) {
    const centroid = unitSum(embeddings);
    for (let copy = 0; copy < centroidsPerPerson; copy++) {
      centroids.set(centroid, (person * centroidsPerPerson + copy) * embeddingLength);
    }
  }
  return { subjectIds: [...people.keys()], embeddingLength, centroids };
}
