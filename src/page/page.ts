import type { Scope } from '../credentials/scopes.ts';
import type { ApiSettings } from '../house/api/settings.ts';
import type { HouseEvent } from '../house/event.ts';
import { Outbox } from '../house/outbox.ts';
import type { PeopleFolders } from '../runtime/people-folders.ts';
import type { TraceReader } from '../trace/reader.ts';
import { SlowReaderError } from '../trace/reader.ts';
import { type TraceRecord, traceLine } from '../trace/record.ts';
import type { TraceRecorder } from '../trace/recorder.ts';
import { Story } from '../trace/story.ts';
import { newSecret } from './admission.ts';
import { Answering } from './answering.ts';
import { mostPastRecords, type PageFacts, type PageMessage } from './protocol.ts';
import type { Answers } from './requests.ts';
import { SensesShower, type ShownSenses } from './shown-senses.ts';
import { isLoopback } from './site.ts';
import { type FromServer, fromServerSchema, type ToServer } from './worker-messages.ts';

/** Records go to pages together at this pace: fast enough for the eye. */
const sendEveryMs = 100;
/** A page hears from a device that has nothing to say at least this often. */
const lifeSignMs = 1_000;
/** Records that may wait for the page's thread; then it gets the story anew. */
const queueRecords = 5_000;
/** Lines put together before the device's thread gets a turn: about 1 ms. */
const linesAtOnce = 500;
const startLimitMs = 5_000;
const stopLimitMs = 1_000;

/** The page cannot be served; the message says what to do. */
export class PageError extends Error {
  override readonly name = 'PageError';
  /** Whether somebody else has the port. */
  readonly portTaken: boolean;

  constructor(message: string, portTaken: boolean) {
    super(message);
    this.portTaken = portTaken;
  }
}

export interface PageOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** One of this machine; where it can be reached from elsewhere, somebody must be able to sign in. */
  readonly address: string;
  /** Names by which browsers may reach it, besides the address and `localhost`. */
  readonly hosts: readonly string[];
  /** Certificate and key in PEM; null: not encrypted. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** What may be done without signing in. */
  readonly anybody: readonly Scope[];
  /** Where users stand; null where there are none. */
  readonly stateDirectory: string | null;
  /** Where the device's journal is; null where it keeps none. */
  readonly journalDirectory: string | null;
  /** Null where programs are not answered. */
  readonly api: ApiSettings | null;
  /** Where files of people lie; null where nobody is stored. */
  readonly folders: PeopleFolders | null;
  /** A trace that the configuration keeps in a file. */
  readonly traceFile: string | null;
  /** The page came to its end by itself; the device goes on without. */
  readonly onEnded: (error: Error) => void;
}

/** A device that a page can show. */
export interface ShownDevice {
  readonly trace: TraceRecorder;
  readonly facts: PageFacts;
  readonly senses: ShownSenses;
  /** To what pages ask it. */
  readonly answers: Answers;
}

/**
 * The page, served from a thread of its own. Costs the device's thread a microsecond a record; while pages are open,
 * also one line of JSON a record, however many they are. It never waits for a page or its thread.
 */
export class Page implements AsyncDisposable {
  /** `http://127.0.0.1:4680/` */
  readonly url: string;
  /** The same for whoever started the device, who may do everything; null where that could be read on its way. */
  readonly urlWithKey: string | null;
  readonly #worker: Worker;
  readonly #house = new Outbox((events) => this.#post({ kind: 'house', events }));
  readonly #answering = new Answering((message) => this.#post(message));
  readonly #shower = new SensesShower((message) => this.#post(message));
  #shown: ShownDevice | undefined;
  #story = new Story();
  #unobserve: () => void = () => {};
  #reader: TraceReader | undefined;
  #sending: Timer | undefined;
  #viewers = 0;
  /** `by-all` when records are missing between what pages know and what comes. */
  #storyWanted: 'no' | 'by-new' | 'by-all' = 'no';
  /** Messages that the page's thread has not sent on yet. */
  #underway = 0;
  #lastSentMs = 0;
  #stopped = Promise.withResolvers<void>();

  private constructor(worker: Worker, url: string, key: string | null, onEnded: (error: Error) => void) {
    this.#worker = worker;
    this.url = url;
    this.urlWithKey = key === null ? null : `${url}#key=${key}`;
    worker.onmessage = ({ data }: MessageEvent<unknown>) => this.#heard(fromServerSchema.parse(data));
    worker.onerror = ({ message }) => {
      this.#end();
      onEnded(new Error(`the page ended: ${message}`));
    };
  }

  /** Starts the server. Rejects with PageError where it cannot be. */
  static async open({ onEnded, ...options }: PageOptions): Promise<Page> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url).href);
    const key = isLoopback(options.address) ? newSecret() : null;
    try {
      const url = await listening(worker, { kind: 'start', key, ...options });
      return new Page(worker, `${url}/`, key, onEnded);
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  /** Shows this device from now on, in place of the one before. */
  show(device: ShownDevice): void {
    this.#unobserve();
    this.#reader?.close();
    this.#reader = undefined;
    this.#shown = device;
    this.#answering.answerWith(device.answers);
    this.#shower.show(device.senses);
    const { trace } = device;
    this.#story = new Story();
    for (const record of trace.records()) this.#story.see(record);
    this.#unobserve = trace.observe(this.#story.see);
    this.#storyWanted = 'by-all';
    this.#setPace();
  }

  /** Tells programs that listen what happened. Never waits. */
  tellHouse(events: readonly HouseEvent[]): void {
    this.#house.send(events);
  }

  /** Events that programs were not told of, since the start. */
  get droppedEvents(): number {
    return this.#house.dropped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#post({ kind: 'stop' });
    await Promise.race([this.#stopped.promise, Bun.sleep(stopLimitMs)]);
    this.#worker.terminate();
  }

  #end(): void {
    this.#unobserve();
    this.#shown = undefined;
    this.#answering.answerWith({});
    this.#shower.show(undefined);
    this.#setPace();
  }

  #heard(message: FromServer): void {
    switch (message.kind) {
      case 'viewers':
        this.#viewers = message.viewers;
        if (message.storyWanted && this.#storyWanted === 'no') this.#storyWanted = 'by-new';
        this.#setPace();
        if (message.storyWanted) this.#send();
        break;
      case 'sent':
        this.#underway--;
        break;
      case 'house-taken':
        this.#house.taken();
        break;
      case 'past-asked':
        this.#tellPast(this.#shown?.trace.records().slice(-mostPastRecords) ?? []);
        break;
      case 'asked':
        this.#answering.heard(message);
        break;
      case 'given-up':
        this.#answering.givenUp(message.id);
        break;
      case 'spectators':
        this.#shower.setLooking(message.count > 0);
        break;
      case 'picture-done':
        this.#shower.pictureDone();
        break;
      case 'stopped':
        this.#stopped.resolve();
        break;
    }
  }

  /** Nobody looks: nothing is queued and nothing runs. */
  #setPace(): void {
    const shown = this.#viewers > 0 ? this.#shown : undefined;
    if (shown === undefined) {
      this.#reader?.close();
      this.#reader = undefined;
      clearInterval(this.#sending);
      this.#sending = undefined;
      return;
    }
    this.#reader ??= shown.trace.subscribe({ name: 'page', capacity: queueRecords });
    this.#sending ??= setInterval(() => this.#send(), sendEveryMs);
  }

  #send(): void {
    const shown = this.#shown;
    if (shown === undefined || this.#underway > 0) return;
    const { trace, facts } = shown;
    const nowMs = trace.nowMs();
    const records = this.#take(trace);
    const tell = (kind: 'story' | 'records', message: PageMessage) => {
      const text = JSON.stringify(message);
      this.#post(kind === 'story' ? { kind, text, toAll: this.#storyWanted === 'by-all' } : { kind, text });
      this.#underway++;
      this.#lastSentMs = performance.now();
    };
    // The story has these records in it, so that they go first, to those who were told before.
    const isTime = performance.now() - this.#lastSentMs >= lifeSignMs;
    if (this.#storyWanted !== 'by-all' && (records.length > 0 || isTime)) {
      tell('records', { type: 'records', nowMs, records });
    }
    if (this.#storyWanted === 'no') return;
    tell('story', { type: 'story', nowMs, facts, state: this.#story.state });
    this.#storyWanted = 'no';
  }

  /** In parts, between which the device has its turns. */
  #tellPast(records: readonly TraceRecord[]): void {
    const lines = records.slice(0, linesAtOnce).map((record) => `${traceLine(record)}\n`);
    const later = records.slice(linesAtOnce);
    this.#post({ kind: 'past', text: lines.join(''), last: later.length === 0 });
    if (later.length > 0) setImmediate(() => this.#tellPast(later));
  }

  #take(trace: TraceRecorder): readonly TraceRecord[] {
    try {
      return this.#reader?.take() ?? [];
    } catch (error) {
      if (!(error instanceof SlowReaderError)) throw error;
      this.#reader = trace.subscribe({ name: 'page', capacity: queueRecords });
      this.#storyWanted = 'by-all';
      return [];
    }
  }

  #post(message: ToServer): void {
    this.#worker.postMessage(message);
  }
}

function listening(worker: Worker, start: ToServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new PageError(`the page did not start within ${startLimitMs} ms`, false)),
      startLimitMs,
    );
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(limit);
      const message = fromServerSchema.parse(data);
      if (message.kind === 'listening') resolve(message.url);
      else if (message.kind === 'not-listening') reject(new PageError(message.message, message.portTaken));
    };
    worker.onerror = ({ message }) => {
      clearTimeout(limit);
      reject(new PageError(message, false));
    };
    worker.postMessage(start);
  });
}
