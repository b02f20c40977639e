import type { Clock } from '../../../hal/contract/clock.ts';
import { Backoff } from '../backoff.ts';
import type { ConnectMqtt, MqttMessage, MqttSession } from './session.ts';

/** Messages that wait for a broker; the oldest go first. Some 500 kB. */
const mostWaiting = 1_000;
/** Topics that an earlier run left, or somebody else wrote: so many are cleaned up in one session. */
const mostCleanings = 1_000;
/** A connection that held for this long was a good one: the next try comes soon. */
const stableMs = 60_000;

export interface MqttPublisherOptions {
  readonly connect: ConnectMqtt;
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly draw: () => number;
  /** Told `online` while this device is connected, and `offline` by the broker when it is not. */
  readonly availabilityTopic: string;
  /** Topics that are this device's alone: what is kept there and is not its own any more is taken away. */
  readonly ownTopics: readonly string[];
  readonly onNote: (text: string) => void;
}

/**
 * Keeps a broker told: values that it retains, of which the newest counts, and messages, which wait in a bounded queue
 * while there is no broker. Tries for ever, less and less often.
 */
export class MqttPublisher {
  readonly #options: MqttPublisherOptions;
  readonly #backoff: Backoff;
  /** The newest of every retained topic; an empty one is to be taken away. */
  readonly #retained = new Map<string, string>();
  readonly #changed = new Set<string>();
  #waiting: { readonly message: MqttMessage; readonly sinceMs: number }[] = [];
  #lost = 0;
  /** Of these it was said. */
  #lostBefore = 0;
  #cleanings = 0;
  #wake: () => void = () => {};

  constructor(options: MqttPublisherOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.draw);
  }

  /** Messages that were dropped since the start because too many waited. */
  get lost(): number {
    return this.#lost;
  }

  /** Never throws and never waits. */
  publish(message: MqttMessage): void {
    const { topic, payload, retain } = message;
    if (retain) {
      if (this.#retained.get(topic) === payload) return;
      this.#retained.set(topic, payload);
      this.#changed.add(topic);
    } else {
      this.#waiting.push({ message, sinceMs: this.#options.clock.nowMs() });
      if (this.#waiting.length > mostWaiting) {
        this.#waiting.shift();
        this.#lost++;
      }
    }
    this.#wake();
  }

  /** Takes messages that wait back, those of somebody who is to be forgotten. */
  takeBack(isOf: (message: MqttMessage) => boolean): void {
    this.#waiting = this.#waiting.filter(({ message }) => !isOf(message));
  }

  /** Connects, again and again, until the signal is aborted; then says good-bye. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onNote } = this.#options;
    let told = '';
    while (!signal.aborted) {
      const startMs = clock.nowMs();
      let why: string;
      try {
        why = await this.#serve(signal, () => {
          const lost = this.#lost - this.#lostBefore;
          onNote(lost === 0 ? 'MQTT: connected' : `MQTT: connected; ${lost} messages were dropped`);
          this.#lostBefore = this.#lost;
          told = '';
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      if (why !== told) onNote(`MQTT: ${why}; trying again`);
      told = why;
      if (clock.nowMs() - startMs >= stableMs) this.#backoff.reset();
      await clock.sleep(this.#backoff.nextMs(), signal).catch(() => undefined);
    }
  }

  /** One connection, from its beginning to its end; gives why it ended. */
  async #serve(signal: AbortSignal, onConnected: () => void): Promise<string> {
    const { connect, availabilityTopic, ownTopics } = this.#options;
    const availability = (payload: string) => ({ topic: availabilityTopic, payload, retain: true });
    this.#cleanings = 0;
    const session = await connect(
      { onMessage: (topic, payload) => this.#heard(topic, payload), lastWill: availability('offline') },
      signal,
    );
    onConnected();
    const over = new AbortController();
    void session.ended.then(() => over.abort());
    try {
      this.#retained.set(availabilityTopic, 'online');
      for (const topic of this.#retained.keys()) this.#changed.add(topic);
      await session.subscribe([availabilityTopic, ...ownTopics]);
      await this.#send(session, AbortSignal.any([signal, over.signal]));
      if (signal.aborted) await session.publish(availability('offline'));
    } finally {
      await session.close();
    }
    return await session.ended;
  }

  /** Sends what there is, and what comes, until the signal is aborted. */
  async #send(session: MqttSession, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    while (!signal.aborted) {
      const [topic] = this.#changed;
      if (topic !== undefined) {
        await this.#sendRetained(session, topic);
        continue;
      }
      const [first] = this.#waiting;
      if (first !== undefined) {
        const { staleAfterMs = Number.POSITIVE_INFINITY } = first.message;
        const isStale = this.#options.clock.nowMs() - first.sinceMs > staleAfterMs;
        if (!isStale) await session.publish(first.message);
        // Others may have been dropped meanwhile, this one with them.
        if (this.#waiting[0] === first) this.#waiting.shift();
        continue;
      }
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      await Promise.race([woken.promise, aborted.promise]);
    }
  }

  async #sendRetained(session: MqttSession, topic: string): Promise<void> {
    this.#changed.delete(topic);
    const payload = this.#retained.get(topic) ?? '';
    await session.publish({ topic, payload, retain: true });
    if (payload === '' && this.#retained.get(topic) === '') this.#retained.delete(topic);
  }

  /** What is kept on one of this device's own topics. */
  #heard(topic: string, payload: string): void {
    const own = this.#retained.get(topic);
    if (topic === this.#options.availabilityTopic) {
      // The last will of a connection before this one, which the broker noticed late.
      if (payload === 'offline' && own !== undefined) this.#changed.add(topic);
      this.#wake();
      return;
    }
    if (payload === '' || own !== undefined || this.#cleanings >= mostCleanings) return;
    this.#cleanings++;
    this.publish({ topic, payload: '', retain: true });
  }
}
