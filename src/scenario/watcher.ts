import { fieldAt, textAt } from '../trace/fields.ts';
import { personalField } from '../trace/privacy.ts';
import type { TraceRecord } from '../trace/record.ts';
import { type Health, isState, type Lamp, lamps, type Observation, tellLine } from './observation.ts';
import type { ObservedRecord, Session } from './target.ts';
import { tellRecord } from './tell-record.ts';

/** A change of a lamp. */
export interface LampEdge {
  readonly atMs: number;
  readonly on: boolean;
}

/** A rule that was broken. */
export interface SeenBreach {
  readonly rule: string;
  readonly subject: string;
  readonly atMs: number;
}

/** How often something that is watched for happened, or began to hold, since the last mark. */
interface Watched {
  readonly observation: Observation;
  holds: boolean;
  timesMs: number[];
  /** Of the times, those that an expectation was met by. */
  taken: number;
}

/** Enough to find the first of anything; a scenario of days would otherwise fill the memory. */
const mostTimes = 1_000;
const linesKept = 200;
const linesTold = 10;

/**
 * Follows a session's trace and lamps: what holds, what has happened since the last mark, and the whole history of the
 * lamps.
 */
export class Watcher {
  readonly #edges = new Map<string, LampEdge[]>();
  readonly breaches: SeenBreach[] = [];
  readonly #session: Session;
  readonly #watched = new Map<string, Watched>();
  readonly #found = new WeakMap<Observation, Watched>();
  readonly #states = new Map<string, readonly string[]>();
  readonly #levels = new Map<string, boolean>();
  readonly #lines: string[] = [];
  readonly #modelsSaid = new Map<string, string>();
  #health: Health;
  #markMs: number;
  /** Since the last mark: answers of access and what was said of people, for messages. */
  #answers: string[] = [];
  #decisions = new Map<string, number>();
  #changed: (() => void) | undefined;
  #personalSeen = false;

  constructor(session: Session, observations: Iterable<Observation>) {
    this.#session = session;
    this.#health = session.running ? 'starting' : 'off';
    this.#markMs = session.time.nowMs();
    for (const observation of observations) {
      const watched = { observation, holds: false, timesMs: [], taken: 0 };
      this.#watched.set(JSON.stringify(observation), watched);
      watched.holds = this.#holds(observation);
    }
    session.probe.onEdge((lamp, on, atMs) => this.#seeEdge(lamp, on, atMs));
    session.observe.onRecord((observed) => this.#seeRecord(observed));
  }

  /** Every change of a lamp or of a further output so far. */
  edges(line: string): readonly LampEdge[] {
    return this.#edges.get(line) ?? [];
  }

  #level(line: string): boolean {
    return this.#levels.get(line) ?? this.#session.probe.level(line);
  }

  get markMs(): number {
    return this.#markMs;
  }

  /** From here on events count: a step is about to do something. */
  mark(): void {
    this.#markMs = this.#session.time.nowMs();
    for (const watched of this.#watched.values()) {
      watched.timesMs = [];
      watched.taken = 0;
    }
    this.#answers = [];
    this.#decisions = new Map();
  }

  /** The power was taken: no trace can say so. */
  powerIsOff(): void {
    this.#states.clear();
    this.#health = 'off';
    this.#update(this.#session.time.nowMs());
  }

  holds(observation: Observation): boolean {
    return this.#find(observation).holds;
  }

  /** When it happened, or began to hold, since the last mark. */
  timesOf(observation: Observation): readonly number[] {
    return this.#find(observation).timesMs;
  }

  /** Takes one time of an event that no expectation has taken since the last mark; false when there is none. */
  take(observation: Observation): boolean {
    const watched = this.#find(observation);
    if (watched.taken >= watched.timesMs.length) return false;
    watched.taken++;
    return true;
  }

  /** Lets time pass until `met` gives true, at most for `limitMs`; gives whether it did. */
  async until(met: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (met()) return true;
    const reached = Promise.withResolvers<void>();
    this.#changed = () => {
      if (met()) reached.resolve();
    };
    try {
      await this.#session.time.pass(limitMs, signal, reached.promise);
    } finally {
      this.#changed = undefined;
    }
    return met();
  }

  /** What there is in the place of what was expected, in words. */
  tellSeen(observation: Observation): string {
    const since = `since ${seconds(this.#markMs)}`;
    if ('lamp' in observation || 'output' in observation) {
      const line = 'lamp' in observation ? observation.lamp : observation.output;
      const edge = this.edges(line).at(-1);
      const level = this.#level(line) ? 'on' : 'off';
      return `it is ${level}${edge === undefined ? ', and never changed' : ` since ${seconds(edge.atMs)}`}`;
    }
    if ('machine' in observation) {
      const states = [...this.#states]
        .filter(([actor]) => machineOf(actor) === observation.machine)
        .map(([actor, leaves]) => `${actor.split('/').at(-1)} in ${leaves.join(' and ')}`);
      return states.length === 0 ? `no ${observation.machine} machine runs` : states.join('; ');
    }
    if ('health' in observation) return `it is ${this.#health}`;
    if ('granted' in observation || 'refused' in observation) {
      if (this.#answers.length > 0) return `${since}: ${this.#answers.join(', ')}`;
      const nobody = `nobody asked ${since}`;
      return this.#decisions.size === 0 ? nobody : `${nobody}; ${this.#tellDecisions()}`;
    }
    if ('decision' in observation) {
      return this.#decisions.size === 0 ? `nobody was seen or heard ${since}` : this.#tellDecisions();
    }
    const count = this.#find(observation).timesMs.length;
    return count === 0 ? `not ${since}` : `${count} times ${since}`;
  }

  /** The newest lines of the trace that a person can make something of. */
  lastLines(): string[] {
    return this.#lines.slice(-linesTold);
  }

  /** Adds a line of our own between those of the trace. */
  say(text: string): void {
    this.#keep(`${seconds(this.#session.time.nowMs())} > ${text}`);
  }

  #tellDecisions(): string {
    const counts = [...this.#decisions].map(([decision, count]) => `${decision} (${count} times)`);
    return `decisions since ${seconds(this.#markMs)}: ${counts.join(', ')}`;
  }

  #find(observation: Observation): Watched {
    const found = this.#found.get(observation) ?? this.#watched.get(JSON.stringify(observation));
    if (found === undefined) throw new Error('an observation that was not announced');
    this.#found.set(observation, found);
    return found;
  }

  #seeEdge(line: string, on: boolean, atMs: number): void {
    this.#levels.set(line, on);
    const edges = this.#edges.get(line) ?? [];
    this.#edges.set(line, edges);
    edges.push({ atMs, on });
    this.#keep(`${seconds(atMs)} ${tellLine(line)} is ${on ? 'on' : 'off'}`);
    this.#update(atMs);
  }

  #seeRecord({ record, atMs }: ObservedRecord): void {
    this.#follow(record, atMs);
    this.#checkPrivacy(record, atMs);
    const text = tellRecord(record);
    if (text !== undefined && !this.#isRepeated(record, text)) this.#keep(`${seconds(atMs)} ${text}`);
    for (const watched of this.#watched.values()) {
      if (!isState(watched.observation) && this.#happens(watched.observation, record)) note(watched, atMs);
    }
    if (record.kind === 'snapshot' || record.kind === 'actor') this.#update(atMs);
    else this.#changed?.();
  }

  /** A model says the same of every frame: the first time tells all. */
  #isRepeated(record: TraceRecord, text: string): boolean {
    if (record.kind !== 'model') return false;
    const repeated = this.#modelsSaid.get(record.model) === text;
    this.#modelsSaid.set(record.model, text);
    return repeated;
  }

  /** Something that no trace may hold counts as a rule that was broken, once. */
  #checkPrivacy(record: TraceRecord, atMs: number): void {
    const subject = this.#personalSeen ? undefined : personalField(record);
    if (subject === undefined) return;
    this.#personalSeen = true;
    this.breaches.push({ rule: 'nothing-personal', subject: `${record.kind} ${subject}`, atMs });
  }

  /** Keeps what the record changes. */
  #follow(record: TraceRecord, atMs: number): void {
    if (record.kind === 'snapshot') {
      this.#states.set(record.actor, record.states);
      if (record.actor === 'device') this.#health = healthOf(record.states) ?? this.#health;
    } else if (record.kind === 'actor' && record.op !== 'started') {
      this.#states.delete(record.actor);
      if (record.actor === 'device') this.#health = record.op === 'done' ? 'stopped' : 'fault';
    } else if (record.kind === 'note' && record.note === 'boot') {
      this.#states.clear();
      this.#health = 'starting';
      this.#update(atMs);
    } else if (record.kind === 'invariant') {
      this.breaches.push({ rule: record.rule, subject: record.subject, atMs });
    } else if (record.kind === 'model') {
      for (const decision of decisionsIn(record)) {
        this.#decisions.set(decision, (this.#decisions.get(decision) ?? 0) + 1);
      }
    } else if (record.kind === 'event' && record.to === 'device') {
      const answer = tellAnswer(record);
      if (answer !== undefined && this.#answers.length < linesTold) this.#answers.push(answer);
    }
  }

  /** Looks anew which states hold. */
  #update(atMs: number): void {
    for (const watched of this.#watched.values()) {
      if (!isState(watched.observation)) continue;
      const holds = this.#holds(watched.observation);
      if (holds && !watched.holds) note(watched, atMs);
      watched.holds = holds;
    }
    this.#changed?.();
  }

  #holds(observation: Observation): boolean {
    if ('lamp' in observation) return this.#level(observation.lamp) === (observation.is === 'on');
    if ('output' in observation) return this.#level(observation.output) === (observation.is === 'on');
    if ('health' in observation) return this.#health === observation.health;
    if (!('machine' in observation)) return false;
    for (const [actor, leaves] of this.#states) {
      if (machineOf(actor) === observation.machine && leaves.some((leaf) => isWithin(leaf, observation.is)))
        return true;
    }
    return false;
  }

  #happens(observation: Observation, record: TraceRecord): boolean {
    if ('note' in observation) return record.kind === 'note' && record.note === observation.note;
    if ('device' in observation) {
      if (record.kind !== 'hal.in' || record.device !== observation.device) return false;
      if (record.op !== observation.answers) return false;
      return observation.error === undefined || record.error === observation.error;
    }
    if ('decision' in observation) {
      if (record.kind !== 'model') return false;
      const by = record.model === 'voices' ? 'voice' : 'face';
      if (observation.by !== undefined && observation.by !== by) return false;
      return decisionsIn(record).includes(observation.decision);
    }
    if (record.kind !== 'event') return false;
    if ('event' in observation) {
      if (record.event !== observation.event) return false;
      return observation.to === undefined || machineOf(record.to) === observation.to;
    }
    if (record.to !== 'device') return false;
    if ('granted' in observation && record.event === 'ACCESS.GRANTED') {
      const subject = textAt(record.data, 'grant', 'subjectId');
      const { granted, by } = observation;
      if (by !== undefined && textAt(record.data, 'by') !== by) return false;
      return granted === 'anybody' || subject === this.#session.observe.subjectOf(granted);
    }
    if ('refused' in observation && record.event === 'ACCESS.REFUSED') {
      const { refused, by } = observation;
      if (by !== undefined && textAt(record.data, 'by') !== by) return false;
      return refused === 'anything' || textAt(record.data, 'code') === refused;
    }
    return false;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * linesKept) this.#lines.splice(0, linesKept);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

/** Every lamp with its edges, for results. */
export function lampHistories(watcher: Watcher): Record<Lamp, readonly LampEdge[]> {
  return Object.fromEntries(lamps.map((lamp) => [lamp, watcher.edges(lamp)])) as Record<Lamp, LampEdge[]>;
}

function note(watched: Watched, atMs: number): void {
  if (watched.timesMs.length < mostTimes) watched.timesMs.push(atMs);
}

/** `visit` of `device/vision/visit:3`. */
function machineOf(actor: string): string {
  return actor.split('/').at(-1)?.split(':')[0] ?? '';
}

function isWithin(leaf: string, state: string): boolean {
  return leaf === state || leaf.startsWith(`${state}.`);
}

function healthOf(states: readonly string[]): Health | undefined {
  const is = (state: string) => states.some((leaf) => isWithin(leaf, state));
  if (is('operating.health.nominal')) return 'nominal';
  if (is('operating.health.degraded')) return 'degraded';
  if (is('fault') || is('recovering')) return 'fault';
  if (is('safe')) return 'safe';
  if (is('starting') || is('selfTest')) return 'starting';
  return is('stopping') ? 'stopping' : undefined;
}

function decisionsIn(record: TraceRecord): string[] {
  if (record.kind !== 'model' || record.op !== 'finished') return [];
  const own = textAt(record.data, 'decision');
  const faces = fieldAt(record.data, 'faces');
  const ofFaces = Array.isArray(faces) ? faces.flatMap((face) => textAt(face, 'decision') ?? []) : [];
  return own === undefined ? ofFaces : [own, ...ofFaces];
}

function tellAnswer(record: TraceRecord): string | undefined {
  if (record.kind !== 'event') return undefined;
  if (record.event === 'ACCESS.GRANTED') {
    return `granted to ${textAt(record.data, 'grant', 'subjectId') ?? 'somebody'} by ${textAt(record.data, 'by') ?? '?'}`;
  }
  if (record.event !== 'ACCESS.REFUSED') return undefined;
  return `refused ${textAt(record.data, 'code') ?? ''} by ${textAt(record.data, 'by') ?? '?'}`;
}
