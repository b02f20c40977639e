import type { Clock } from '../../hal/contract/clock.ts';
import { FaultBoard } from '../../hal/sim/faults.ts';
import type { Scene } from '../../hal/sim/scene.ts';
import { SimulatedStore } from '../../hal/sim/store.ts';
import { VirtualWallClock } from '../../hal/sim/virtual-clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { BegunFaults } from './begun-faults.ts';
import { EnrolledPeople } from './enrolled-people.ts';
import { type OracleWorld, oracleBoardSenses } from './oracle-senses.ts';
import { openRealSenses, type RealWorld } from './real-senses.ts';
import type { BoardSenses } from './senses.ts';
import { startUtcMs } from './simulation.ts';
import { emptyScene, Stage } from './stage.ts';

export interface LiveStageOptions {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly seed: number;
  /** `oracle`: models that know the truth of a scene that is played; `real`: the networks. */
  readonly models: 'oracle' | 'real';
  /** Whether the device has a microphone. */
  readonly hears: boolean;
  /** Subjects who are known. */
  readonly enrolled: readonly string[];
}

/** What a test puts in the place of a device's surroundings and of its people, over all boots. */
export interface LiveStage {
  readonly scene: Scene;
  readonly stage: Stage;
  readonly people: EnrolledPeople;
  readonly faults: FaultBoard;
  readonly faultsBegun: BegunFaults;
  /** A test begins at the time of day at which a simulation does. */
  readonly wallClock: VirtualWallClock;
  /** Counts the boots of the test, which are not those of the device. */
  readonly store: SimulatedStore;
  readonly senses:
    | ({ readonly kind: 'oracle' } & BoardSenses<OracleWorld>)
    | ({ readonly kind: 'real' } & BoardSenses<RealWorld>);
}

/** Opens the networks where they are asked for, which takes seconds. Rejects with HalError or ModelError. */
export async function openLiveStage(options: LiveStageOptions, signal: AbortSignal): Promise<LiveStage> {
  const { config, clock, seed, hears } = options;
  const people = new EnrolledPeople(options.enrolled);
  const senses: LiveStage['senses'] =
    options.models === 'oracle'
      ? { kind: 'oracle', ...oracleBoardSenses({ people, seed, hears, clock }) }
      : { kind: 'real', ...(await openRealSenses({ ...options, people }, signal)) };
  const scene = emptyScene(seed, config);
  const faults = new FaultBoard(clock);
  return {
    scene,
    stage: new Stage(scene, clock, senses),
    people,
    faults,
    faultsBegun: new BegunFaults(faults, clock),
    wallClock: new VirtualWallClock(clock, { startUtcMs, faults }),
    store: new SimulatedStore({ clock, faults }),
    senses,
  };
}
