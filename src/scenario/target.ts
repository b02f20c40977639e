import type { TraceRecord } from '../trace/record.ts';
import type { Lamp } from './observation.ts';
import type { Feature, Scenario } from './scenario.ts';
import type { Step, StepOf, Verb } from './step.ts';

/** The rig is broken or not there: no word on the firmware. Whatever comes after it on this rig is an error, too. */
export class RigError extends Error {
  override readonly name = 'RigError';
}

/** The scenario asks for something impossible: somebody leaves who never came. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Something that scenarios run against: a simulated device, or a real one with what stands before it. */
export interface Target {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** What the features were read from, for messages: `the sim target`, `rig bench.toml`. */
  readonly featuresFrom: string;
  /** Why a scenario cannot be run here though the features are there; undefined when it can. */
  whyNot?(scenario: Scenario): string | undefined;
  /** Makes everything ready for one scenario. Rejects with RigError; what it rejects with otherwise is a bug. */
  open(scenario: Scenario, signal: AbortSignal): Promise<Session>;
}

/** One scenario's hold on a target, by four ports. */
export interface Session {
  readonly time: TimePort;
  readonly stimulus: StimulusPort;
  readonly probe: ProbePort;
  readonly observe: ObservePort;
  /** Whether the device runs already. Otherwise it has no power until a step boots it. */
  readonly running: boolean;
  /** What identifies the models: sha256 by file, or by the id of a pipeline. */
  readonly models: Readonly<Record<string, string>>;
  /**
   * Puts everything back, whatever happened before: faults mended, stimuli off, the device at rest, outputs off and
   * read back. Called once. Rejects with RigError when that is not possible.
   */
  end(): Promise<SessionEnd>;
}

export interface SessionEnd {
  /** What the firmware did wrong at its end, each in words: a lamp that is still on, a timer that is still set. */
  readonly problems: readonly string[];
}

/** Times of a session are in ms since it was opened, on one clock. */
export interface TimePort {
  readonly kind: 'virtual' | 'real';
  nowMs(): number;
  /** Lets time pass until `met` is settled, at most for `limitMs`. Rejects with the reason of `signal`. */
  pass(limitMs: number, signal: AbortSignal, met?: Promise<void>): Promise<void>;
}

const watchingVerbs = ['expect', 'never', 'stays', 'edges', 'measure', 'wait', 'repeat'] as const;
type WatchingVerb = (typeof watchingVerbs)[number];

/** The steps that do something to the device or to what is before it. */
export type StimulusStep = StepOf<Exclude<Verb, WatchingVerb>>;

export function isStimulus(step: Step): step is StimulusStep {
  return !watchingVerbs.some((verb) => verb === step.do);
}

export interface StimulusPort {
  /** What people see and hear is made with. */
  readonly sight: 'scene' | 'monitor' | 'person';
  readonly sound: 'scene' | 'loudspeaker' | 'person';
  /** Does what the step says, now. Rejects with ScriptError or RigError. */
  apply(step: StimulusStep): Promise<void>;
}

export type ProbeKind = 'simulated pin' | 'loopback input' | 'commanded level';

export interface ProbePort {
  readonly kinds: Readonly<Record<Lamp, ProbeKind>>;
  /** A lamp's, as last seen, or a further output's by its name. */
  level(line: string): boolean;
  /** Hears of every change, in order. */
  onEdge(listener: (line: string, on: boolean, atMs: number) => void): void;
}

export interface ObservedRecord {
  readonly record: TraceRecord;
  /** On the session's clock; the record's own time is the device's. */
  readonly atMs: number;
  /** Counts the device's boots from 1. Each has a trace of its own. */
  readonly boot: number;
}

export interface ObservePort {
  /** Hears of every record of the device's trace, in order. */
  onRecord(listener: (observed: ObservedRecord) => void): void;
  /** The id that the device's trace has for a person of the scenario. */
  subjectOf(who: string): string;
}
