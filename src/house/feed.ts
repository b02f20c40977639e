import type { WallClock } from '../../hal/contract/clock.ts';
import { SlowReaderError, type TraceReader } from '../trace/reader.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import type { HouseEvent } from './event.ts';
import { Reporter } from './reporter.ts';

/** Records that may wait for a turn: a minute of the busiest device. */
const readerRecords = 50_000;

/** A device whose house is told what happens. */
export interface ToldDevice {
  readonly trace: TraceRecorder;
  readonly wallClock: WallClock;
}

/** Makes events of what a device does, and hands them to whoever listens. Costs some microseconds a record. */
export class HouseFeed implements Disposable {
  /** So that an id is never told twice, whatever the clock says. */
  readonly #run = crypto.randomUUID().slice(0, 8);
  readonly #listeners: ((events: readonly HouseEvent[]) => void)[] = [];
  #events = 0;
  #reader: TraceReader | undefined;

  /** Calls `listener` with whatever happens from now on. It must be quick. */
  listen(listener: (events: readonly HouseEvent[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells of this device from now on, in place of the one before. */
  show(device: ToldDevice): void {
    this.#reader?.close();
    void this.#read(device);
  }

  [Symbol.dispose](): void {
    this.#reader?.close();
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
          if (events.length > 0) for (const listener of this.#listeners) listener(events);
        }
        return;
      } catch (error) {
        if (!(error instanceof SlowReaderError)) throw error;
      }
    }
  }
}
