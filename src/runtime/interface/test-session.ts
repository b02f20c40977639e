import { ConfigError } from '../../config/errors.ts';
import { keyAt } from '../../config/keys.ts';
import type { VigilConfig } from '../../config/schema.ts';
import { parseTerms } from '../../people/terms-text.ts';
import type { TraceReader } from '../../trace/reader.ts';
import { faultsNamed } from '../begun-faults.ts';
import { demoSubjectId } from '../demo-scene.ts';
import { simulatedParts } from '../live-device.ts';
import { type LiveStage, openLiveStage } from '../live-stage.ts';
import type { BoardLamp } from '../simulated-board.ts';
import { checkNamed } from '../stage.ts';
import { whyNotBroken } from './faults-possible.ts';
import {
  interfaceVersion,
  type TestAnswer,
  type TestMessage,
  type TestRequest,
  testRequestSchema,
  versionSchema,
} from './messages.ts';
import type { Served, TestDoors } from './served.ts';
import { readingOf } from './status.ts';

/** Records that may wait for the network: half a minute of a busy door. More, and the test is cut off. */
const queueRecords = 5_000;
/** Records are sent together at this pace. */
const sendEveryMs = 10;

type BeginRequest = Extract<TestRequest, { ask: 'begin' }>;
type ConfigValues = BeginRequest['config'];

/** Where the messages of a session go. */
export interface SessionLine {
  send(message: TestMessage): void;
  /** Ends the session: its reason is told to the test. */
  cut(why: string): void;
}

/** How a test left the device. */
export interface TestEnd {
  readonly stopped: boolean;
  readonly lamps: Readonly<Record<BoardLamp, boolean>>;
}

/**
 * One test on a device: puts people and faults before it, boots and stops it, and tells all that it does. However it
 * ends, the firmware is stopped and its lamps read back, and the device gets its own life again.
 */
export class TestSession {
  /** How it ended, when it has. */
  readonly ended: Promise<TestEnd>;
  readonly #served: Served;
  readonly #doors: TestDoors;
  readonly #number: number;
  readonly #line: SessionLine;
  readonly #ending = Promise.withResolvers<TestEnd>();
  readonly #edges: { lamp: BoardLamp; on: boolean; atMs: number }[] = [];
  readonly #closed = new AbortController();
  /** One after the other: an answer may take its time. */
  #turn: Promise<void> = Promise.resolve();
  #stage: LiveStage | undefined;
  /** Values that the test sets in place of the device's own. */
  #values: ConfigValues = {};
  #config: VigilConfig | undefined;
  #ended: TestEnd | undefined;
  #boots = 0;
  #reader: TraceReader | undefined;

  constructor(served: Served, doors: TestDoors, number: number, line: SessionLine) {
    this.#served = served;
    this.#doors = doors;
    this.#number = number;
    this.#line = line;
    this.ended = this.#ending.promise;
    const unlisten = served.lives.lamps.onEdge((lamp, { on, atMs }) => this.#edges.push({ lamp, on, atMs }));
    this.#closed.signal.addEventListener('abort', unlisten, { once: true });
    void this.#pace();
  }

  /** Takes a message of the test. What is no request ends the session. */
  take(text: string): void {
    const request = requestIn(text);
    if (typeof request === 'string') {
      this.#line.cut(request);
      return;
    }
    this.#turn = this.#turn.then(() => this.#answer(request));
  }

  /** The test has gone, or the process ends: the firmware is stopped, and the device gets its own life again. Idempotent. */
  close(): void {
    if (this.#closed.signal.aborted) return;
    // Whoever is still there is told how it ended.
    this.#flush();
    this.#closed.abort();
    this.#turn = this.#turn.then(async () => {
      this.#ended ??= await this.#end();
      this.#ending.resolve(this.#ended);
    });
  }

  async #answer(request: TestRequest): Promise<void> {
    if (this.#closed.signal.aborted) return;
    let error: TestAnswer['error'] = null;
    let told: Pick<TestAnswer, 'begun' | 'ended'> = {};
    try {
      told = (await this.#do(request)) ?? {};
    } catch (thrown) {
      // A test must not be able to end the firmware, whatever it asks.
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const asked = thrown instanceof RangeError || thrown instanceof ConfigError;
      error = { of: asked ? 'asked' : 'device', message };
    }
    if (this.#closed.signal.aborted) return;
    // All that happened before is told before.
    this.#flush();
    const atMs = this.#served.lives.clock.nowMs();
    this.#line.send({ v: interfaceVersion, tell: 'answer', id: request.id, atMs, error, ...told });
  }

  /** Throws RangeError or ConfigError for what cannot be; HalError or ModelError for what the device lacks. */
  async #do(request: TestRequest): Promise<Pick<TestAnswer, 'begun' | 'ended'> | undefined> {
    if (request.ask === 'now') return undefined;
    if (request.ask === 'begin') return { begun: await this.#begin(request) };
    const before = this.#stage;
    if (before === undefined) throw new RangeError('no test has begun: begin one first');
    const { stage, people, faultsBegun, senses, wallClock } = before;
    switch (request.ask) {
      case 'boot':
        return this.#boot(before);
      case 'stop':
        this.#send('stop', { type: 'STOP.REQUESTED' });
        return undefined;
      case 'release':
        this.#send('be released', { type: 'OPERATOR.RELEASED' });
        return undefined;
      case 'configure':
        return this.#configure(request.config);
      case 'act':
        stage.act(request.action);
        return undefined;
      case 'break': {
        const parts = simulatedParts(this.#config ?? this.#served.read.config, this.#served.simulate);
        const why = whyNotBroken(request.fault, senses.kind, parts);
        if (why !== undefined) throw new RangeError(why);
        faultsBegun.begin(request.fault, request.forMs ?? undefined);
        return undefined;
      }
      case 'mend': {
        const { fault, port } = request;
        const mended = faultsBegun.mend(faultsNamed(fault, port ?? undefined));
        if (mended === 0 && fault !== 'everything') throw new RangeError(`there is no ${fault} to mend`);
        return undefined;
      }
      case 'enrol':
        checkNamed('enrolment', demoSubjectId(request.who), senses.enrollable);
        people.add(demoSubjectId(request.who));
        return undefined;
      case 'forget':
        people.remove(demoSubjectId(request.who));
        return undefined;
      case 'edit':
        people.agree(demoSubjectId(request.who), parseTerms(request));
        return undefined;
      case 'clock':
        wallClock.set(request);
        return undefined;
      case 'end':
        this.#ended = await this.#end();
        return { ended: this.#ended };
    }
  }

  async #begin(request: BeginRequest): Promise<NonNullable<TestAnswer['begun']>> {
    if (this.#stage !== undefined || this.#ended !== undefined) {
      throw new RangeError('a test has begun already: connect anew for another');
    }
    const { lives, read, simulate, stateDirectory } = this.#served;
    await this.#configure(request.config);
    const config = this.#config ?? read.config;
    const parts = simulatedParts(config, simulate);
    // Models that know the truth need a scene to know it of.
    const models = parts.camera && (parts.microphone || !request.hears) ? request.models : 'real';
    const enrolled = request.enrolled.map(demoSubjectId);
    await lives.lend();
    let stage: LiveStage | undefined;
    try {
      stage = await openLiveStage(
        { ...request, config, stateDirectory, clock: lives.clock, models, enrolled },
        this.#closed.signal,
      );
      for (const subject of enrolled) checkNamed('enrolment', subject, stage.senses.enrollable);
    } catch (error) {
      await stage?.senses.close();
      lives.giveBack();
      throw error;
    }
    this.#stage = stage;
    return {
      number: this.#number,
      models: { ...stage.senses.models },
      levels: this.#levels(),
      probes: { green: readingOf(parts.green), red: readingOf(parts.red ?? true) },
    };
  }

  /** Read at the next boot. What names a file, an address or a model is not for a test to set. */
  async #configure(values: ConfigValues): Promise<undefined> {
    for (const key of Object.keys(values)) {
      const known = keyAt(key);
      if (known === undefined) throw new RangeError(`there is no key ${key} in vigil.toml`);
      if (known.free) throw new RangeError(`a test cannot set ${key}: it names something of the device`);
    }
    const all = { ...this.#values, ...values };
    this.#config = await this.#doors.configure(all);
    this.#values = all;
  }

  async #boot(stage: LiveStage): Promise<undefined> {
    const { lives, read } = this.#served;
    const { trace } = await lives.boot(this.#config ?? read.config, stage);
    this.#flush();
    this.#reader?.close();
    this.#boots++;
    this.#reader = trace.subscribe({ name: 'test', capacity: queueRecords, backlog: true });
  }

  /** Throws RangeError where nothing runs. */
  #send(what: string, event: { type: 'STOP.REQUESTED' | 'OPERATOR.RELEASED' }): void {
    const actor = this.#served.lives.device?.actor;
    if (actor?.getSnapshot().status !== 'active') {
      throw new RangeError(`the device does not run and cannot ${what}`);
    }
    actor.send(event);
  }

  /** Puts everything to rest, reads the lamps back, and gives the device back. */
  async #end(): Promise<TestEnd> {
    const stage = this.#stage;
    if (stage === undefined) return { stopped: true, lamps: this.#levels() };
    const { lives } = this.#served;
    stage.faultsBegun.mend(() => true);
    const stopped = await lives.stop();
    const lamps = this.#levels();
    this.#stage = undefined;
    await stage.senses.close();
    lives.giveBack();
    return { stopped, lamps };
  }

  #levels(): Record<BoardLamp, boolean> {
    const { lamps } = this.#served.lives;
    return { green: lamps.level('green'), red: lamps.level('red') };
  }

  async #pace(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      this.#flush();
      await this.#served.lives.clock.sleep(sendEveryMs, signal).catch(() => {});
    }
  }

  #flush(): void {
    if (this.#closed.signal.aborted) return;
    if (this.#reader?.dropped === true) {
      this.#reader = undefined;
      this.#line.cut('it read too slowly: records were lost');
      return;
    }
    const records = [...(this.#reader?.take() ?? [])];
    const edges = this.#edges.splice(0);
    if (records.length + edges.length === 0) return;
    this.#line.send({ v: interfaceVersion, tell: 'news', boot: this.#boots, records, edges });
  }
}

/** The request in a message, or what is wrong with it. */
function requestIn(text: string): TestRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'a message that is not JSON';
  }
  const version = versionSchema.safeParse(json);
  if (!version.success || version.data.v !== interfaceVersion) {
    return `a message of another version than ${interfaceVersion}`;
  }
  const request = testRequestSchema.safeParse(json);
  if (request.success) return request.data;
  const [issue] = request.error.issues;
  return `a message whose '${issue?.path.join('.')}' is not valid: ${issue?.message}`;
}
