import type { TraceRecord, TraceRecordOf } from '../../../../trace/record.ts';
import { type MachineName, machineNames, machineOf, tellingStates } from '../../machines.ts';

/** How a segment or mark is meant: never by colour alone, each has its words. */
export type Tone = 'plain' | 'quiet' | 'good' | 'warn' | 'bad' | 'red';

/** Something that lasts. */
export interface Segment {
  readonly fromMs: number;
  /** Undefined while it lasts. */
  toMs: number | undefined;
  readonly text: string;
  readonly tone: Tone;
  /** Where several last at once: the place of this one among them. */
  readonly row: 0 | 1;
}

/** Something at one moment. */
export interface Mark {
  readonly atMs: number;
  readonly text: string;
  readonly tone: Tone;
}

const deviceLanes = ['green', 'red', 'camera', 'microphone', 'faces', 'voices', 'faults'] as const;
export const laneNames = [...machineNames, ...deviceLanes] as const;
export type LaneName = (typeof laneNames)[number];

export interface Lane {
  readonly name: LaneName;
  readonly segments: Segment[];
  readonly marks: Mark[];
}

/** What is older is let go. */
export const lanesKeepMs = 600_000;
/** Old entries are let go in bulk. */
const tidyEveryRecords = 5_000;

/** What happened, as lanes over one time: states, lamps, devices, models, faults. */
export class Lanes {
  readonly #lanes: ReadonlyMap<LaneName, Lane> = new Map(
    laneNames.map((name) => [name, { name, segments: [], marks: [] }]),
  );
  /** By what they are of. */
  readonly #lasting = new Map<string, Segment>();
  #seen = 0;

  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** To be handed every record, in order. */
  see(record: TraceRecord): void {
    switch (record.kind) {
      case 'snapshot':
        this.#noteStates(record);
        break;
      case 'actor':
        if (record.op !== 'started') this.#end(record.actor, record.tMs);
        break;
      case 'hal.out':
        this.#noteCommand(record);
        break;
      case 'hal.in':
        this.#noteAnswer(record);
        break;
      case 'model':
        this.#noteModel(record);
        break;
      case 'invariant':
        this.#mark('faults', { atMs: record.tMs, text: `${record.rule} ${record.subject}`, tone: 'bad' });
        break;
      case 'event':
        if (/\.(FAILED|IMPAIRED|DIED|BROKEN)$/.test(record.event) && record.to === 'device') {
          this.#mark('faults', { atMs: record.tMs, text: record.event, tone: 'warn' });
        }
        break;
    }
    if (++this.#seen % tidyEveryRecords === 0) this.#tidy(record.tMs - lanesKeepMs);
  }

  #noteStates({ actor, states, tags, tMs }: TraceRecordOf<'snapshot'>): void {
    const machine = machineOf(actor);
    if (machine === undefined) return;
    const text = tellingStates(states).join(', ');
    const tone = toneOf(machine, states, tags);
    const before = this.#lasting.get(actor);
    if (before?.text === text && before.tone === tone) return;
    this.#begin(machine, actor, tMs, text, tone, rowOf(actor));
  }

  #noteCommand({ device, op, on, tMs }: TraceRecordOf<'hal.out'>): void {
    const lane = device === 'output' ? 'green' : device === 'red' ? 'red' : undefined;
    if (lane === undefined || (op !== 'set' && op !== 'grant' && op !== 'release')) return;
    const key = `told ${lane}`;
    if (op !== 'release' && on !== false) this.#begin(lane, key, tMs, 'told', litTone(lane), 0);
    else this.#end(key, tMs);
  }

  #noteAnswer({ device, op, error, tMs }: TraceRecordOf<'hal.in'>): void {
    if (device === 'output') {
      if (op === 'on') this.#begin('green', 'answered green', tMs, 'answered', 'good', 1);
      else this.#end('answered green', tMs);
    }
    if (device === 'camera' || device === 'microphone') {
      if (op === 'opened') this.#begin(device, device, tMs, op, 'plain', 0);
      else if (op === 'failed' || op === 'open-failed')
        this.#begin(device, device, tMs, error ?? op, 'bad', 0);
      else this.#mark(device, { atMs: tMs, text: op, tone: 'warn' });
    }
    if (error !== undefined)
      this.#mark('faults', { atMs: tMs, text: `${device} ${op}: ${error}`, tone: 'bad' });
  }

  #noteModel({ model, op, error, data, tMs }: TraceRecordOf<'model'>): void {
    const lane = model === 'voices' ? 'voices' : model === 'faces' ? 'faces' : undefined;
    if (lane === undefined || op === 'started') return;
    const decisions = decisionsIn(data);
    if (op === 'failed') {
      this.#mark(lane, { atMs: tMs, text: error ?? op, tone: 'bad' });
      return;
    }
    const tone = decisions.includes('known') ? 'good' : decisions.length > 0 ? 'plain' : 'quiet';
    this.#mark(lane, { atMs: tMs, text: decisions.join(', ') || op, tone });
  }

  #begin(lane: LaneName, key: string, fromMs: number, text: string, tone: Tone, row: 0 | 1): void {
    this.#end(key, fromMs);
    const segment = { fromMs, toMs: undefined, text, tone, row };
    this.#lasting.set(key, segment);
    this.#lanes.get(lane)?.segments.push(segment);
  }

  #end(key: string, toMs: number): void {
    const segment = this.#lasting.get(key);
    if (segment === undefined) return;
    segment.toMs = toMs;
    this.#lasting.delete(key);
  }

  #mark(lane: LaneName, mark: Mark): void {
    this.#lanes.get(lane)?.marks.push(mark);
  }

  #tidy(beforeMs: number): void {
    for (const { segments, marks } of this.#lanes.values()) {
      const segment = segments.findIndex(({ toMs }) => toMs === undefined || toMs >= beforeMs);
      segments.splice(0, segment === -1 ? segments.length : segment);
      const mark = marks.findIndex(({ atMs }) => atMs >= beforeMs);
      marks.splice(0, mark === -1 ? marks.length : mark);
    }
  }
}

/** The lane that a record belongs to, if it has one. */
export function laneOf(record: TraceRecord): LaneName | undefined {
  switch (record.kind) {
    case 'event':
      return machineOf(record.to);
    case 'actor':
    case 'snapshot':
    case 'microstep':
    case 'guard':
    case 'timer':
      return machineOf(record.actor);
    case 'hal.in':
    case 'hal.out':
      return record.device === 'output' ? 'green' : laneNames.find((name) => name === record.device);
    case 'model':
      return laneNames.find((name) => name === record.model);
    case 'invariant':
      return 'faults';
    default:
      return undefined;
  }
}

function toneOf(machine: MachineName, states: readonly string[], tags: readonly string[]): Tone {
  if (tags.includes('fault')) return 'bad';
  if (tags.includes('degraded')) return 'warn';
  if (tags.includes('lit') || (machine === 'visit' && states.includes('granted'))) return 'good';
  return states.some((state) => /(^|\.)(idle|off|ready|listening|alive|nominal)(\.|$)/.test(state))
    ? 'quiet'
    : 'plain';
}

/** Two people are in view more often than three: the others share a row. */
function rowOf(actor: string): 0 | 1 {
  const number = Number(/:(\d+)$/.exec(actor)?.[1] ?? 0);
  return number % 2 === 1 ? 1 : 0;
}

function litTone(lane: 'green' | 'red'): Tone {
  return lane === 'green' ? 'good' : 'red';
}

function decisionsIn(data: TraceRecordOf<'model'>['data']): string[] {
  const faces = Array.isArray(data.faces) ? data.faces : [data];
  return faces.flatMap((face) =>
    typeof face === 'object' && face !== null && 'decision' in face && typeof face.decision === 'string'
      ? [face.decision]
      : [],
  );
}
