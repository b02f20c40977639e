import type { Clock } from '../../hal/contract/clock.ts';
import { OracleFaceModels, oracleEmbedding } from '../../hal/sim/oracle-face-models.ts';
import { OraclePictureWatch } from '../../hal/sim/oracle-picture-watch.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { FaceGallery } from '../vision/match.ts';
import type { EnrolledPeople } from './enrolled-people.ts';
import type { BoardSenses } from './senses.ts';
import { oracleHearing } from './simulated-hearing.ts';
import type { SensePorts, SimulatedWorld } from './simulation.ts';

/** What models that know the truth must see of the world. */
export interface OracleWorld extends Pick<SimulatedWorld, 'faults' | 'camera'> {
  /** Null where there is none. */
  readonly microphone: SimulatedWorld['microphone'] | null;
}

/** Models that know the truth, for all boots of a board. Anybody can come, and anybody be known. */
export function oracleBoardSenses(options: {
  readonly people: EnrolledPeople;
  readonly seed: number;
  readonly hears: boolean;
  readonly clock: Clock;
}): BoardSenses<OracleWorld> {
  return {
    models: {},
    pictures: null,
    clips: null,
    enrollable: null,
    ports: (world, config) => oracleSenses(world, { ...options, config }),
    close: async () => {},
  };
}

/** Models that know the truth, for a simulated world: milliseconds for a minute. */
export function oracleSenses(
  world: OracleWorld,
  options: {
    readonly people: EnrolledPeople;
    readonly seed: number;
    /** Whether there is a microphone; people are then known by their voices, too. */
    readonly hears: boolean;
    readonly config: VigilConfig;
    readonly clock: Clock;
  },
): SensePorts {
  const { faults, camera, microphone } = world;
  const { people, seed, hears, config, clock } = options;
  const truth: (typeof camera)['truth'] = (frame) => camera.truth(frame);
  return {
    newPictureWatch: () => new OraclePictureWatch(truth),
    openModels: async () => {
      faults.check('models', 'models', 'open');
      return new OracleFaceModels({ clock, faults, seed, truth, limitMs: config.vision.modelLimitMs });
    },
    testModels: async () => faults.check('models', 'models', 'read'),
    loadGallery: async () => oracleGallery(seed, people.subjects),
    watchGallery: (changed, signal) => people.watch(changed, signal),
    termsOf: (subjectId) => people.termsOf(subjectId),
    hearing:
      hears && microphone !== null
        ? oracleHearing({ microphone, seed, people, config, clock, faults })
        : null,
  };
}

function oracleGallery(seed: number, subjects: readonly string[]): FaceGallery {
  const rows = subjects.map((subject) => oracleEmbedding(seed, subject));
  const embeddingLength = rows[0]?.length ?? 0;
  const embeddings = new Float32Array(rows.length * embeddingLength);
  for (const [index, row] of rows.entries()) embeddings.set(row, index * embeddingLength);
  return { subjectIds: subjects, embeddings, embeddingLength };
}
