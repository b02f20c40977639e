import type { TraceRecord, TraceRecordOf } from '../trace/record.ts';
import { type ChartState, type ChartTransition, statesOf, transitionText } from './chart.ts';

/** How much of a machine traces have reached. */
export interface MachineCoverage {
  readonly machine: string;
  readonly states: { readonly total: number; readonly reached: number };
  readonly transitions: { readonly total: number; readonly reached: number };
  /** Paths of states. */
  readonly missedStates: readonly string[];
  readonly missedTransitions: readonly MissedTransition[];
}

export interface MissedTransition {
  readonly from: string;
  readonly to: readonly string[];
  /** Trigger and guard in words. */
  readonly text: string;
}

type Taken = TraceRecordOf<'microstep'>['transitions'][number];

/** What traces have reached of one machine. */
class Reached {
  readonly states = new Set<string>();
  readonly transitions = new Set<ChartTransition>();
  /** By where they start, guard and targets, which stand in the trace. */
  readonly #transitions = new Map<string, ChartTransition[]>();
  readonly #name: string;

  constructor(chart: ChartState) {
    this.#name = chart.name;
    for (const { path, transitions } of statesOf(chart)) {
      for (const transition of transitions) {
        const key = keyOf(path, transition.guard, transition.targets);
        const alike = this.#transitions.get(key) ?? [];
        alike.push(transition);
        this.#transitions.set(key, alike);
      }
    }
  }

  /** A state, and those around it. */
  enter(path: string): void {
    for (
      let at = this.#pathOf(path);
      !this.states.has(at);
      at = at.slice(0, Math.max(0, at.lastIndexOf('.')))
    ) {
      this.states.add(at);
    }
  }

  take({ from, to, guard }: Taken, event: string): void {
    this.enter(from);
    for (const target of to) this.enter(target);
    const alike = this.#transitions.get(
      keyOf(
        this.#pathOf(from),
        guard ?? null,
        to.map((target) => this.#pathOf(target)),
      ),
    );
    // What is taken as soon as it may be stands in the trace with the event that let it.
    const taken = alike?.find((one) => one.event === event) ?? alike?.find((one) => one.event === '');
    if (taken !== undefined) this.transitions.add(taken);
  }

  /** The trace calls the machine itself by its name, a chart by an empty path. */
  #pathOf(path: string): string {
    return path === this.#name ? '' : path;
  }
}

/** Gathers which states and transitions of machines traces have reached. */
export class CoverageCounter {
  readonly #charts: ReadonlyMap<string, ChartState>;
  readonly #reached: ReadonlyMap<string, Reached>;

  constructor(charts: readonly ChartState[]) {
    this.#charts = new Map(charts.map((chart) => [chart.name, chart]));
    this.#reached = new Map(charts.map((chart) => [chart.name, new Reached(chart)]));
  }

  /** To be handed every record of a trace; of several traces, in any order. */
  readonly see = (record: TraceRecord): void => {
    if (record.kind !== 'snapshot' && record.kind !== 'microstep') return;
    const reached = this.#reached.get(machineOf(record.actor));
    if (reached === undefined) return;
    if (record.kind === 'snapshot') for (const state of record.states) reached.enter(state);
    else for (const transition of record.transitions) reached.take(transition, record.event);
  };

  /** Numbers and what is missing, a machine each, in the order of the charts. */
  coverage(): MachineCoverage[] {
    return [...this.#charts.values()].map((chart) => {
      const reached = this.#reachedOf(chart);
      const states = [...statesOf(chart)].filter(({ path }) => path !== '');
      const transitions = [...statesOf(chart)].flatMap(({ path, transitions: own }) =>
        own.map((transition) => ({ path, transition })),
      );
      const missedStates = states.filter(({ path }) => !reached.states.has(path));
      const missed = transitions.filter(({ transition }) => !reached.transitions.has(transition));
      return {
        machine: chart.name,
        states: { total: states.length, reached: states.length - missedStates.length },
        transitions: { total: transitions.length, reached: transitions.length - missed.length },
        missedStates: missedStates.map(({ path }) => path),
        missedTransitions: missed.map(({ path, transition }) => ({
          from: path,
          to: transition.targets,
          text: transitionText(transition),
        })),
      };
    });
  }

  /** The chart with what was reached marked in it, for drawing. */
  marked(name: string): ChartState | undefined {
    const chart = this.#charts.get(name);
    return chart === undefined ? undefined : markedState(chart, this.#reachedOf(chart));
  }

  #reachedOf(chart: ChartState): Reached {
    return this.#reached.get(chart.name) ?? new Reached(chart);
  }
}

function markedState(state: ChartState, reached: Reached): ChartState {
  return {
    ...state,
    reached: reached.states.has(state.path),
    transitions: state.transitions.map((transition) => ({
      ...transition,
      reached: reached.transitions.has(transition),
    })),
    states: state.states.map((child) => markedState(child, reached)),
  };
}

/** All machines in lines for people: numbers, then what is missing. */
export function coverageLines(coverage: readonly MachineCoverage[]): string[] {
  return coverage.flatMap(({ machine, states, transitions, missedStates, missedTransitions }) => [
    `${machine.padEnd(10)} ${share(states)} states  ${share(transitions)} transitions`,
    ...missedStates.map((path) => `  ✗ ${path}`),
    ...missedTransitions.map(({ from, to, text }) => {
      const arrow = to.length === 0 ? '' : ` → ${to.map((path) => path || machine).join(', ')}`;
      return `  ✗ ${from || machine}${arrow}  ${text}`;
    }),
  ]);
}

function share({ total, reached }: { readonly total: number; readonly reached: number }): string {
  return `${String(reached).padStart(3)} of ${String(total).padStart(3)}`;
}

function keyOf(from: string, guard: string | null, targets: readonly string[]): string {
  return JSON.stringify([from, guard, targets]);
}

/** `visit` of `device/vision/visit:3`. */
function machineOf(actor: string): string {
  return actor.split('/').at(-1)?.split(':')[0] ?? '';
}
