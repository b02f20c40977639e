import type { TraceRecord, TraceRecordOf } from '../../trace/record.ts';
import type { ActorStory } from '../../trace/story.ts';
import { type MachineName, machineOf } from './machines.ts';

const mostTimes = 10;

/** How often and how long a machine was in a state. */
export interface VisitTimes {
  readonly count: number;
  /** Of the visits that are over. */
  readonly totalMs: number;
  readonly longestMs: number;
  readonly overCount: number;
  /** The latest that are over, the newest first. */
  readonly lastMs: readonly number[];
}

/** One time that a transition was taken. */
export interface TakenTime {
  readonly atMs: number;
  readonly event: string;
}

/** How often a transition was taken, and when last, the newest first. */
export interface TakenTimes {
  readonly count: number;
  readonly last: readonly TakenTime[];
}

/** A transition as a chart has it: `event` is empty where it is taken as soon as it may be. */
export interface ChartTransition {
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly guard: string;
}

export type GuardAnswer = Pick<TraceRecordOf<'guard'>, 'guard' | 'result' | 'event' | 'values' | 'tMs'>;

type Changing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** What machines did in the records that it has seen: visits to states, transitions, answers of guards. */
export class Activity {
  /** By machine and state. */
  readonly #visits = new Map<string, Changing<VisitTimes>>();
  /** By machine and both states, then by event and guard. */
  readonly #taken = new Map<string, Map<string, Changing<TakenTimes>>>();
  /** By actor, then by guard. */
  readonly #guards = new Map<string, Map<string, GuardAnswer>>();
  /** The active states of each actor, with all around them, and since when. */
  readonly #active = new Map<string, ReadonlyMap<string, number>>();

  /** Another one that has seen the same, and goes on by itself. */
  copy(): Activity {
    const copy = new Activity();
    for (const [key, visits] of this.#visits) copy.#visits.set(key, { ...visits });
    for (const [pair, byCause] of this.#taken) {
      copy.#taken.set(pair, new Map([...byCause].map(([cause, times]) => [cause, { ...times }])));
    }
    for (const [actor, answers] of this.#guards) copy.#guards.set(actor, new Map(answers));
    for (const [actor, active] of this.#active) copy.#active.set(actor, active);
    return copy;
  }

  /** Where an actor is before the first record that it is seen in. */
  startAt({ actor, states, sinceMs }: ActorStory): void {
    this.#active.set(actor, new Map(states.flatMap(withAncestors).map((path) => [path, sinceMs])));
  }

  /** To be handed every record, in order. */
  see(record: TraceRecord): void {
    switch (record.kind) {
      case 'snapshot':
        this.#enter(record.actor, record.states.flatMap(withAncestors), record.tMs);
        break;
      case 'actor':
        if (record.op === 'started') break;
        this.#enter(record.actor, [], record.tMs);
        this.#active.delete(record.actor);
        this.#guards.delete(record.actor);
        break;
      case 'microstep':
        this.#take(record);
        break;
      case 'guard': {
        const answers = this.#guards.get(record.actor) ?? new Map<string, GuardAnswer>();
        this.#guards.set(record.actor, answers);
        answers.set(record.guard, record);
        break;
      }
    }
  }

  visits(machine: MachineName, path: string): VisitTimes {
    return this.#visits.get(`${machine} ${path}`) ?? noVisits();
  }

  /** Since when an actor is in a state, or in one within it; undefined where it is not. */
  activeSinceMs(actor: string, path: string): number | undefined {
    return this.#active.get(actor)?.get(path);
  }

  taken(machine: MachineName, { from, to, event, guard }: ChartTransition): TakenTimes {
    const times = [...(this.#taken.get(`${machine} ${from} ${to}`) ?? [])].flatMap(([key, each]) => {
      const [tookEvent, tookGuard] = key.split('\n');
      return tookGuard === guard && (event === '' || event === tookEvent) ? [each] : [];
    });
    const last = times.flatMap((each) => each.last).sort((a, b) => b.atMs - a.atMs);
    return { count: times.reduce((sum, { count }) => sum + count, 0), last: last.slice(0, mostTimes) };
  }

  /** The last answer of each guard of an actor, the newest first. */
  guards(actor: string): GuardAnswer[] {
    return [...(this.#guards.get(actor)?.values() ?? [])].sort((a, b) => b.tMs - a.tMs);
  }

  #enter(actor: string, paths: readonly string[], nowMs: number): void {
    const machine = machineOf(actor);
    if (machine === undefined) return;
    const before = this.#active.get(actor) ?? new Map<string, number>();
    const after = new Map(paths.map((path) => [path, before.get(path) ?? nowMs]));
    for (const [path, sinceMs] of before) {
      if (!after.has(path)) endVisit(this.#visitsOf(machine, path), nowMs - sinceMs);
    }
    for (const path of after.keys()) if (!before.has(path)) this.#visitsOf(machine, path).count++;
    this.#active.set(actor, after);
  }

  #visitsOf(machine: MachineName, path: string): Changing<VisitTimes> {
    const key = `${machine} ${path}`;
    const visits = this.#visits.get(key) ?? noVisits();
    this.#visits.set(key, visits);
    return visits;
  }

  #take({ actor, event, transitions, tMs: atMs }: TraceRecordOf<'microstep'>): void {
    const machine = machineOf(actor);
    if (machine === undefined) return;
    for (const { from, to, guard } of transitions) {
      for (const target of to) {
        const pair = `${machine} ${from === machine ? '' : from} ${target}`;
        const byCause = this.#taken.get(pair) ?? new Map<string, Changing<TakenTimes>>();
        this.#taken.set(pair, byCause);
        const cause = `${event}\n${guard ?? ''}`;
        const times = byCause.get(cause) ?? { count: 0, last: [] };
        byCause.set(cause, times);
        times.count++;
        times.last = [{ atMs, event }, ...times.last].slice(0, mostTimes);
      }
    }
  }
}

function noVisits(): Changing<VisitTimes> {
  return { count: 0, totalMs: 0, longestMs: 0, overCount: 0, lastMs: [] };
}

function endVisit(visits: Changing<VisitTimes>, lastedMs: number): void {
  visits.overCount++;
  visits.totalMs += lastedMs;
  visits.longestMs = Math.max(visits.longestMs, lastedMs);
  visits.lastMs = [lastedMs, ...visits.lastMs].slice(0, mostTimes);
}

/** `a.b.c` is in `a`, in `a.b` and in itself. */
function withAncestors(path: string): string[] {
  const names = path.split('.');
  return names.map((_, index) => names.slice(0, index + 1).join('.'));
}
