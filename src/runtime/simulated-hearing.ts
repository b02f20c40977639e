import type { Clock } from '../../hal/contract/clock.ts';
import type { FaultBoard } from '../../hal/sim/faults.ts';
import type { SceneMicrophone } from '../../hal/sim/microphone.ts';
import { OracleSoundWatch } from '../../hal/sim/oracle-sound-watch.ts';
import { OracleTrainedVoices } from '../../hal/sim/oracle-trained-voices.ts';
import {
  OracleVoiceModels,
  type OracleVoiceModelsOptions,
  oracleVoiceEmbedding,
} from '../../hal/sim/oracle-voice-models.ts';
import type { VigilConfig } from '../config/schema.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import { centroidsPerPerson, type VoiceGallery } from '../hearing/match.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import { TrainedNamer } from '../hearing/trained-namer.ts';
import type { VoiceMatch } from '../models/entry.ts';
import { whenMended } from './begun-faults.ts';
import type { EnrolledPeople } from './enrolled-people.ts';
import type { HearingPorts, OpenVoices } from './ports.ts';

/** The default network's: the scores between the oracle's embeddings are like its. */
const oracleMatch: VoiceMatch = {
  thresholds: [
    { voicedMs: 1_600, score: 0.82 },
    { voicedMs: 3_000, score: 0.84 },
    { voicedMs: 7_000, score: 0.86 },
  ],
  margin: 0.05,
  people: 8,
  penalties: { noise20: 0, noise10: 0.03, reverb300: 0, reverb500: 0.03 },
};

export interface OracleHearingOptions {
  readonly microphone: SceneMicrophone;
  readonly seed: number;
  /** Whose voices are known. */
  readonly people: EnrolledPeople;
  readonly config: VigilConfig;
  readonly clock: Clock;
  readonly faults: FaultBoard;
}

/** Hearing in simulated time with models that know the truth. */
export function oracleHearing(options: OracleHearingOptions): HearingPorts {
  const { microphone, faults } = options;
  return {
    microphone,
    newSoundWatch: () => new OracleSoundWatch((fromMs, untilMs) => microphone.truth(fromMs, untilMs)),
    openVoices: async () => {
      faults.check('voice-models', 'voices', 'open');
      return oracleVoices(options);
    },
    watchMicrophone: (appeared, signal) => whenMended('microphone', faults, appeared, signal),
  };
}

function oracleVoices({ microphone, seed, people, config, clock, faults }: OracleHearingOptions): OpenVoices {
  const { mode, modelLimitMs: limitMs, trainedShare: share } = config.hearing;
  const truth: OracleVoiceModelsOptions['truth'] = (fromMs, untilMs) => microphone.truth(fromMs, untilMs);
  const selfTest = async () => faults.check('voice-models', 'voices', 'read');
  if (mode === 'seven-second') {
    const labels = people.subjects; // a network does not learn while it is open
    const voices = new OracleTrainedVoices({ clock, faults, seed, truth, limitMs, labels });
    const subjects = new Map(labels.map((subject) => [subject, subject]));
    const namer = new TrainedNamer({ voices, pipelineId: `oracle-trained-${seed}`, subjects, share });
    return { namer, selfTest, close: () => voices.close() };
  }
  const models = new OracleVoiceModels({ clock, faults, seed, truth, limitMs });
  const limits = voiceLimits(oracleMatch, config.hearing);
  const namer = new EmbeddingNamer(models, limits, oracleVoiceGallery(seed, people.subjects));
  const closed = new AbortController();
  people.watch(() => namer.setGallery(oracleVoiceGallery(seed, people.subjects)), closed.signal);
  const close = async () => {
    closed.abort();
    await models.close();
  };
  return { namer, selfTest, close };
}

/** The oracle hears noise and reverberation in the voice itself: its centroids are all alike. */
function oracleVoiceGallery(seed: number, subjectIds: readonly string[]): VoiceGallery {
  const rows = subjectIds.map((subject) => oracleVoiceEmbedding(seed, subject));
  const embeddingLength = rows[0]?.length ?? 0;
  const centroids = new Float32Array(rows.length * centroidsPerPerson * embeddingLength);
  for (const [person, row] of rows.entries()) {
    for (let centroid = 0; centroid < centroidsPerPerson; centroid++) {
      centroids.set(row, (person * centroidsPerPerson + centroid) * embeddingLength);
    }
  }
  return { subjectIds, embeddingLength, centroids };
}
