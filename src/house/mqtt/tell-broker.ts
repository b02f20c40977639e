import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../hal/contract/clock.ts';
import type { VigilConfig } from '../../config/schema.ts';
import type { HouseEvent } from '../event.ts';
import type { KnownPeople } from '../people-known.ts';
import { readSecret } from '../secret.ts';
import { mqttOver } from './connect.ts';
import { Discovery, nodeOf } from './discovery.ts';
import { MqttPublisher } from './publisher.ts';
import type { ConnectMqtt, MqttMessage } from './session.ts';
import { StateTopics, topicsOf } from './state-topics.ts';

export type MqttConfig = VigilConfig['mqtt'];

const defaultPorts: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

export interface BrokerOptions {
  readonly config: MqttConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly draw: () => number;
  readonly connect: ConnectMqtt;
  readonly onNote: (text: string) => void;
}

/** Tells a broker, and through it Home Assistant, what happens at a device. */
export class BrokerTeller {
  readonly #topics: StateTopics;
  readonly #discovery: Discovery | null;
  readonly #publisher: MqttPublisher;
  #people: KnownPeople = new Map();

  constructor({ config, version, clock, draw, connect, onNote }: BrokerOptions) {
    const { topic: base, names: withNames, discoveryPrefix: prefix } = config;
    const topics = topicsOf(base);
    this.#topics = new StateTopics(topics, withNames);
    this.#discovery = config.discovery ? new Discovery({ prefix, base, withNames, version }) : null;
    this.#publisher = new MqttPublisher({
      ...{ connect, clock, draw, onNote },
      availabilityTopic: topics.availability,
      ownTopics: [topics.person('+'), ...(this.#discovery?.ownTopics ?? [])],
    });
    this.#publish(this.#discovery?.device() ?? []);
  }

  get lost(): number {
    return this.#publisher.lost;
  }

  /** Who is known, now and from now on. */
  setPeople(people: KnownPeople): void {
    const gone = [...this.#people.keys()].filter((person) => !people.has(person));
    this.#people = people;
    this.#publisher.takeBack(({ payload }) => gone.some((person) => payload.includes(person)));
    this.#publish([...this.#topics.setPeople(people), ...(this.#discovery?.people(people) ?? [])]);
  }

  tell(event: HouseEvent): void {
    if (event.type === 'output') this.#publish(this.#discovery?.line('output', event.output) ?? []);
    if (event.type === 'door') this.#publish(this.#discovery?.door() ?? []);
    if (event.type === 'input') this.#publish(this.#discovery?.line('input', event.input) ?? []);
    this.#publish(this.#topics.messages(event));
  }

  /** Stays connected until the signal is aborted. To be called when it is known who is known. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#publisher.run(signal);
  }

  #publish(messages: readonly MqttMessage[]): void {
    for (const message of messages) this.#publisher.publish(message);
  }
}

/** Connects to the broker that the configuration names; password and certificates are read anew each time. */
export function configuredBroker(config: MqttConfig): ConnectMqtt {
  return async (listener, signal) => {
    const { protocol, hostname, port } = new URL(config.url);
    const text = async (file: string | undefined) =>
      file === undefined ? null : await readFile(file, 'utf8');
    const connect = mqttOver({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (defaultPorts[protocol] ?? 1883) : Number(port),
      tls:
        protocol === 'mqtts:'
          ? {
              ca: await text(config.caFile),
              cert: await text(config.certFile),
              key: await text(config.keyFile),
            }
          : null,
      version: config.version,
      clientId: `vigil-${nodeOf(config.topic)}`,
      username: config.username ?? null,
      password: await readSecret(config.passwordFile, 'mqtt-password'),
    });
    return await connect(listener, signal);
  };
}
