import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { Snapshot } from 'xstate';
import type { TraceRecord, TraceRecordOf } from '../trace/record.ts';

/** The version of the format, as @statelyai/inspect 0.7 has it in `_version`. */
const formatVersion = '0.7.2';

/** A state's value as XState has it. */
type InspectedValue = string | { readonly [state: string]: InspectedValue };

interface LivingActor {
  readonly logic: string;
  states: readonly string[];
  lastEvent: { readonly type: string };
}

/**
 * Tells the trace in the format of the Stately Inspector. An actor's session is its path. It knows what the trace
 * lets through and no more: states and events, never a context.
 */
export class StatelyEvents {
  readonly #living = new Map<string, LivingActor>();
  readonly #definitionOf: (logic: string) => string | undefined;
  readonly #nowUtcMs: () => number;
  #told = 0;

  /** `definitionOf` is a machine's configuration in JSON, undefined for what is no machine. */
  constructor(definitionOf: (logic: string) => string | undefined, nowUtcMs: () => number) {
    this.#definitionOf = definitionOf;
    this.#nowUtcMs = nowUtcMs;
  }

  /** What an inspector is told of a record; undefined where the format has nothing for it. */
  see(record: TraceRecord): StatelyInspectionEvent | undefined {
    if (record.kind === 'actor') return this.#actor(record);
    if (record.kind === 'event') {
      const event = { ...record.data, type: record.event };
      const to = this.#living.get(record.to);
      if (to !== undefined) to.lastEvent = { type: record.event };
      return {
        ...this.#stamp(record.to),
        type: '@xstate.event',
        event,
        sourceId: record.from ?? undefined,
      };
    }
    if (record.kind !== 'snapshot') return undefined;
    const actor = this.#living.get(record.actor);
    if (actor === undefined) return undefined;
    actor.states = record.states;
    return this.#snapshot(record.actor, actor, 'active');
  }

  /** Every actor that lives, parents first, in the states they are in: for an inspector that has just come. */
  living(): StatelyInspectionEvent[] {
    const defined = new Set<string>();
    return [...this.#living].map(([path, actor]) => {
      const isFirst = !defined.has(actor.logic);
      defined.add(actor.logic);
      return this.#started(path, actor, isFirst);
    });
  }

  #actor({ op, actor: path, logic }: TraceRecordOf<'actor'>): StatelyInspectionEvent | undefined {
    if (op === 'started') {
      const isFirst = ![...this.#living.values()].some((other) => other.logic === logic);
      const actor: LivingActor = { logic, states: [], lastEvent: { type: 'xstate.init' } };
      this.#living.set(path, actor);
      return this.#started(path, actor, isFirst);
    }
    const actor = this.#living.get(path);
    this.#living.delete(path);
    return actor === undefined ? undefined : this.#snapshot(path, actor, op === 'failed' ? 'error' : op);
  }

  #started(path: string, { logic, states }: LivingActor, withDefinition: boolean): StatelyInspectionEvent {
    const slash = path.lastIndexOf('/');
    return {
      ...this.#stamp(path),
      type: '@xstate.actor',
      name: path.slice(slash + 1),
      parentId: slash < 0 ? undefined : path.slice(0, slash),
      definition: withDefinition ? this.#definitionOf(logic) : undefined,
      snapshot: {
        status: 'active',
        ...(states.length === 0 ? {} : { value: stateValue(states) }),
        context: {},
      },
    };
  }

  #snapshot(
    path: string,
    { states, lastEvent }: LivingActor,
    status: 'active' | 'done' | 'stopped' | 'error',
  ): StatelyInspectionEvent {
    const snapshot = { status, output: undefined, error: undefined, value: stateValue(states), context: {} };
    return {
      ...this.#stamp(path),
      type: '@xstate.snapshot',
      event: lastEvent,
      snapshot: snapshot as Snapshot<unknown>,
    };
  }

  #stamp(path: string) {
    return {
      sessionId: path,
      rootId: path.split('/')[0] ?? path,
      createdAt: String(this.#nowUtcMs()),
      id: String(++this.#told),
      _version: formatVersion,
    };
  }
}

/** The value whose active leaves are at these paths: `['a.b.idle', 'a.c.on']` is `{ a: { b: 'idle', c: 'on' } }`. */
function stateValue(paths: readonly string[]): InspectedValue {
  const below = new Map<string, string[]>();
  for (const path of paths) {
    const [state = '', ...rest] = path.split('.');
    const inner = below.get(state) ?? [];
    if (rest.length > 0) inner.push(rest.join('.'));
    below.set(state, inner);
  }
  const [only] = below;
  if (below.size === 1 && only !== undefined && only[1].length === 0) return only[0];
  return Object.fromEntries(
    [...below].map(([state, inner]) => [state, inner.length === 0 ? {} : stateValue(inner)]),
  );
}
