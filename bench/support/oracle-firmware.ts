import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import { Scene } from '../../hal/sim/scene.ts';
import type { VigilConfig } from '../../src/config/schema.ts';
import { type BuiltDevice, buildDevice } from '../../src/runtime/build-device.ts';
import { EnrolledPeople } from '../../src/runtime/enrolled-people.ts';
import { LampHistory } from '../../src/runtime/lamp-history.ts';
import { liveLamps } from '../../src/runtime/live-lamps.ts';
import { oracleSenses } from '../../src/runtime/oracle-senses.ts';
import { simulateWorld } from '../../src/runtime/simulation.ts';
import { wiringOf } from '../../src/runtime/wiring.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';

/** So many that each has left for good before they come again. */
const subjects = Array.from({ length: 10 }, (_, i) => `p_${i}`);

export interface OracleFirmware extends BuiltDevice {
  readonly trace: TraceRecorder;
  readonly clock: SystemClock;
  readonly wallClock: SystemWallClock;
}

/**
 * The firmware in real time with a real line keeper, before it a scene in which somebody who is known comes every
 * second, seen by models that know the truth. Starts nothing: `actor.start()`.
 */
export function oracleFirmware(config: VigilConfig, stateDirectory: string, visits: number): OracleFirmware {
  const clock = new SystemClock();
  const wallClock = new SystemWallClock();
  const nowMs = clock.nowMs();
  const scene = Scene.parse({
    name: 'somebody every second',
    durationMs: nowMs + 3_600_000,
    people: Array.from({ length: visits }, (_, i) => ({
      subject: subjects[i % subjects.length] ?? '',
      entersAtMs: nowMs + 50 + 1_000 * i,
      from: 'here' as const,
      to: 'here' as const,
      stops: [{ distanceM: 1, lateralM: 0, yawDeg: 0, stayMs: 900 }],
    })),
  });
  const { widthPx, heightPx } = config.camera;
  const trace = new TraceRecorder(clock, config.trace.ringRecords);
  const world = simulateWorld(scene, config, clock, FrameRing.create({ widthPx, heightPx }));
  const people = new EnrolledPeople(subjects);
  const senses = oracleSenses(world, { people, seed: 1, hears: false, config, clock });
  const lamps = liveLamps({
    config,
    stateDirectory,
    clock,
    trace,
    wiring: wiringOf(config, undefined),
    faults: world.faults,
    lamps: new LampHistory(),
  });
  const ports = { ...world.ports, wallClock, ...senses, ...lamps.ports, hardwareWatchdog: null };
  return { ...buildDevice(ports, config, trace), trace, clock, wallClock };
}
