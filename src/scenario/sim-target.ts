import { HalError } from '../../hal/contract/errors.ts';
import type { Edge } from '../../hal/contract/gpio.ts';
import { parseConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type Calibrations, nothingCalibrated } from '../decide/calibration.ts';
import { ModelError } from '../models/errors.ts';
import { parseTerms } from '../people/terms-text.ts';
import { faultsNamed } from '../runtime/begun-faults.ts';
import {
  openOracleSimulation,
  openRealSimulation,
  type Simulation,
  type SimulationOptions,
} from '../runtime/open-simulation.ts';
import type { DevicePorts } from '../runtime/ports.ts';
import { closableSenses } from '../runtime/privacy-switch.ts';
import { startUtcMs } from '../runtime/simulation.ts';
import { checkNamed } from '../runtime/stage.ts';
import type { TraceRecord } from '../trace/record.ts';
import { ScenarioFileError } from './file-error.ts';
import { faultOf, setClock, subjectOf } from './in-device-terms.ts';
import { lamps, tellLine } from './observation.ts';
import { featuresOn, type Rig } from './rig.ts';
import { type ConfigValues, type Feature, featureNames, type Scenario } from './scenario.ts';
import {
  type ObservedRecord,
  type ProbePort,
  RigError,
  ScriptError,
  type Session,
  type SessionEnd,
  type StimulusPort,
  type StimulusStep,
  type Target,
  type TimePort,
} from './target.ts';

/** What a simulation can do: everything but a wire from a lamp back to an input. */
const simFeatures: ReadonlySet<Feature> = new Set(featureNames.filter((feature) => feature !== 'loopback'));

/** The lines of the default models, taken for this device's own. */
const takenForCalibrated: Calibrations = { ...nothingCalibrated, evidence: 'enough' };

export interface SimTargetOptions {
  /** Fewer features than a simulation has, and where that stands. */
  readonly features?: ReadonlySet<Feature>;
  readonly featuresFrom?: string;
  /** Other ports in the place of the simulated ones, and made of them: to take a part of the device out. */
  readonly replacePorts?: (simulated: DevicePorts) => Partial<DevicePorts>;
}

/** The simulated device: every scenario gets a new one, in virtual time. */
export function simTarget(options: SimTargetOptions = {}): Target {
  return {
    name: 'sim',
    features: options.features ?? simFeatures,
    featuresFrom: options.featuresFrom ?? 'the simulation',
    open: (scenario, signal) => SimSession.open(scenario, options.replacePorts, signal),
  };
}

/** The simulation on a rig: it plays a scene and reads simulated pins. Throws ScenarioFileError for a rig of another kind. */
export function simTargetOn(rig: Rig): Target {
  for (const key of ['sight', 'sound'] as const) mustBe('scene', rig, 'stimulus', key, rig.stimulus[key]);
  for (const lamp of lamps) mustBe('simulated pin', rig, 'probe', lamp, rig.probe[lamp]);
  const features = featuresOn(rig, simFeatures, 'sim');
  return simTarget({ features, featuresFrom: `the rig ${rig.name} (${rig.file})` });
}

function mustBe(allowed: string, rig: Rig, table: string, key: string, kind: string | undefined): void {
  if (kind === undefined || kind === allowed) return;
  const message = `${table}.${key} is ${kind}, but the target sim has none; allowed: ${allowed}`;
  throw new ScenarioFileError([{ place: rig.placeOf([table, key]), message }]);
}

interface Listeners {
  readonly records: ((observed: ObservedRecord) => void)[];
  readonly edges: ((line: string, on: boolean, atMs: number) => void)[];
}

class SimSession implements Session {
  readonly running = false;
  readonly time: TimePort;
  readonly stimulus: StimulusPort;
  readonly probe: ProbePort;
  readonly observe;
  readonly #scenario: Scenario;
  readonly #simulation: Simulation;
  #config: ConfigValues;

  /** Rejects with RigError when the networks or what they look at cannot be had. */
  static async open(
    scenario: Scenario,
    replacePorts: SimTargetOptions['replacePorts'],
    signal: AbortSignal,
  ): Promise<SimSession> {
    const listeners: Listeners = { records: [], edges: [] };
    const options = {
      seed: scenario.seed,
      hears: scenario.hears,
      enrolled: scenario.enrolled.map(subjectOf),
      config: configFrom(scenario.config),
      startUtcMs,
      replacePorts: (simulated: DevicePorts) => ({
        ...(scenario.needs.includes('calibration') ? { calibrations: takenForCalibrated } : {}),
        ...replacePorts?.(simulated),
      }),
      onRecord: (record: TraceRecord, boot: number) => {
        for (const listener of listeners.records) listener({ record, boot, atMs: record.tMs });
      },
      onEdge: (line: string, { on, atMs }: Edge) => {
        for (const listener of listeners.edges) listener(line, on, atMs);
      },
    };
    const simulation =
      scenario.models === 'oracle' ? openOracleSimulation(options) : await withNetworks(options, signal);
    try {
      for (const subject of options.enrolled)
        scripted(() => checkNamed('enrolment', subject, simulation.senses.enrollable));
    } catch (error) {
      await simulation.senses.close();
      throw error;
    }
    return new SimSession(scenario, simulation, listeners);
  }

  private constructor(scenario: Scenario, simulation: Simulation, listeners: Listeners) {
    this.#scenario = scenario;
    this.#config = scenario.config;
    this.#simulation = simulation;
    const { board, clock } = this.#simulation;
    this.time = {
      kind: 'virtual',
      nowMs: () => clock.nowMs(),
      pass: (limitMs, signal, met) => this.#pass(limitMs, signal, met),
    };
    this.stimulus = { sight: 'scene', sound: 'scene', apply: async (step) => this.#apply(step) };
    this.probe = {
      kinds: { green: 'simulated pin', red: 'simulated pin' },
      level: (line) => board.level(line),
      onEdge: (listener) => void listeners.edges.push(listener),
    };
    this.observe = {
      onRecord: (listener: (observed: ObservedRecord) => void) => void listeners.records.push(listener),
      subjectOf,
    };
  }

  get models() {
    return this.#simulation.senses.models;
  }

  async end(): Promise<SessionEnd> {
    const { stopped, on, leftBehind } = await this.#simulation.board.end();
    return {
      problems: [
        ...(stopped ? [] : ['it did not stop when it was told to']),
        ...on.map((line) => `${tellLine(line)} is still on`),
        ...leftBehind.map((what) => `it left behind ${what}`),
      ],
    };
  }

  async #pass(limitMs: number, signal: AbortSignal, met: Promise<void> | undefined): Promise<void> {
    signal.throwIfAborted();
    const { clock } = this.#simulation;
    const endMs = clock.nowMs() + limitMs;
    const over = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    let early = false;
    const limit = clock.sleep(limitMs, over.signal).catch(() => {});
    const sooner = Promise.race([aborted, ...(met === undefined ? [] : [met])]).then(() => {
      early = true;
    });
    await clock.runUntilSettled(Promise.race([limit, sooner]), limitMs + 1);
    over.abort();
    signal.throwIfAborted();
    // What is due at the end, and was set after our own timer, comes before it.
    if (!early) await clock.runUntil(endMs);
  }

  async #apply(step: StimulusStep): Promise<void> {
    const { stage, board, people, senses } = this.#simulation;
    switch (step.do) {
      case 'comes':
      case 'moves':
      case 'leaves':
      case 'speaks':
      case 'noise':
      case 'tone':
      case 'light':
        return scripted(() => stage.act(step));
      case 'presses':
        return board.inputs.press(step.forMs);
      case 'door':
        return board.inputs.drive('door-contact', step.is === 'closed');
      case 'breaks':
        if (this.#scenario.models === 'real' && /^(voice-)?models-/.test(step.fault)) {
          throw new ScriptError(
            `${step.fault} is a fault of oracle models; these are the networks themselves`,
          );
        }
        return board.break(faultOf(step), step.forMs);
      case 'mends': {
        const { fault, port } = step;
        const mended = board.mend(faultsNamed(fault, port));
        if (mended === 0 && fault !== 'everything') throw new ScriptError(`there is no ${fault} to mend`);
        return;
      }
      case 'enrol':
        scripted(() => checkNamed('enrolment', subjectOf(step.who), senses.enrollable));
        return people.add(subjectOf(step.who));
      case 'forget':
        return people.remove(subjectOf(step.who));
      case 'edit':
        return scripted(() => people.agree(subjectOf(step.who), parseTerms(step)));
      case 'clock':
        return board.wallClock.set(setClock(step));
      case 'configure':
        this.#config = { ...this.#config, ...step.config };
        return board.configure(configFrom(this.#config));
      case 'boot':
        return scripted(() => board.boot());
      case 'stop':
        return scripted(() => board.stop());
      case 'cut-power':
        return board.cutPower();
      case 'operator-releases':
        return scripted(() => board.operatorReleases());
      case 'pauses':
        return board.pause(step.what === 'both' ? closableSenses : [step.what], step.forMs ?? null);
      case 'resumes':
        return board.resume();
    }
  }
}

async function withNetworks(options: SimulationOptions, signal: AbortSignal): Promise<Simulation> {
  try {
    return await openRealSimulation(options, signal);
  } catch (error) {
    if (!(error instanceof HalError || error instanceof ModelError)) throw error;
    throw new RigError(`the networks cannot be used: ${error.message}`, { cause: error });
  }
}

function configFrom(values: ConfigValues): VigilConfig {
  const flags = Object.entries(values).map(([key, value]) => ({ key, value, flag: key }));
  return parseConfig('', undefined, flags).config;
}

/** What the board or the stage refuses is the script's mistake. */
function scripted(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof RangeError) throw new ScriptError(error.message);
    throw error;
  }
}
