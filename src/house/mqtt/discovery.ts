import type { KnownPeople } from '../people-known.ts';
import type { MqttMessage } from './session.ts';
import { type Topics, topicsOf } from './state-topics.ts';

/** Each person has two sensors; with more people Home Assistant would be full of them. */
export const mostPeople = 100;
/** How long somebody whom nobody knows is shown. */
const unknownShownS = 30;
const deviceStates = [
  ...['starting', 'selfTest', 'operating', 'stopping', 'stopped'],
  ...['fault', 'recovering', 'safe', 'unknown'],
];

export interface DiscoveryOptions {
  /** The topic that Home Assistant listens to: `homeassistant`. */
  readonly prefix: string;
  /** What the device's own topics begin with. */
  readonly base: string;
  readonly withNames: boolean;
  readonly version: string;
}

/** The base of the topics as one word, which names the device to Home Assistant. */
export function nodeOf(base: string): string {
  return base.replaceAll('/', '_');
}

/**
 * Announces a device to Home Assistant: one retained message for each of its entities, so that any version since 2023
 * takes it. An entity is taken away by an empty one.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #topics: Topics;
  readonly #node: string;
  readonly #outputs = new Set<string>();
  readonly #inputs = new Set<string>();
  readonly #people = new Set<string>();
  #doorTold = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#topics = topicsOf(options.base);
    this.#node = nodeOf(options.base);
  }

  /** Filters of the topics that this device announces on. */
  get ownTopics(): string[] {
    return [`${this.#options.prefix}/+/${this.#node}/+/config`];
  }

  /** What every device has. */
  device(): MqttMessage[] {
    const { visitor, unknown, lastPerson, health } = this.#topics;
    const name = '{{ value_json.name | default(value_json.person, true) }}';
    return [
      this.#entity('event', 'visitor', {
        name: 'Visitor',
        state_topic: visitor,
        event_types: ['granted', 'refused', 'unknown'],
        icon: 'mdi:account-eye',
      }),
      this.#entity('sensor', 'last_person', {
        name: 'Last person',
        state_topic: lastPerson,
        value_template: name,
        json_attributes_topic: lastPerson,
        icon: 'mdi:account-clock',
      }),
      this.#entity('binary_sensor', 'unknown_person', {
        name: 'Unknown person',
        state_topic: unknown,
        off_delay: unknownShownS,
        icon: 'mdi:account-question',
      }),
      this.#entity('sensor', 'state', {
        name: 'State',
        state_topic: health,
        value_template: '{{ value_json.state }}',
        json_attributes_topic: health,
        device_class: 'enum',
        options: deviceStates,
        entity_category: 'diagnostic',
      }),
      this.#entity('binary_sensor', 'problem', {
        name: 'Problem',
        state_topic: health,
        value_template: '{{ value_json.problem }}',
        device_class: 'problem',
        entity_category: 'diagnostic',
      }),
    ];
  }

  /** Announces the door, of a device that has one. */
  door(): MqttMessage[] {
    if (this.#doorTold) return [];
    this.#doorTold = true;
    return [
      this.#entity('event', 'door', {
        name: 'Door',
        state_topic: this.#topics.door,
        event_types: ['exit', 'opened', 'closed', 'held-open', 'forced'],
        icon: 'mdi:door',
      }),
    ];
  }

  /** Announces an output or input that has not been before. */
  line(kind: 'output' | 'input', line: string): MqttMessage[] {
    const known = kind === 'output' ? this.#outputs : this.#inputs;
    if (known.has(line)) return [];
    known.add(line);
    const state_topic = kind === 'output' ? this.#topics.output(line) : this.#topics.input(line);
    // A contact is on while the door is closed; Home Assistant's door is on while it is open.
    const meaning =
      line === 'door-contact'
        ? { device_class: 'door', payload_on: 'OFF', payload_off: 'ON' }
        : { payload_on: 'ON', payload_off: 'OFF' };
    const name = line === 'output' ? 'Output' : capitalised(line.replaceAll(/[_-]/g, ' '));
    return [this.#entity('binary_sensor', `${kind}_${line}`, { name, state_topic, ...meaning })];
  }

  /** Announces who is new, and takes away who is not known any more. */
  people(people: KnownPeople): MqttMessage[] {
    const shown = new Map([...people].slice(0, mostPeople));
    const gone = [...this.#people].filter((person) => !shown.has(person));
    for (const person of gone) this.#people.delete(person);
    const entities = [...shown].flatMap(([person, name]) => {
      this.#people.add(person);
      return this.#person(person, this.#options.withNames ? name : person);
    });
    return [...gone.flatMap((person) => this.#person(person, null)), ...entities];
  }

  #person(person: string, name: string | null): MqttMessage[] {
    const state_topic = this.#topics.person(person);
    const entity = (what: string, config: object) =>
      this.#entity('sensor', `person_${person}_${what}`, name === null ? null : { state_topic, ...config });
    return [
      entity('seen', {
        name: `${name} seen`,
        value_template: '{{ value_json.at }}',
        json_attributes_topic: state_topic,
        device_class: 'timestamp',
      }),
      entity('score', {
        name: `${name} score`,
        value_template: '{{ value_json.score }}',
        state_class: 'measurement',
        suggested_display_precision: 3,
        entity_category: 'diagnostic',
      }),
    ];
  }

  /** `config` null takes the entity away. */
  #entity(component: 'sensor' | 'binary_sensor' | 'event', id: string, config: object | null): MqttMessage {
    const { prefix, base, version } = this.#options;
    const topic = `${prefix}/${component}/${this.#node}/${id.replaceAll(/[^A-Za-z0-9_-]/g, '_')}/config`;
    if (config === null) return { topic, payload: '', retain: true };
    const payload = {
      ...config,
      unique_id: `${this.#node}_${id}`,
      availability_topic: this.#topics.availability,
      device: {
        identifiers: [this.#node],
        name: capitalised(base.replaceAll(/[/_-]/g, ' ')),
        manufacturer: 'Vigil',
        sw_version: version,
      },
      origin: { name: 'Vigil', sw_version: version },
    };
    return { topic, payload: JSON.stringify(payload), retain: true };
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
