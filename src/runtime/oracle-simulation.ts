import type { Scene } from '../../hal/sim/scene.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { parseConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { TraceRecorder } from '../trace/recorder.ts';
import { type BuiltDevice, buildDevice } from './build-device.ts';
import { EnrolledPeople } from './enrolled-people.ts';
import { oracleSenses } from './oracle-senses.ts';
import type { DevicePorts } from './ports.ts';
import { frameRing, type SimulatedWorld, simulateWorld } from './simulation.ts';

export interface OracleSimulationOptions {
  readonly scene: Scene;
  /** Subjects of the scene who are enrolled. */
  readonly enrolled: readonly string[];
  /** Whether there is a microphone; the enrolled are then known by their voices, too. */
  readonly hears?: boolean;
  readonly config?: VigilConfig;
  /** Other ports in the place of the simulated ones, and made of them. */
  readonly replacePorts?: (simulated: DevicePorts) => Partial<DevicePorts>;
}

/** A device in simulated time whose models know the truth: milliseconds for a minute. */
export interface OracleSimulation extends BuiltDevice, SimulatedWorld {
  readonly clock: VirtualClock;
  readonly trace: TraceRecorder;
}

/** Wires a device into a scene, with oracle models. Starts nothing: `actor.start()`, then run the clock. */
export function buildOracleSimulation(options: OracleSimulationOptions): OracleSimulation {
  const { scene } = options;
  const config = options.config ?? parseConfig('', undefined).config;
  const { seed } = scene.script;
  const clock = new VirtualClock();
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const world = simulateWorld(scene, config, clock, frameRing(config));
  const people = new EnrolledPeople(options.enrolled);
  const senses = oracleSenses(world, { people, seed, hears: options.hears === true, config, clock });
  const ports: DevicePorts = { ...world.ports, ...senses };
  const device = buildDevice({ ...ports, ...options.replacePorts?.(ports) }, config, trace);
  return { ...world, ...device, clock, trace };
}
