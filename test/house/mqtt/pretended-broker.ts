import type { ConnectMqtt, MqttMessage } from '../../../src/house/mqtt/session.ts';

/** A broker in simulated time, which is there or not, and keeps what it is told. */
export class PretendedBroker {
  /** Null: nobody answers. */
  refusal: string | null = null;
  readonly taken: MqttMessage[] = [];
  readonly retained = new Map<string, string>();
  connections = 0;
  tries = 0;
  #end: ((why: string) => void) | undefined;
  #hear: ((topic: string, payload: string) => void) | undefined;
  #will: MqttMessage | undefined;

  readonly connect: ConnectMqtt = async ({ onMessage, lastWill }, signal) => {
    signal.throwIfAborted();
    this.tries++;
    if (this.refusal !== null) throw new Error(this.refusal);
    this.connections++;
    const ended = Promise.withResolvers<string>();
    let over = false;
    this.#end = (why) => {
      over = true;
      ended.resolve(why);
    };
    this.#hear = onMessage;
    this.#will = lastWill;
    return {
      publish: async (message) => {
        if (over) throw new Error('gone');
        this.#take(message);
        return 'taken';
      },
      subscribe: async (filters) => {
        const patterns = filters.map((filter) => new RegExp(`^${filter.replaceAll('+', '[^/]+')}$`));
        for (const [topic, payload] of [...this.retained]) {
          if (patterns.some((pattern) => pattern.test(topic))) onMessage(topic, payload);
        }
      },
      ended: ended.promise,
      close: async () => this.#end?.('closed'),
    };
  };

  /** The connection breaks; the last will is told. */
  drop(why: string): void {
    this.#end?.(why);
    if (this.#will !== undefined) this.#take(this.#will);
  }

  say(topic: string, payload: string): void {
    this.#hear?.(topic, payload);
  }

  #take(message: MqttMessage): void {
    this.taken.push(message);
    if (!message.retain) return;
    if (message.payload === '') this.retained.delete(message.topic);
    else this.retained.set(message.topic, message.payload);
  }
}
