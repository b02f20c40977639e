import type { Scene } from '../../hal/sim/scene.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { EnrolledPeople } from './enrolled-people.ts';
import { oracleBoardSenses } from './oracle-senses.ts';
import { openRealSenses } from './real-senses.ts';
import type { BoardSenses } from './senses.ts';
import { SimulatedBoard, type SimulatedBoardOptions } from './simulated-board.ts';
import { emptyScene, Stage } from './stage.ts';

/** Models that were added on this machine have no part in a simulation. */
const noState = '/nonexistent';

export interface SimulationOptions
  extends Pick<SimulatedBoardOptions, 'config' | 'startUtcMs' | 'replacePorts' | 'onRecord' | 'onEdge'> {
  readonly seed: number;
  /** Whether there is a microphone. */
  readonly hears: boolean;
  /** Subjects who are enrolled by face and voice. */
  readonly enrolled: readonly string[];
}

/** An empty scene, a board without power in it, and the time that they share. */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly scene: Scene;
  readonly stage: Stage;
  readonly people: EnrolledPeople;
  readonly board: SimulatedBoard;
  readonly senses: BoardSenses;
}

/** Opens a simulation with models that know the truth. */
export function openOracleSimulation(options: SimulationOptions): Simulation {
  const clock = new VirtualClock();
  const people = new EnrolledPeople(options.enrolled);
  const senses = oracleBoardSenses({ ...options, people, clock });
  return simulationWith(senses, people, clock, options);
}

/**
 * Opens a simulation with the real networks, on rendered frames and mixed sound of the built-in scene's people. Takes
 * seconds; rejects with ModelError or HalError when a model or a file is missing or bad.
 */
export async function openRealSimulation(
  options: SimulationOptions,
  signal: AbortSignal,
): Promise<Simulation> {
  const clock = new VirtualClock();
  const people = new EnrolledPeople(options.enrolled);
  const senses = await clock.runUntilSettled(
    openRealSenses({ ...options, stateDirectory: noState, people, clock }, signal),
  );
  return simulationWith(senses, people, clock, options);
}

/** A simulation with these senses. The scene has the size of the camera's frames. */
function simulationWith(
  senses: BoardSenses,
  people: EnrolledPeople,
  clock: VirtualClock,
  options: SimulationOptions,
): Simulation {
  const scene = emptyScene(options.seed, options.config);
  const board = new SimulatedBoard({ ...options, clock, scene, senses });
  const stage = new Stage(scene, clock, senses);
  return { clock, scene, stage, people, board, senses };
}
