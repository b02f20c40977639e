import type { WallClock } from '../../hal/contract/clock.ts';
import { SlowReaderError, type TraceReader } from '../trace/reader.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import type { HouseEvent } from './event.ts';
import { Reporter } from './reporter.ts';
import { type FromHouse, fromHouseSchema, type HouseSettings, type ToHouse } from './worker-messages.ts';

/** Records that may wait for a turn: a minute of the busiest device. */
const readerRecords = 50_000;
/** Events that the other thread has not taken yet; more are dropped. */
const mostUnderway = 2_000;
/** The last events and a good-bye take no longer. */
const stopLimitMs = 2_000;

export interface HouseOptions extends HouseSettings {
  readonly onNote: (text: string) => void;
}

/** A device whose house is told what happens. */
export interface ToldDevice {
  readonly trace: TraceRecorder;
  readonly wallClock: WallClock;
}

/**
 * Tells the house what happens, from a thread of its own. Costs the device's thread some microseconds a record; it never
 * waits for the house or that thread.
 */
export class House implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #stopped = Promise.withResolvers<void>();
  /** So that an id is never told twice, whatever the clock says. */
  readonly #run = crypto.randomUUID().slice(0, 8);
  #events = 0;
  #underway: number[] = [];
  #dropped = 0;
  #reader: TraceReader | undefined;
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
      this.#reader?.close();
      this.#stopped.resolve();
      onNote(`the house is not told any more: ${message}; the device goes on`);
    };
  }

  /** Tells of this device from now on, in place of the one before. */
  show(device: ToldDevice): void {
    this.#reader?.close();
    if (!this.#ended) void this.#read(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader?.close();
    this.#post({ kind: 'stop' });
    await Promise.race([this.#stopped.promise, Bun.sleep(stopLimitMs)]);
    this.#worker.terminate();
  }

  async #read({ trace, wallClock }: ToldDevice): Promise<void> {
    const reporter = new Reporter();
    for (let backlog = true; ; backlog = false) {
      const reader = trace.subscribe({ name: 'house', capacity: readerRecords, backlog });
      this.#reader = reader;
      try {
        for await (const batch of reader) {
          const startUtcMs = wallClock.nowUtcMs() - trace.nowMs();
          const events = batch.flatMap((record) =>
            reporter.see(record).map(
              (happening): HouseEvent => ({
                id: `${this.#run}-${++this.#events}`,
                at: new Date(startUtcMs + record.tMs).toISOString(),
                ...happening,
              }),
            ),
          );
          if (events.length > 0) this.#tell(events);
        }
        return;
      } catch (error) {
        if (!(error instanceof SlowReaderError)) throw error;
      }
    }
  }

  #tell(events: HouseEvent[]): void {
    const underway = this.#underway.reduce((sum, count) => sum + count, 0);
    if (underway + events.length > mostUnderway) {
      this.#dropped += events.length;
      return;
    }
    this.#underway.push(events.length);
    this.#post({ kind: 'events', events });
  }

  #heard(message: FromHouse, onNote: (text: string) => void): void {
    switch (message.kind) {
      case 'taken':
        this.#underway.shift();
        if (this.#dropped > 0)
          onNote(`the house was not told of ${this.#dropped} events: its thread was too slow`);
        this.#dropped = 0;
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
