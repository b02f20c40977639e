import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  type InspectionEvent,
  StateMachine,
  type StateValue,
} from 'xstate';
import type { Clock, TimerId } from '../../hal/contract/clock.ts';
import { errorData, eventData, roundForTrace, type TraceData, traceData, traceName } from './data.ts';
import { guardText } from './guard-text.ts';
import type { TraceRecordOf } from './record.ts';
import type { TraceRecorder } from './recorder.ts';

/** While a guard keeps giving the same answer, its changing values are recorded at most this often. */
const guardRepeatMs = 1_000;

/** What a guard looked at: numbers, booleans and terms, by name. Must not throw. */
export type GuardValues = Readonly<Record<string, (args: GuardArgs) => Readonly<Record<string, unknown>>>>;

interface GuardArgs {
  readonly context: unknown;
  readonly event: AnyEventObject;
}

/** Guards as XState calls them: its own (`and`, `not`, `stateIn`) are asked by `check`. */
interface Guard {
  (args: GuardArgs, params: unknown): boolean;
  check?: (snapshot: unknown, args: GuardArgs, guard: Guard) => boolean;
}

interface Timer {
  readonly timer: number;
  readonly actor: string;
  readonly delay: string;
  readonly dueMs: number;
}

interface GuardAnswer {
  result: boolean;
  values: string;
  recordedAtMs: number;
}

/**
 * Tells the recorder what a system of XState actors does. Hand `inspect` and `clock` to the root actor, and pass
 * the root machine through `machine` when it has its implementations:
 *
 *     const tracer = new ActorTracer(recorder, 'device');
 *     const root = tracer.machine(deviceMachine.provide({ actors: { vision } }));
 *     createActor(root, { clock: tracer.clock(clock), inspect: tracer.inspect }).start();
 *
 * Actors are named by their path of ids: session ids differ from run to run.
 */
export class ActorTracer {
  readonly #recorder: TraceRecorder;
  readonly #rootName: string;
  readonly #paths = new WeakMap<AnyActorRef, string>();
  readonly #unnamedChildren = new Map<string, number>();
  readonly #states = new Map<string, string>();
  readonly #guards = new Map<string, Map<string, GuardAnswer>>();
  readonly #scheduled = new WeakSet<object>();
  readonly #traced = new WeakSet<AnyStateMachine>();
  #system: AnyActorRef['system'] | undefined;
  #timers = 0;
  /** The actors whose transition is being computed, innermost last. A guard is not told whose it is. */
  readonly #transitioning: AnyActorRef[] = [];

  constructor(recorder: TraceRecorder, rootName: string) {
    this.#recorder = recorder;
    this.#rootName = rootName;
  }

  /** For `createActor(root, { inspect })`. */
  readonly inspect = (inspected: InspectionEvent): void => {
    // XState types actors loosely here; what it passes are the actors themselves.
    const actor = inspected.actorRef as AnyActorRef;
    switch (inspected.type) {
      case '@xstate.actor':
        this.#started(actor);
        break;
      case '@xstate.event':
        this.#sent(actor, inspected.sourceRef as AnyActorRef | undefined, inspected.event);
        break;
      case '@xstate.microstep':
        this.#stepped(actor, inspected);
        break;
      case '@xstate.snapshot':
        this.#changed(actor, inspected.snapshot);
        break;
    }
  };

  /** The clock for `createActor(root, { clock })`: the same, with every machine timer recorded. */
  clock(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): Pick<Clock, 'setTimeout' | 'clearTimeout'> {
    const running = new Map<TimerId, Timer>();
    return {
      setTimeout: (callback, delayMs) => {
        const timer = this.#nextTimer(delayMs);
        this.#timer('scheduled', timer);
        const id = clock.setTimeout(() => {
          running.delete(id);
          this.#timer('fired', timer);
          callback();
        }, delayMs);
        running.set(id, timer);
        return id;
      },
      clearTimeout: (id) => {
        const timer = running.get(id);
        if (timer !== undefined && running.delete(id)) this.#timer('cancelled', timer);
        clock.clearTimeout(id);
      },
    };
  }

  /**
   * The machine with its named guards recorded: whenever the answer changes, and its values once a second while
   * they change. Machines among its actors are recorded the same way, so the root is enough. Give the machines
   * their implementations first.
   */
  machine<M extends AnyStateMachine>(machine: M, guardValues: GuardValues = {}): M {
    if (this.#traced.has(machine)) return machine;
    const actors: Record<string, unknown> = {};
    for (const [name, logic] of Object.entries(machine.implementations.actors)) {
      actors[name] = logic instanceof StateMachine ? this.machine(logic, guardValues) : logic;
    }
    const guards: Record<string, unknown> = {};
    for (const [name, guard] of Object.entries(machine.implementations.guards)) {
      guards[name] = this.#recorded(name, guard as Guard, guardValues[name]);
    }
    const traced = machine.provide({ actors, guards });
    this.#traced.add(traced);
    const { transition, getInitialSnapshot } = traced;
    traced.transition = (snapshot, event, scope) =>
      this.#while(scope.self, () => transition.call(traced, snapshot, event, scope));
    traced.getInitialSnapshot = (scope, input) =>
      this.#while(scope.self, () => getInitialSnapshot.call(traced, scope, input));
    return traced as M; // provide keeps the machine's type; AnyStateMachine has forgotten it
  }

  #recorded(name: string, guard: Guard, values: GuardValues[string] | undefined): Guard {
    const note = (result: boolean, { context, event }: GuardArgs, params: unknown): boolean => {
      const actor = this.#transitioning.at(-1);
      if (actor !== undefined) {
        this.#answered(this.#path(actor), name, result, event, () =>
          traceData(values === undefined ? params : values({ context, event })),
        );
      }
      return result;
    };
    const { check } = guard;
    if (check === undefined) return (args, params) => note(guard(args, params), args, params);
    const recorded: Guard = (args, params) => guard(args, params);
    recorded.check = (snapshot, args) => note(check(snapshot, args, guard), args, undefined);
    return recorded;
  }

  #answered(
    actor: string,
    guard: string,
    result: boolean,
    event: AnyEventObject,
    look: () => TraceData,
  ): void {
    const answers = this.#guards.get(actor) ?? new Map<string, GuardAnswer>();
    this.#guards.set(actor, answers);
    const last = answers.get(guard);
    const nowMs = this.#recorder.lastMs;
    if (last?.result === result && nowMs - last.recordedAtMs < guardRepeatMs) return;
    const values = look();
    const text = JSON.stringify(values);
    if (last?.result === result && last.values === text) return;
    answers.set(guard, { result, values: text, recordedAtMs: nowMs });
    this.#recorder.record({ kind: 'guard', actor, guard, result, event: traceName(event.type), values });
  }

  /** A throw inside a machine stops its actor without a word to the inspector. */
  #while<T>(actor: AnyActorRef, compute: () => T): T {
    this.#transitioning.push(actor);
    try {
      return compute();
    } catch (error) {
      this.#ended(actor, 'failed', error);
      throw error;
    } finally {
      this.#transitioning.pop();
    }
  }

  #started(actor: AnyActorRef): void {
    this.#system = actor.system;
    const logic = typeof actor.src === 'string' ? actor.src : this.#path(actor).split('/').at(-1);
    this.#recorder.record({
      kind: 'actor',
      op: 'started',
      actor: this.#path(actor),
      logic: logic ?? '',
      data: traceData({}),
    });
  }

  #sent(to: AnyActorRef, from: AnyActorRef | undefined, event: AnyEventObject): void {
    // What XState tells itself: the actor record and the parent's `xstate.done.actor` say the same.
    if (event.type === 'xstate.init' || event.type.startsWith('xstate.promise.')) return;
    this.#recorder.record({
      kind: 'event',
      event: traceName(event.type),
      to: this.#path(to),
      from: from === undefined ? null : this.#path(from),
      data: eventData(event),
    });
  }

  #stepped(actor: AnyActorRef, inspected: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    const transitions = inspected._transitions.map((transition) => {
      const guard = guardText(transition.guard);
      return {
        from: statePath(transition.source),
        to: (transition.target ?? []).map(statePath),
        ...(guard === undefined ? {} : { guard }),
      };
    });
    if (transitions.length === 0) return;
    const event = traceName(inspected.event.type);
    this.#recorder.record({ kind: 'microstep', actor: this.#path(actor), event, transitions });
  }

  #changed(
    actor: AnyActorRef,
    snapshot: Extract<InspectionEvent, { type: '@xstate.snapshot' }>['snapshot'],
  ): void {
    const path = this.#path(actor);
    if (isMachineSnapshot(snapshot)) {
      const states = statePaths(snapshot.value);
      const tags = [...snapshot.tags].sort();
      const text = `${states} ${tags}`;
      if (this.#states.get(path) !== text) {
        this.#states.set(path, text);
        this.#recorder.record({ kind: 'snapshot', actor: path, states, tags });
      }
    }
    if (snapshot.status === 'done') this.#ended(actor, 'done');
    if (snapshot.status === 'stopped') this.#ended(actor, 'stopped');
    if (snapshot.status === 'error') this.#ended(actor, 'failed', snapshot.error);
  }

  #ended(actor: AnyActorRef, op: TraceRecordOf<'actor'>['op'], error?: unknown): void {
    const path = this.#path(actor);
    this.#states.delete(path);
    this.#guards.delete(path);
    this.#unnamedChildren.delete(path);
    const data = error instanceof Error ? errorData(error) : traceData({});
    const logic = typeof actor.src === 'string' ? actor.src : '';
    this.#recorder.record({ kind: 'actor', op, actor: path, logic, data });
  }

  #timer(op: TraceRecordOf<'timer'>['op'], timer: Timer): void {
    this.#recorder.record({ kind: 'timer', op, ...timer });
  }

  /**
   * XState's clock is told neither who set a timer nor why. The system lists what it has scheduled before it calls
   * the clock: the one entry not seen before is this timer's.
   */
  #nextTimer(delayMs: number): Timer {
    const dueMs = roundForTrace('dueMs', this.#recorder.lastMs + delayMs) ?? 0;
    const timer = ++this.#timers;
    for (const entry of Object.values(this.#system?.getSnapshot()._scheduledEvents ?? {})) {
      if (this.#scheduled.has(entry)) continue;
      this.#scheduled.add(entry);
      return { timer, actor: this.#path(entry.source), delay: traceName(entry.event.type), dueMs };
    }
    return { timer, actor: this.#rootName, delay: '', dueMs };
  }

  #path(actor: AnyActorRef): string {
    const known = this.#paths.get(actor);
    if (known !== undefined) return known;
    const path =
      actor._parent === undefined
        ? this.#rootName
        : `${this.#path(actor._parent)}/${this.#name(actor, this.#path(actor._parent))}`;
    this.#paths.set(actor, path);
    return path;
  }

  /** The id the actor was given; where it was given none, XState's would differ from run to run. */
  #name(actor: AnyActorRef, parent: string): string {
    if (actor.id !== actor.sessionId) return traceName(actor.id);
    const ordinal = (this.#unnamedChildren.get(parent) ?? 0) + 1;
    this.#unnamedChildren.set(parent, ordinal);
    return `unnamed:${ordinal}`;
  }
}

/** `running.idle` for a nested state, the machine's id for the machine itself. */
function statePath(node: { readonly path: readonly string[]; readonly key: string }): string {
  return node.path.length === 0 ? node.key : node.path.join('.');
}

/** Every active leaf: `{ operating: { vision: 'idle', health: 'nominal' } }` gives two paths. */
export function statePaths(value: StateValue, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix + value];
  return Object.entries(value).flatMap(([key, below]) => {
    if (below === undefined) return [];
    const paths = statePaths(below, `${prefix}${key}.`);
    return paths.length === 0 ? [prefix + key] : paths;
  });
}

function isMachineSnapshot(
  snapshot: object,
): snapshot is { readonly value: StateValue; readonly tags: ReadonlySet<string>; readonly status: string } {
  return 'value' in snapshot && 'tags' in snapshot && snapshot.tags instanceof Set;
}
