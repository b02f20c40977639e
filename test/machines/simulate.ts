import { Scene, type SceneInput } from '../../hal/sim/scene.ts';
import type { InputName } from '../../machines/events.ts';
import { parseConfig } from '../../src/config/read.ts';
import {
  buildOracleSimulation,
  type OracleSimulation,
  type OracleSimulationOptions,
} from '../../src/runtime/oracle-simulation.ts';
import type { TraceRecord, TraceRecordOf } from '../../src/trace/record.ts';

export type Person = NonNullable<SceneInput['people']>[number];
export type TimedFault = NonNullable<SceneInput['faults']>[number];

/** Who is enrolled in every simulation here; everybody else is a stranger. */
export const enrolled = ['p_ana', 'p_bea'];

/** Somebody who speaks, as loud as one does to a device before one. */
export function speech(subject: string, fromMs: number, forMs: number, levelDbfs = -26): Speech {
  return { kind: 'speech', subject, fromMs, untilMs: fromMs + forMs, levelDbfs };
}
type Speech = NonNullable<SceneInput['sounds']>[number];

/** Somebody who appears in place, stays and vanishes: the times of their steps are exact. */
export function visitor(
  subject: string,
  entersAtMs: number,
  stayMs: number,
  where: Partial<Place> = {},
): Person {
  const { distanceM = 1, lateralM = 0, yawDeg = 0 } = where;
  const stops = [{ distanceM, lateralM, yawDeg, stayMs }];
  return { subject, entersAtMs, from: 'here', to: 'here', stops };
}

interface Place {
  readonly distanceM: number;
  readonly lateralM: number;
  readonly yawDeg: number;
}

export interface Setting {
  readonly people?: readonly Person[];
  readonly light?: SceneInput['light'];
  /** With sounds, even none of them, the device has a microphone. */
  readonly sounds?: SceneInput['sounds'];
  readonly faults?: readonly TimedFault[];
  /** What is done to the button and the door, and when. */
  readonly inputs?: readonly { readonly atMs: number; readonly input: InputName; readonly on: boolean }[];
  readonly seed?: number;
  readonly config?: string;
  readonly replacePorts?: OracleSimulationOptions['replacePorts'];
}

/** A running device in a scene, and everything it did. */
export interface Simulated extends OracleSimulation {
  readonly records: TraceRecord[];
  /** States, calls and levels of the lamps in the order in which they came, one a line: `2020 green on`. */
  readonly timeline: string[];
  /** Rules that were broken. */
  readonly breaches: TraceRecordOf<'invariant'>[];
  /** Ends it as SIGTERM does; the rules judge the end. */
  stop(): Promise<void>;
  /** Slots of the frame ring that a reader still holds. */
  leasedSlots(): number;
  snapshots(actor: string): { readonly tMs: number; readonly states: readonly string[] }[];
}

/** A device in a scene, not yet started. */
export function place(setting: Setting): Simulated {
  const { config } = parseConfig(
    setting.config ?? '',
    setting.config === undefined ? undefined : 'test.toml',
  );
  const scene = Scene.parse({
    name: 'test',
    durationMs: 3_600_000,
    people: setting.people ?? [],
    light: setting.light ?? [],
    sounds: setting.sounds ?? [],
    faults: setting.faults ?? [],
    ...(setting.seed === undefined ? {} : { seed: setting.seed }),
  });
  const simulation = buildOracleSimulation({
    scene,
    enrolled,
    hears: setting.sounds !== undefined,
    config,
    ...(setting.replacePorts === undefined ? {} : { replacePorts: setting.replacePorts }),
  });
  const { trace, keeper, indicator, clock, actor, ring, inputs } = simulation;
  for (const { atMs, input, on } of setting.inputs ?? []) {
    if (atMs <= 0) inputs.drive(input, on);
    else clock.setTimeout(() => inputs.drive(input, on), atMs);
  }
  const records: TraceRecord[] = trace.records();
  const timeline: string[] = [];
  const breaches: TraceRecordOf<'invariant'>[] = [];
  trace.observe((record) => {
    records.push(record);
    if (record.kind === 'invariant') breaches.push(record);
    const line = timelineLine(record);
    if (line !== undefined) timeline.push(line);
  });
  for (const lamp of [keeper.outputs.get('green'), indicator]) {
    lamp?.onEdge(({ on, atMs }) => timeline.push(`${atMs} ${lamp.name} is ${on ? 'on' : 'off'}`));
  }
  return {
    ...simulation,
    records,
    timeline,
    breaches,
    stop: async () => {
      actor.send({ type: 'STOP.REQUESTED' });
      await clock.runFor(10_000);
    },
    leasedSlots: () => {
      const { header, slots } = ring.share;
      const words = new Int32Array(header);
      return Array.from({ length: slots }, (_, slot) => words[2 * slot + 1]!).filter((readers) => readers > 0)
        .length;
    },
    snapshots: (path) =>
      records.filter(
        (record): record is TraceRecordOf<'snapshot'> => record.kind === 'snapshot' && record.actor === path,
      ),
  };
}

/** A device that was started and has run for `ms`. */
export async function run(setting: Setting, ms: number): Promise<Simulated> {
  const simulated = place(setting);
  await simulated.clock.runUntil(0); // faults that are there from the beginning
  simulated.actor.start();
  await simulated.clock.runUntil(ms);
  return simulated;
}

/** What a reader of the order of things needs; the watchdog's feeding is left out. */
function timelineLine(record: TraceRecord): string | undefined {
  const { tMs } = record;
  if (record.kind === 'snapshot') {
    const actor = record.actor.split('/').at(-1);
    return actor === 'watchdog' ? undefined : `${tMs} ${actor}: ${record.states.join(' ')}`;
  }
  if (record.kind === 'hal.out' && record.device !== 'watchdog') {
    return `${tMs} ${record.device} <- ${record.op}${record.grantId === undefined ? '' : ` ${record.grantId}`}`;
  }
  if (record.kind === 'hal.in') {
    return `${tMs} ${record.device} -> ${record.op}${record.error === undefined ? '' : ` ${record.error}`}`;
  }
  if (record.kind === 'event' && record.event === 'ACCESS.REFUSED' && record.to === 'device') {
    return `${tMs} refused: ${String(record.data.code)}`;
  }
  return undefined;
}

/** Levels of the actuator on the wire, `[atMs, on]`. */
export function greenEdges({ keeper }: Pick<Simulated, 'keeper'>): [atMs: number, on: boolean][] {
  return keeper.history.map(({ atMs, on }) => [atMs, on]);
}

/** How often it was granted, and to whom. */
export function grantedTo({ records }: Pick<Simulated, 'records'>): string[] {
  return records.flatMap((record) => {
    if (record.kind !== 'event' || record.event !== 'ACCESS.GRANTED' || record.to !== 'device') return [];
    const grant = record.data.grant;
    return typeof grant === 'object' && grant !== null && 'subjectId' in grant
      ? [String(grant.subjectId)]
      : [];
  });
}

/** The state `device` is in now: the leaf states of the root. */
export function deviceStates(simulated: Simulated): readonly string[] {
  return simulated.snapshots('device').at(-1)?.states ?? [];
}

/** The longest a device may be in a fault before it operates again or is safe. */
const faultLimitMs = 60_000;

/** Whether the device is at rest (it operates, nominal or degraded, or is safe), or has not been in a fault too long. */
export function atRestOrSoon(simulated: Simulated): boolean {
  const snapshots = simulated.snapshots('device');
  const lastRest = snapshots.findLastIndex(({ states }) =>
    states.some((state) => state.startsWith('operating.') || state.startsWith('safe.')),
  );
  const faultSince = snapshots[lastRest + 1];
  return faultSince === undefined || simulated.clock.nowMs() - faultSince.tMs < faultLimitMs;
}
