import type { ToldAnswer } from '../decide/tell-answer.ts';
import { answerIn } from './answer.ts';
import type { TraceData, TraceValue } from './data.ts';
import { fieldAt, numberAt, textAt } from './fields.ts';
import type { TraceRecord, TraceRecordOf } from './record.ts';

/** An output line as the trace knows it. */
export interface OutputStory {
  readonly device: string;
  readonly on: boolean;
  readonly sinceMs: number;
  readonly grantId: string | null;
  /** What came back last: the level that was found, null where it failed. Null for a line that gives no answer. */
  readonly answered: { readonly atMs: number; readonly on: boolean | null } | null;
}

/** How a person with terms stood. */
export interface StandingStory {
  readonly disabled: boolean;
  /** Null for a person without hours. */
  readonly withinHours: boolean | null;
  /** Null for a person without a last day. */
  readonly expired: boolean | null;
  readonly clockTrusted: boolean;
  /** Since Monday midnight, local time. */
  readonly minuteOfWeek: number;
}

/** What a look said about one person in view. */
export interface EvidenceStory {
  readonly atMs: number;
  readonly trackId: number;
  readonly decision: string;
  readonly subjectId: string | null;
  readonly distance: number | null;
  readonly secondSubjectId: string | null;
  readonly secondDistance: number | null;
  readonly frames: number | null;
  readonly eyeDistancePx: number | null;
  /** Of a person with terms. */
  readonly standing?: StandingStory;
}

/** What was said about a voice. */
export interface VoiceStory {
  readonly atMs: number;
  readonly decision: string;
  readonly subjectId: string | null;
  readonly score: number | null;
  readonly secondSubjectId: string | null;
  readonly secondScore: number | null;
  readonly voicedMs: number | null;
  readonly levelDbfs: number | null;
  /** Of a person with terms. */
  readonly standing?: StandingStory;
}

/** Access's last word. */
export interface AnswerStory {
  readonly atMs: number;
  readonly answer: 'granted' | 'refused';
  readonly trackId: number | null;
  readonly grantId: string | null;
  /** Why it was refused. */
  readonly code: string | null;
  readonly evidence: EvidenceStory | null;
  /** What it rested on when a voice asked. */
  readonly voice: VoiceStory | null;
  /** What was weighed, to be told; null in a record of another build. */
  readonly told: ToldAnswer | null;
}

/** A guard whose last answer was no. */
export interface BlockedStory {
  readonly atMs: number;
  readonly actor: string;
  readonly guard: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What became of the door last. */
export interface DoorStory {
  readonly atMs: number;
  readonly what: 'exit' | 'opened' | 'closed' | 'held-open' | 'forced';
  /** Of an opening: by right of what. */
  readonly why: string | null;
}

/** What each event of the door is called, in the trace, the journal and for people. */
export const doorEvents: Readonly<Record<string, DoorStory['what']>> = {
  'EXIT.REQUESTED': 'exit',
  'DOOR.OPENED': 'opened',
  'DOOR.CLOSED': 'closed',
  'DOOR.HELD_OPEN': 'held-open',
  'DOOR.FORCED': 'forced',
};

/** Something that does not work, from when on. */
export interface ImpairmentStory {
  readonly sinceMs: number;
  readonly part: string;
  readonly kind: string | null;
}

/** A machine that runs, and where it is. */
export interface ActorStory {
  readonly actor: string;
  /** The paths of its active leaf states. */
  readonly states: readonly string[];
  readonly tags: readonly string[];
  /** Since when it is in just these states. */
  readonly sinceMs: number;
}

/** An actor that was started and has not ended: a machine, or what one of its states runs. */
export interface RunningStory {
  readonly actor: string;
  /** The name that it was invoked by. */
  readonly logic: string;
  readonly sinceMs: number;
}

/** A machine's timer that runs. */
export interface TimerStory {
  readonly actor: string;
  /** The event that it sends, with the delay's name in it. */
  readonly delay: string;
  readonly setMs: number;
  readonly dueMs: number;
}

/** The transitions that an actor took last and that led somewhere. */
export interface TakenStory {
  readonly atMs: number;
  readonly event: string;
  readonly transitions: TraceRecordOf<'microstep'>['transitions'];
}

export interface BreachStory {
  readonly atMs: number;
  readonly rule: string;
  readonly subject: string;
}

/**
 * What a trace comes to at one moment. Plain data: it can be sent, and a `Story` elsewhere can go on from it. Keys
 * are what the entries are about: a device, a track, an actor and guard, a timer, a part.
 */
export interface StoryState {
  readonly atMs: number;
  readonly seq: number;
  readonly outputs: Readonly<Record<string, OutputStory>>;
  readonly actors: Readonly<Record<string, ActorStory>>;
  readonly running: Readonly<Record<string, RunningStory>>;
  readonly timers: Readonly<Record<string, TimerStory>>;
  readonly taken: Readonly<Record<string, TakenStory>>;
  readonly evidence: Readonly<Record<string, EvidenceStory>>;
  readonly attempts: Readonly<Record<string, EvidenceStory>>;
  readonly voiceAttempt: VoiceStory | null;
  readonly voice: VoiceStory | null;
  readonly answer: AnswerStory | null;
  readonly door: DoorStory | null;
  readonly blocked: Readonly<Record<string, BlockedStory>>;
  readonly impairments: Readonly<Record<string, ImpairmentStory>>;
  readonly breaches: readonly BreachStory[];
  /** How usable picture and sound are, in the machines' words. */
  readonly conditions: Readonly<Record<string, string>>;
}

type Changing<T> = {
  -readonly [K in keyof T]: T[K] extends Readonly<Record<string, infer V>> ? Record<string, V> : T[K];
};

/** People seen longer ago than this say nothing about now. */
export const recentMs = 60_000;
const mostBreaches = 20;

/** What a line's answer says of its level; null: nothing that could be relied on. */
const levels: Readonly<Record<string, boolean | null>> = {
  on: true,
  off: false,
  safe: false,
  'not-safe': null,
  failed: null,
};

/** Which event ends what another began to say about a part. */
const impairing: Readonly<Record<string, string>> = {
  'VISION.IMPAIRED': 'vision',
  'VISION.FAILED': 'models',
  'HEARING.IMPAIRED': 'hearing',
  'WATCHDOG.FAILED': 'watchdog',
  'SOURCE.DIED': 'loop',
  'BOARD.STRAINED': 'board',
};
const curing: Readonly<Record<string, readonly string[]>> = {
  'VISION.CLEARED': ['vision', 'models', 'loop'],
  'HEARING.CLEARED': ['hearing'],
  'WATCHDOG.FED': ['watchdog'],
  'BOARD.EASED': ['board'],
};

/** Senses that are closed on purpose, and nobody is looked at or heard. */
export function closedSenses({ actors }: Pick<StoryState, 'actors'>): ('vision' | 'hearing')[] {
  const states = actors.device?.states ?? [];
  return (['vision', 'hearing'] as const).filter((sense) => states.includes(`operating.${sense}.closed`));
}

/** Follows a trace, record by record, and keeps what it comes to. A record costs about a microsecond. */
export class Story {
  readonly #state: Changing<StoryState>;

  /** `from` is where another story was; it is copied. */
  constructor(from?: StoryState) {
    this.#state = structuredClone(from ?? emptyState());
  }

  /** Not to be kept: it changes with the next record. */
  get state(): StoryState {
    return this.#state;
  }

  /** To be handed every record, in order. */
  readonly see = (record: TraceRecord): void => {
    const state = this.#state;
    state.atMs = record.tMs;
    state.seq = record.seq;
    switch (record.kind) {
      case 'hal.out':
        this.#noteOutput(record);
        break;
      case 'hal.in':
        this.#noteAnswered(record);
        break;
      case 'guard': {
        const key = `${record.actor} ${record.guard}`;
        delete state.blocked[key];
        if (record.result) break;
        const { tMs: atMs, actor, guard, values } = record;
        state.blocked[key] = { atMs, actor, guard, values };
        break;
      }
      case 'snapshot': {
        const { actor, states, tags, tMs: sinceMs } = record;
        state.actors[actor] = { actor, states, tags, sinceMs };
        break;
      }
      case 'actor': {
        const { actor, logic, tMs: sinceMs } = record;
        if (record.op === 'started') state.running[actor] = { actor, logic, sinceMs };
        else this.#forget(actor);
        break;
      }
      case 'timer': {
        const { timer, actor, delay, dueMs, tMs: setMs } = record;
        if (record.op === 'scheduled') state.timers[timer] = { actor, delay, setMs, dueMs };
        else delete state.timers[timer];
        break;
      }
      case 'microstep': {
        const { actor, event, transitions, tMs: atMs } = record;
        if (transitions.some(({ to }) => to.length > 0)) state.taken[actor] = { atMs, event, transitions };
        break;
      }
      case 'model':
        if (record.model === 'voices') state.voice = heardIn(record) ?? state.voice;
        break;
      case 'invariant': {
        const { tMs: atMs, rule, subject } = record;
        state.breaches = [...state.breaches, { atMs, rule, subject }].slice(-mostBreaches);
        break;
      }
      case 'event':
        this.#noteEvidence(record);
        this.#noteCondition(record);
        this.#noteImpairment(record);
        this.#noteAnswer(record);
        this.#noteDoor(record);
        break;
    }
  };

  #forget(actor: string): void {
    const { actors, running, taken, blocked } = this.#state;
    delete actors[actor];
    delete running[actor];
    delete taken[actor];
    for (const [key, entry] of Object.entries(blocked)) if (entry.actor === actor) delete blocked[key];
  }

  #noteOutput(record: TraceRecordOf<'hal.out'>): void {
    if (record.op !== 'set' && record.op !== 'grant' && record.op !== 'release') return;
    const { outputs } = this.#state;
    const on = record.op === 'release' ? false : (record.on ?? record.op === 'grant');
    const before = outputs[record.device];
    const grantId = record.grantId ?? null;
    if (before?.on === on && (grantId === null || before.grantId === grantId)) return;
    const sinceMs = before?.on === on ? before.sinceMs : record.tMs;
    outputs[record.device] = {
      device: record.device,
      on,
      sinceMs,
      grantId,
      answered: before?.answered ?? null,
    };
  }

  #noteAnswered({ device, op, tMs: atMs }: TraceRecordOf<'hal.in'>): void {
    const { outputs } = this.#state;
    const output = outputs[device];
    const on = levels[op];
    if (output !== undefined && on !== undefined) outputs[device] = { ...output, answered: { atMs, on } };
  }

  #noteEvidence({ event, data, tMs }: TraceRecordOf<'event'>): void {
    const { evidence, attempts } = this.#state;
    if (event === 'LOOK.COMPLETED') {
      const people = fieldAt(data, 'people');
      for (const person of Array.isArray(people) ? people : []) {
        const seen = evidenceIn(person, tMs);
        if (seen !== undefined) evidence[seen.trackId] = seen;
      }
      forgetOld(evidence, tMs);
    }
    if (event === 'ATTEMPT.MADE') {
      const asked = fieldAt(data, 'evidence');
      if (textAt(data, 'by') === 'voice') this.#state.voiceAttempt = voiceIn(asked, tMs) ?? null;
      const face = evidenceIn(asked, tMs);
      if (face !== undefined) attempts[face.trackId] = face;
      forgetOld(attempts, tMs);
    }
  }

  #noteCondition({ event, to, data }: TraceRecordOf<'event'>): void {
    if (event !== 'LOOK.COMPLETED' && event !== 'SOUND.CHANGED') return;
    const condition = textAt(data, 'condition');
    if (condition !== undefined) this.#state.conditions[to] = condition;
  }

  #noteImpairment({ event, data, tMs }: TraceRecordOf<'event'>): void {
    const { impairments } = this.#state;
    for (const part of curing[event] ?? []) delete impairments[part];
    // Which of the outputs or inputs.
    const named = textAt(data, 'device') ?? textAt(data, 'input');
    if (named !== undefined && (event === 'OUTPUT.RECOVERED' || event === 'INPUT.CLEARED')) {
      delete impairments[named];
    }
    const part = event === 'OUTPUT.FAILED' || event === 'INPUT.IMPAIRED' ? named : impairing[event];
    if (part === undefined) return;
    const kind = textAt(data, 'fault', 'kind') ?? textAt(data, 'strain') ?? null;
    impairments[part] = { sinceMs: impairments[part]?.sinceMs ?? tMs, part, kind };
  }

  #noteDoor({ event, to, data, tMs: atMs }: TraceRecordOf<'event'>): void {
    const what = to === 'device' ? doorEvents[event] : undefined;
    if (what !== undefined) this.#state.door = { atMs, what, why: textAt(data, 'why') ?? null };
  }

  #noteAnswer({ event, data, tMs: atMs }: TraceRecordOf<'event'>): void {
    if (event !== 'ACCESS.GRANTED' && event !== 'ACCESS.REFUSED') return;
    const answer = event === 'ACCESS.GRANTED' ? 'granted' : 'refused';
    const trackId = numberAt(data, 'trackId') ?? null;
    const grantId = textAt(data, 'grant', 'grantId') ?? null;
    // A face by its track; a voice has none.
    const evidence = trackId === null ? null : (this.#state.attempts[trackId] ?? null);
    const voice = trackId === null ? this.#state.voiceAttempt : null;
    const code = textAt(data, 'code') ?? null;
    const told = answerIn(event, data);
    this.#state.answer = { atMs, answer, trackId, grantId, code, evidence, voice, told };
  }
}

function emptyState(): StoryState {
  return {
    atMs: 0,
    seq: 0,
    outputs: {},
    actors: {},
    running: {},
    timers: {},
    taken: {},
    evidence: {},
    attempts: {},
    voiceAttempt: null,
    voice: null,
    answer: null,
    door: null,
    blocked: {},
    impairments: {},
    breaches: [],
    conditions: {},
  };
}

/** So that a story of weeks does not grow with every visitor. */
function forgetOld(entries: Record<string, EvidenceStory>, nowMs: number): void {
  for (const [key, { atMs }] of Object.entries(entries)) if (nowMs - atMs > recentMs) delete entries[key];
}

function evidenceIn(value: TraceValue | undefined, atMs: number): EvidenceStory | undefined {
  const trackId = numberAt(value, 'trackId');
  const decision = textAt(value, 'decision');
  if (trackId === undefined || decision === undefined) return undefined;
  return {
    atMs,
    trackId,
    decision,
    subjectId: textAt(value, 'subjectId') ?? null,
    distance: numberAt(value, 'distance') ?? null,
    secondSubjectId: textAt(value, 'secondSubjectId') ?? null,
    secondDistance: numberAt(value, 'secondDistance') ?? null,
    frames: numberAt(value, 'frames') ?? null,
    eyeDistancePx: numberAt(value, 'eyeDistancePx') ?? null,
    ...standingIn(value),
  };
}

function voiceIn(value: TraceValue | undefined, atMs: number): VoiceStory | undefined {
  const decision = textAt(value, 'decision');
  if (decision === undefined) return undefined;
  return {
    atMs,
    decision,
    subjectId: textAt(value, 'subjectId') ?? null,
    score: numberAt(value, 'score') ?? null,
    secondSubjectId: textAt(value, 'secondSubjectId') ?? null,
    secondScore: numberAt(value, 'secondScore') ?? null,
    voicedMs: numberAt(value, 'voicedMs') ?? null,
    levelDbfs: numberAt(value, 'levelDbfs') ?? null,
    ...standingIn(value),
  };
}

/** What the models said of a voice: the nearest people, ranked. */
function heardIn({ data, tMs }: TraceRecordOf<'model'>): VoiceStory | undefined {
  const [first, second] = listAt(data, 'nearest');
  const heard = voiceIn(data, tMs);
  if (heard === undefined) return undefined;
  return {
    ...heard,
    subjectId: textAt(first, 'subjectId') ?? null,
    score: numberAt(first, 'score') ?? null,
    secondSubjectId: textAt(second, 'subjectId') ?? null,
    secondScore: numberAt(second, 'score') ?? null,
  };
}

function listAt(data: TraceData, field: string): readonly TraceValue[] {
  const value = fieldAt(data, field);
  return Array.isArray(value) ? value : [];
}

function standingIn(value: TraceValue | undefined): { readonly standing?: StandingStory } {
  const standing = fieldAt(value, 'standing');
  const minuteOfWeek = numberAt(standing, 'minuteOfWeek');
  if (minuteOfWeek === undefined) return {};
  const [withinHours, expired] = [fieldAt(standing, 'withinHours'), fieldAt(standing, 'expired')];
  return {
    standing: {
      disabled: fieldAt(standing, 'disabled') === true,
      withinHours: typeof withinHours === 'boolean' ? withinHours : null,
      expired: typeof expired === 'boolean' ? expired : null,
      clockTrusted: fieldAt(standing, 'clockTrusted') === true,
      minuteOfWeek,
    },
  };
}
