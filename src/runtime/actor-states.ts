import type { TraceRecord } from '../trace/record.ts';

/** The states that every machine is in now, as the trace tells them. */
export class ActorStates {
  readonly #states = new Map<string, readonly string[]>();

  /** The active leaf states by the path of the actor. */
  get all(): ReadonlyMap<string, readonly string[]> {
    return this.#states;
  }

  see(record: TraceRecord): void {
    if (record.kind === 'snapshot') this.#states.set(record.actor, record.states);
    else if (record.kind === 'actor' && record.op !== 'started') this.#states.delete(record.actor);
  }
}
