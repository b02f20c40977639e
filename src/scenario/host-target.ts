import { keyAt } from '../config/keys.ts';
import { whyNotBroken } from '../runtime/interface/faults-possible.ts';
import type { DeviceStatus, TestAnswer } from '../runtime/interface/messages.ts';
import { type AskPerson, BenchStimulus } from './bench.ts';
import { ScenarioFileError } from './file-error.ts';
import { type Host, HostConnection, type News, statusOfHost } from './host-connection.ts';
import { faultOf, setClock, subjectOf } from './in-device-terms.ts';
import { isLamp, type Lamp, lamps } from './observation.ts';
import { featuresOn, type Rig } from './rig.ts';
import { allSteps, type Feature, type Scenario } from './scenario.ts';
import {
  type ObservedRecord,
  type ProbePort,
  RigError,
  type Session,
  type SessionEnd,
  type StimulusPort,
  type StimulusStep,
  type Target,
  type TimePort,
} from './target.ts';

/** After a connection was lost the device notices within its own limit, and then stops. */
const lostLimitMs = 30_000;
const askAgainMs = 500;

export interface HostTargetOptions {
  readonly host: Host;
  readonly rig: Rig | null;
  /** Null where nobody is there: scenarios that need a person are skipped. */
  readonly askPerson: AskPerson | null;
}

type Doors = NonNullable<DeviceStatus['testDoors']>;

/**
 * A device that runs on its own, over its own interface and in its own time. Rejects with RigError when it does not
 * answer or its test doors are shut, with ScenarioFileError for a rig that cannot be on it.
 */
export async function hostTarget({ host, rig, askPerson }: HostTargetOptions): Promise<Target> {
  const status = await statusOfHost(host);
  const { testDoors } = status;
  if (testDoors === null) {
    throw new RigError(
      `the device at ${host.url} has its test doors shut: start it with vigil run --allow-test-doors`,
    );
  }
  if (rig !== null) checkProbes(rig, status, host.url);
  const possible = possibleFeatures(testDoors, rig);
  return {
    name: host.url,
    features: rig === null ? possible : featuresOn(rig, possible, host.url),
    featuresFrom: rig === null ? `the device at ${host.url}` : `the rig ${rig.name} (${rig.file})`,
    whyNot: (scenario) => whyNot(scenario, status, testDoors, rig, askPerson),
    open: (scenario, signal) => HostSession.open(scenario, { host, rig, askPerson }, status, signal),
  };
}

/** What a device with its test doors open can do, with what a rig puts before it. */
function possibleFeatures({ sight, sound }: Doors, rig: Rig | null): ReadonlySet<Feature> {
  const stimulus = rig?.stimulus;
  const seen = sight || stimulus?.sight === 'monitor' || stimulus?.sight === 'person';
  const heard = sound || stimulus?.sound === 'loudspeaker' || stimulus?.sound === 'person';
  return new Set<Feature>([
    ...(seen ? (['camera'] as const) : []),
    ...(heard ? (['microphone'] as const) : []),
    ...(sight || stimulus?.sight === 'person' ? (['light'] as const) : []),
    ...(['faults', 'power', 'people', 'clock', 'operator', 'real-models'] as const),
    ...(sight ? (['oracle-models'] as const) : []),
  ]);
}

function whyNot(
  scenario: Scenario,
  status: DeviceStatus,
  { sight, sound }: Doors,
  rig: Rig | null,
  askPerson: AskPerson | null,
): string | undefined {
  const steps = [...allSteps(scenario.steps)];
  const set = [scenario.config, ...steps.flatMap((step) => (step.do === 'configure' ? [step.config] : []))];
  const free = set.flatMap(Object.keys).find((key) => keyAt(key)?.free === true);
  if (free !== undefined) return `sets ${free}, which names something of the device itself`;
  if (askPerson === null) {
    for (const key of ['sight', 'sound'] as const) {
      if (rig?.stimulus[key] === 'person') return `the rig's ${key} is a person, and nobody is there`;
    }
  }
  const parts = {
    camera: sight,
    microphone: sound,
    green: status.lamps.green.read === 'simulated pin',
    red: status.lamps.red === null ? undefined : status.lamps.red.read === 'simulated pin',
    outputs: [],
  };
  const models = sight && (sound || !scenario.hears) ? scenario.models : 'real';
  for (const step of steps) {
    const why = step.do === 'breaks' ? whyNotBroken(faultOf(step), models, parts) : undefined;
    if (why !== undefined) return why;
  }
  return undefined;
}

class HostSession implements Session {
  readonly running = false;
  readonly time: TimePort;
  readonly stimulus: StimulusPort;
  readonly probe: ProbePort;
  readonly observe;
  readonly models: Readonly<Record<string, string>>;
  readonly #host: Host;
  readonly #connection: HostConnection;
  readonly #number: number;
  readonly #bench: BenchStimulus | undefined;
  /** The device's clock at the beginning, and its lead over the clock of this process. */
  readonly #startMs: number;
  readonly #leadMs: number;
  readonly #levels: Record<Lamp, boolean>;
  readonly #recordListeners: ((observed: ObservedRecord) => void)[] = [];
  readonly #edgeListeners: ((line: string, on: boolean, atMs: number) => void)[] = [];

  static async open(
    scenario: Scenario,
    options: HostTargetOptions,
    status: DeviceStatus,
    signal: AbortSignal,
  ): Promise<HostSession> {
    let session: HostSession | undefined;
    const connection = await HostConnection.open(options.host, (news) => session?.hear(news), signal);
    try {
      const { seed, models, hears, enrolled, config } = scenario;
      const answer = await connection.ask({ ask: 'begin', seed, models, hears, enrolled, config });
      const receivedMs = performance.now();
      if (answer.begun === undefined) throw new RigError('the device did not say how it begins');
      session = new HostSession(connection, options, status, answer, answer.begun, receivedMs);
      return session;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(
    connection: HostConnection,
    { host, rig, askPerson }: HostTargetOptions,
    status: DeviceStatus,
    { atMs }: TestAnswer,
    begun: NonNullable<TestAnswer['begun']>,
    receivedMs: number,
  ) {
    this.#connection = connection;
    this.#host = host;
    this.#number = begun.number;
    this.#levels = begun.levels;
    this.#startMs = atMs;
    // The answer was on its way for a moment: the device's clock is never taken to be ahead of what it is.
    this.#leadMs = atMs - receivedMs;
    this.models = { build: status.build.sha256, config: status.configSha256, ...begun.models };
    this.time = {
      kind: 'real',
      nowMs: () => performance.now() + this.#leadMs - this.#startMs,
      pass: (limitMs, signal, met) => this.#pass(limitMs, signal, met),
    };
    const device: StimulusPort = { sight: 'scene', sound: 'scene', apply: (step) => this.#apply(step) };
    this.#bench = rig === null ? undefined : new BenchStimulus(rig, device, askPerson ?? nobody);
    this.stimulus = this.#bench ?? device;
    this.probe = {
      kinds: begun.probes,
      level: (line) => isLamp(line) && this.#levels[line],
      onEdge: (listener) => void this.#edgeListeners.push(listener),
    };
    this.observe = {
      onRecord: (listener: (observed: ObservedRecord) => void) => void this.#recordListeners.push(listener),
      subjectOf,
    };
  }

  /** Takes what the device tells, in the order of its clock. */
  hear({ boot, records, edges }: News): void {
    const told = [
      ...records.map((record) => ({ atMs: record.tMs, tell: () => this.#tellRecord(record, boot) })),
      ...edges.map(({ lamp, on, atMs }) => ({ atMs, tell: () => this.#tellEdge(lamp, on, atMs) })),
    ];
    for (const { tell } of told.sort((a, b) => a.atMs - b.atMs)) tell();
  }

  async end(): Promise<SessionEnd> {
    try {
      await this.#bench?.close();
      const { ended } = await this.#connection.ask({ ask: 'end' });
      this.#connection.close();
      await this.#givenBack();
      return problemsOf(ended);
    } catch (error) {
      this.#connection.close();
      if (!(error instanceof RigError)) throw error;
      const { stopped, lamps: read } = await this.#givenBack();
      const { problems } = problemsOf({ stopped, lamps: read });
      const how = problems.length === 0 ? 'it stopped by itself, and its lamps are off' : problems.join('; ');
      throw new RigError(`${error.message}; ${how}`);
    }
  }

  /** How the device ended the test, by what it says once it is its own again. Rejects with RigError. */
  async #givenBack(): Promise<NonNullable<Doors['last']>> {
    const limitMs = performance.now() + lostLimitMs;
    for (;;) {
      const { testDoors } = await statusOfHost(this.#host);
      const last = testDoors?.last;
      if (last != null && last.number === this.#number) return last;
      if (performance.now() > limitMs) throw new RigError('the device does not say that the test is over');
      await Bun.sleep(askAgainMs);
    }
  }

  #tellRecord(record: ObservedRecord['record'], boot: number): void {
    for (const listener of this.#recordListeners) {
      listener({ record, boot, atMs: record.tMs - this.#startMs });
    }
  }

  #tellEdge(lamp: Lamp, on: boolean, atMs: number): void {
    this.#levels[lamp] = on;
    for (const listener of this.#edgeListeners) listener(lamp, on, atMs - this.#startMs);
  }

  async #pass(limitMs: number, signal: AbortSignal, met: Promise<void> | undefined): Promise<void> {
    signal.throwIfAborted();
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, limitMs);
    const abort = () => over.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([over.promise, this.#connection.lost, ...(met === undefined ? [] : [met])]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
    // Whatever happened by now was told before the answer.
    await this.#connection.ask({ ask: 'now' });
  }

  async #apply(step: StimulusStep): Promise<void> {
    switch (step.do) {
      case 'comes':
      case 'moves':
      case 'leaves':
      case 'speaks':
      case 'noise':
      case 'tone':
      case 'light':
        await this.#connection.ask({ ask: 'act', action: step });
        return;
      case 'breaks':
        await this.#connection.ask({ ask: 'break', fault: faultOf(step), forMs: step.forMs ?? null });
        return;
      case 'mends':
        await this.#connection.ask({ ask: 'mend', fault: step.fault, port: step.port ?? null });
        return;
      case 'enrol':
      case 'forget':
        await this.#connection.ask({ ask: step.do, who: step.who });
        return;
      case 'edit': {
        const { do: ask, ...terms } = step;
        await this.#connection.ask({ ask, ...terms });
        return;
      }
      case 'clock':
        await this.#connection.ask({ ask: 'clock', ...setClock(step) });
        return;
      case 'configure':
        await this.#connection.ask({ ask: 'configure', config: step.config });
        return;
      case 'boot':
      case 'stop':
        await this.#connection.ask({ ask: step.do });
        return;
      case 'operator-releases':
        await this.#connection.ask({ ask: 'release' });
        return;
      case 'cut-power':
        throw new RigError('nothing here can cut the power of a device');
      case 'pauses':
      case 'resumes':
        throw new RigError('nothing here can work the privacy switch of a device');
      case 'presses':
      case 'door':
        throw new RigError('nothing here can work the door of a device');
    }
  }
}

/** A rig says how lamps are read for people to rely on: it must be how the device reads them. */
function checkProbes(rig: Rig, { lamps: read }: DeviceStatus, url: string): void {
  for (const lamp of lamps) {
    const kind = rig.probe[lamp];
    const allowed = read[lamp]?.read;
    if (kind === undefined || kind === allowed) continue;
    const message = `probe.${lamp} is ${kind}, but the device at ${url} has none; allowed: ${allowed ?? 'nothing'}`;
    throw new ScenarioFileError([{ place: rig.placeOf(['probe', lamp]), message }]);
  }
}

function problemsOf(ended: TestAnswer['ended']): SessionEnd {
  if (ended === undefined) throw new RigError('the device did not say how it ended');
  const on = lamps.filter((lamp) => ended.lamps[lamp]);
  return {
    problems: [
      ...(ended.stopped ? [] : ['it did not stop when it was told to']),
      ...on.map((lamp) => `the ${lamp} lamp is still on`),
    ],
  };
}

async function nobody(what: string): Promise<void> {
  throw new RigError(`nobody is there who could do this: ${what}`);
}
