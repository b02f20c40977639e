import { resolve } from 'node:path';
import type { TraceRecord } from '../trace/record.ts';
import { traceLine } from '../trace/record.ts';
import { compareEdges, measure, type Unmet, watch } from './checks.ts';
import { tellPlace } from './file-error.ts';
import type { Observation } from './observation.ts';
import { provenanceOf } from './provenance.ts';
import type { Failure, Measurement, Outcome, ScenarioResult } from './result.ts';
import { allSteps, type Feature, type Scenario } from './scenario.ts';
import { step as make, observationsIn, type Place, placeOf, type Step } from './step.ts';
import { isStimulus, RigError, ScriptError, type Session, type Target } from './target.ts';
import { tellStep } from './tell-step.ts';
import { lampHistories, seconds, Watcher } from './watcher.ts';

export interface RunOptions {
  /** Ends the scenario: the rig is put back, then `runScenario` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears of every record of the device's trace, in order: for a file, for coverage. */
  readonly onRecord?: (record: TraceRecord, boot: number) => void;
  /** Hears of every step before it begins. */
  readonly onStep?: (step: Step) => void;
}

/** A device that is booted for a scenario operates within this time. */
const bootLimitMs = 30_000;

/**
 * Runs one scenario against a target and puts the rig back, whatever happened. Rejects only with the reason of the
 * signal; everything else is in the result.
 */
export async function runScenario(
  scenario: Scenario,
  target: Target,
  options: RunOptions = {},
): Promise<ScenarioResult> {
  const run = new Run(scenario, target, options);
  const lacks = scenario.needs.find((feature) => !target.features.has(feature));
  if (lacks !== undefined) return run.result('skip', whyLacking(scenario, target, lacks));
  const whyNot = target.whyNot?.(scenario);
  if (whyNot !== undefined) return run.result('skip', whyNot);
  return await run.run();
}

function whyLacking(scenario: Scenario, target: Target, lacks: Feature): string {
  const place = scenario.needPlaces.get(lacks);
  const where = place === undefined ? '' : ` (${tellPlace(place)})`;
  const has = [...target.features].join(', ') || 'nothing';
  return `needs ${lacks}${where}; ${target.featuresFrom} has ${has}`;
}

class Run {
  readonly #scenario: Scenario;
  readonly #target: Target;
  readonly #options: RunOptions;
  readonly #signal: AbortSignal;
  readonly #startedAt = new Date();
  readonly #failures: Failure[] = [];
  readonly #measurements: Measurement[] = [];
  readonly #hasher = new Bun.CryptoHasher('sha256');
  #lines = '';
  #records = 0;
  #session: Session | undefined;
  #watcher: Watcher | undefined;
  #step: Step | undefined;
  #startMs = 0;
  #rigBroken = false;

  constructor(scenario: Scenario, target: Target, options: RunOptions) {
    this.#scenario = scenario;
    this.#target = target;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async run(): Promise<ScenarioResult> {
    let broken: { readonly error: unknown; readonly step: Step | undefined } | undefined;
    try {
      const session = await this.#target.open(this.#scenario, this.#signal);
      this.#session = session;
      await this.#play(session);
    } catch (error) {
      broken = { error, step: this.#step };
    }
    this.#step = undefined;
    try {
      await this.#end();
    } catch (error) {
      // The first error says more.
      broken ??= { error, step: undefined };
      this.#rigBroken = true;
    }
    if (this.#signal.aborted) throw this.#signal.reason;
    if (broken !== undefined) return this.#errorResult(broken.error, broken.step);
    const [failure] = this.#failures;
    if (failure === undefined) return this.result('pass', null);
    return this.result('fail', `expected ${failure.expected}; ${failure.seen}`);
  }

  /** Every step in turn, up to the first broken expectation. */
  async #play(session: Session): Promise<void> {
    const steps = [...allSteps(this.#scenario.steps)];
    const observations: Observation[] = [operates, operatesLess, ...steps.flatMap(observationsIn)];
    const watcher = new Watcher(session, observations);
    this.#watcher = watcher;
    session.observe.onRecord(({ record, boot }) => this.#take(record, boot));
    this.#startMs = session.time.nowMs();
    if (!session.running && !steps.some((step) => step.do === 'boot')) {
      await this.#bootFirst(session, watcher);
      if (this.#failures.length > 0) return;
      this.#startMs = session.time.nowMs();
      // The history of the lamps begins with the scenario.
      for (const edges of Object.values(watcher.edges)) edges.length = 0;
      watcher.mark();
    }
    await this.#all(this.#scenario.steps, session, watcher);
  }

  async #all(steps: readonly Step[], session: Session, watcher: Watcher): Promise<void> {
    for (const step of steps) {
      if (step.do === 'repeat') {
        for (let i = 0; i < step.times && this.#failures.length === 0; i++) {
          await this.#all(step.steps, session, watcher);
        }
      } else await this.#one(step, session, watcher);
      if (this.#failures.length > 0) return;
    }
  }

  async #one(step: Exclude<Step, { do: 'repeat' }>, session: Session, watcher: Watcher): Promise<void> {
    this.#signal.throwIfAborted();
    this.#step = step;
    this.#options.onStep?.(step);
    watcher.say(tellStep(step));
    const before = watcher.breaches.length;
    let unmet: Unmet | undefined;
    if (isStimulus(step)) {
      // What has happened by now, and is still on its way, does not count after the mark.
      if (session.time.kind === 'real') await session.time.pass(0, this.#signal);
      watcher.mark();
      await session.stimulus.apply(step);
      if (step.do === 'cut-power') watcher.powerIsOff();
    } else if (step.do === 'wait') await session.time.pass(step.forMs, this.#signal);
    else if (step.do === 'edges') unmet = compareEdges(step, watcher, this.#startMs);
    else if (step.do === 'measure') {
      const measured = await measure(step, watcher, this.#signal);
      this.#measurements.push(measured.measurement);
      unmet = measured.unmet;
    } else unmet = await watch(step, watcher, this.#signal);
    if (unmet !== undefined) this.#fail(unmet);
    this.#reportBreaches(before);
  }

  async #bootFirst(session: Session, watcher: Watcher): Promise<void> {
    await session.stimulus.apply(make.boot());
    const up = () => watcher.holds(operates) || watcher.holds(operatesLess);
    if (await watcher.until(up, bootLimitMs, this.#signal)) return;
    this.#fail({
      expected: `the device operates ${seconds(bootLimitMs)} after its boot`,
      seen: watcher.tellSeen(operates),
    });
  }

  #reportBreaches(before: number): void {
    for (const { rule, subject, atMs } of this.#watcher?.breaches.slice(before) ?? []) {
      this.#fail({ expected: `the rule ${rule} holds`, seen: `${subject} broke it at ${seconds(atMs)}` });
    }
  }

  #fail({ expected, seen }: Unmet): void {
    const step = this.#step;
    this.#failures.push({
      place: step === undefined ? null : this.#placeOf(step),
      step: step === undefined ? (this.#session === undefined ? 'opening' : 'the device') : tellStep(step),
      atMs: this.#session?.time.nowMs() ?? 0,
      expected,
      seen,
      trace: this.#watcher?.lastLines() ?? [],
    });
  }

  /** Within the scenario's own file as that was named. */
  #placeOf(step: Step): Place | null {
    const place = placeOf(step);
    const { file } = this.#scenario;
    return place === undefined ? null : { ...place, file: place.file === resolve(file) ? file : place.file };
  }

  async #end(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    const before = this.#watcher?.breaches.length ?? 0;
    const { problems } = await session.end();
    for (const seen of problems) this.#fail({ expected: 'the device ends in order', seen });
    this.#reportBreaches(before);
  }

  #take(record: TraceRecord, boot: number): void {
    this.#records++;
    // One call for each record would cost more than the hashing.
    this.#lines += `${traceLine(record)}\n`;
    if (this.#lines.length > 100_000) this.#hash();
    this.#options.onRecord?.(record, boot);
  }

  #hash(): void {
    this.#hasher.update(this.#lines);
    this.#lines = '';
  }

  #errorResult(error: unknown, step: Step | undefined): ScenarioResult {
    this.#rigBroken ||= error instanceof RigError;
    const place = step === undefined ? null : this.#placeOf(step);
    const where = place === null ? '' : `${tellPlace(place)}: `;
    const message = error instanceof Error ? error.message : String(error);
    const known = error instanceof RigError || error instanceof ScriptError;
    return this.result('error', `${where}${known ? message : `unexpected error: ${message}`}`);
  }

  result(outcome: Outcome, reason: string | null): ScenarioResult {
    const { name, file, shows } = this.#scenario;
    const session = this.#session;
    this.#hash();
    return {
      name,
      file,
      shows,
      outcome,
      reason,
      failures: this.#failures,
      measurements: this.#measurements,
      breaches: this.#watcher?.breaches ?? [],
      edges: this.#watcher === undefined ? { green: [], red: [] } : lampHistories(this.#watcher),
      probes: session?.probe.kinds ?? null,
      durationMs: session?.time.nowMs() ?? 0,
      tookMs: Date.now() - this.#startedAt.getTime(),
      records: this.#records,
      traceHash: this.#records === 0 ? null : this.#hasher.copy().digest('hex'),
      provenance: provenanceOf(
        this.#scenario,
        this.#target,
        session?.models ?? {},
        this.#startedAt.toISOString(),
      ),
      rigBroken: this.#rigBroken,
    };
  }
}

const operates: Observation = { health: 'nominal' };
const operatesLess: Observation = { health: 'degraded' };
