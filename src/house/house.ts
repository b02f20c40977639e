import type { HouseEvent } from './event.ts';
import { Outbox } from './outbox.ts';
import { type FromHouse, fromHouseSchema, type HouseSettings, type ToHouse } from './worker-messages.ts';

/** The last events and a good-bye take no longer. */
const stopLimitMs = 2_000;

export interface HouseOptions extends HouseSettings {
  readonly onNote: (text: string) => void;
}

/** Tells brokers and webhooks what happens, from a thread of its own; the device's thread never waits for it. */
export class House implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #outbox = new Outbox((events) => this.#post({ kind: 'events', events }));
  #lost = 0;
  #ended = false;

  /** Undefined where the configuration has nobody to tell. */
  static open(options: HouseOptions): House | undefined {
    return options.mqtt.enabled || options.webhook.enabled ? new House(options) : undefined;
  }

  private constructor({ onNote, ...options }: HouseOptions) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url).href);
    this.#post({ kind: 'start', options });
    this.#worker.onmessage = ({ data }: MessageEvent<unknown>) =>
      this.#heard(fromHouseSchema.parse(data), onNote);
    this.#worker.onerror = ({ message }) => {
      this.#ended = true;
      this.#stopped.resolve();
      onNote(`the house is not told any more: ${message}; the device goes on`);
    };
  }

  /** Events that nobody was told of, since the start. */
  get dropped(): number {
    return this.#outbox.dropped + this.#lost;
  }

  tell(events: readonly HouseEvent[]): void {
    if (!this.#ended) this.#outbox.send(events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#post({ kind: 'stop' });
    await Promise.race([this.#stopped.promise, Bun.sleep(stopLimitMs)]);
    this.#worker.terminate();
  }

  #heard(message: FromHouse, onNote: (text: string) => void): void {
    switch (message.kind) {
      case 'taken':
        this.#outbox.taken();
        this.#lost = message.lost;
        return;
      case 'note':
        onNote(message.text);
        return;
      case 'stopped':
        this.#stopped.resolve();
    }
  }

  #post(message: ToHouse): void {
    this.#worker.postMessage(message);
  }
}
