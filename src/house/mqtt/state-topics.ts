import type { HouseEvent } from '../event.ts';
import { type KnownPeople, withName } from '../people-known.ts';
import type { MqttMessage } from './session.ts';

/** Every topic of a device, below what its configuration calls `topic`. */
export const topicsOf = (base: string) => ({
  /** `online`, `offline`. */
  availability: `${base}/availability`,
  /** Every event as JSON, not retained. */
  events: `${base}/events`,
  /** Granted, refused, unknown, as JSON, not retained. */
  visitor: `${base}/visitor`,
  /** `ON` whenever somebody comes whom nobody knows, not retained. */
  unknown: `${base}/unknown`,
  /** The last person who was recognised, as JSON. */
  lastPerson: `${base}/last_person`,
  /** What became of the door, as JSON, not retained. */
  door: `${base}/door`,
  /** When a person was recognised last, as JSON. */
  person: (id: string) => `${base}/person/${id}`,
  /** `ON`, `OFF`. */
  output: (name: string) => `${base}/output/${name}`,
  input: (name: string) => `${base}/input/${name}`,
  /** `operating`, `safe`… and the parts that fail, as JSON. */
  health: `${base}/health`,
});

export type Topics = ReturnType<typeof topicsOf>;

const kept = (topic: string, value: object | string): MqttMessage => ({
  topic,
  payload: typeof value === 'string' ? value : JSON.stringify(value),
  retain: true,
});
const told = (topic: string, value: object | string): MqttMessage => ({
  ...kept(topic, value),
  retain: false,
});
/** A bell that rings: hours later, when the broker is back, nobody stands before the device any more. */
const rung = (topic: string, value: object | string): MqttMessage => ({
  ...told(topic, value),
  staleAfterMs: 30_000,
});

/** Follows the events of a device and says what a broker is told of each. */
export class StateTopics {
  readonly #topics: Topics;
  readonly #withNames: boolean;
  #people: KnownPeople = new Map();
  readonly #failing = new Map<string, string | null>();
  #state = 'starting';
  /** Whom `last_person` speaks of. */
  #lastPerson: string | undefined;

  constructor(topics: Topics, withNames: boolean) {
    this.#topics = topics;
    this.#withNames = withNames;
  }

  /** Who is known now: whoever is not any more is taken off the broker. */
  setPeople(people: KnownPeople): MqttMessage[] {
    const gone = [...this.#people.keys()].filter((person) => !people.has(person));
    this.#people = people;
    const messages = gone.map((person) => kept(this.#topics.person(person), ''));
    if (this.#lastPerson !== undefined && gone.includes(this.#lastPerson)) {
      messages.push(kept(this.#topics.lastPerson, ''));
      this.#lastPerson = undefined;
    }
    return messages;
  }

  /** What to publish when this has happened. */
  messages(event: HouseEvent): MqttMessage[] {
    const named = this.#withNames ? withName(event, this.#people) : event;
    return [told(this.#topics.events, named), ...this.#changes(event)];
  }

  #changes(event: HouseEvent): MqttMessage[] {
    const topics = this.#topics;
    switch (event.type) {
      case 'granted':
      case 'refused':
        return this.#recognised(event);
      case 'unknown': {
        const { type, by, reason, at } = event;
        return [rung(topics.unknown, 'ON'), rung(topics.visitor, { event_type: type, by, reason, at })];
      }
      case 'output':
        return [kept(topics.output(event.output), event.on ? 'ON' : 'OFF')];
      case 'input':
        return [kept(topics.input(event.input), event.on ? 'ON' : 'OFF')];
      case 'door':
        return [rung(topics.door, { event_type: event.what, why: event.why, at: event.at })];
      case 'state':
        this.#state = event.state;
        return [this.#health()];
      case 'fault':
        if (event.over) this.#failing.delete(event.part);
        else this.#failing.set(event.part, event.kind);
        return [this.#health()];
      case 'left':
        return [];
    }
  }

  #recognised(event: Extract<HouseEvent, { type: 'granted' | 'refused' }>): MqttMessage[] {
    const { type, person, by, score, at } = event;
    const reason = event.type === 'refused' ? { reason: event.reason } : {};
    const seen = { person, ...this.#nameOf(person), by, score, ...reason, at };
    const messages = [rung(this.#topics.visitor, { event_type: type, ...seen })];
    // Somebody who was erased a moment ago must not come back.
    if (person === null || !this.#people.has(person)) return messages;
    this.#lastPerson = person;
    const answered = { ...seen, answer: type };
    return [
      ...messages,
      kept(this.#topics.person(person), answered),
      kept(this.#topics.lastPerson, answered),
    ];
  }

  #health(): MqttMessage {
    const failing = Object.fromEntries(this.#failing);
    const problem = this.#failing.size > 0 || this.#state === 'fault' || this.#state === 'safe';
    return kept(this.#topics.health, { state: this.#state, problem: problem ? 'ON' : 'OFF', failing });
  }

  #nameOf(person: string | null): { readonly name?: string } {
    const name = person === null || !this.#withNames ? undefined : this.#people.get(person);
    return name === undefined ? {} : { name };
  }
}
