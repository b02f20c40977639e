import { z } from 'zod';
import { runMicrotasks } from '../../../hal/sim/real-time.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import type { AccessPolicy } from '../../decide/policy.ts';
import { traceData } from '../../trace/data.ts';
import type { TraceEntry } from '../../trace/lines.ts';
import { TraceFileError } from '../../trace/read.ts';
import type { TraceRecordOf } from '../../trace/record.ts';
import { TraceRecorder } from '../../trace/recorder.ts';
import type { MatchLimits } from '../../vision/match.ts';
import { policyOf } from '../access-settings.ts';
import { buildMachines } from '../build-machines.ts';
import { IndicatorPanel } from '../indicator-panel.ts';
import { outputDevices } from '../output-lines.ts';
import { type AnswerChanges, AnswerLog } from './answers.ts';
import { BadInput, lookEventOf, outsideEventOf, voiceEvidenceOf } from './inputs.ts';
import { Recording } from './recording.ts';
import { type Judged, type Rejudged, rejudgeFace, rejudgeVoice } from './rejudge.ts';
import { bootOf } from './replay.ts';
import { SupposedHands } from './supposed-hands.ts';

/** What is asked to be otherwise. */
export interface Change {
  /** Of faces, squared L2. */
  readonly threshold?: number;
  readonly margin?: number;
  /** Of voices, cosines; the threshold is that of the longest speech, as in the configuration. */
  readonly voiceThreshold?: number;
  readonly voiceMargin?: number;
  readonly policy?: Partial<AccessPolicy>;
}

/** One decision about a face or a voice that comes out otherwise. */
export interface ChangedDecision {
  readonly tMs: number;
  /** The record that has it. */
  readonly seq: number;
  /** Null for a voice. */
  readonly trackId: number | null;
  readonly recorded: Judged;
  readonly now: Judged;
}

export interface DecisionChanges {
  /** Faces in looks, or answers about a voice, in the recording. */
  readonly total: number;
  readonly changed: number;
  readonly first: ChangedDecision | null;
}

export interface WhatIf {
  readonly faces: DecisionChanges;
  readonly voices: DecisionChanges;
  /** What access said to those who asked. */
  readonly answers: AnswerChanges;
}

type Event = TraceRecordOf<'event'>;

/**
 * Decides anew, from the distances in a recording, by other limits or another policy, and lets the machines go on
 * from there: looks, answers and failures come when they came, timers run on the recording's clock, and lines that
 * are told something do it. Tracks stay as they were: whether two looks are one person was decided by embeddings,
 * which no recording has.
 *
 * Throws TraceFileError for a recording that this program cannot replay.
 */
export async function whatIf(
  entries: Iterable<TraceEntry>,
  change: Change,
  signal: AbortSignal,
): Promise<WhatIf> {
  const recording = new Recording(entries);
  const boot = bootOf(recording.head);
  const clock = new VirtualClock({ startMs: recording.nowMs });
  const trace = new TraceRecorder(clock, 1);
  const hands = new SupposedHands(
    trace,
    { watchdog: false, outputs: outputDevices(boot.config) },
    () => undefined,
  );
  const recorded = new AnswerLog();
  const now = new AnswerLog();
  trace.observe((record) => {
    hands.see(record);
    now.observe(record);
  });
  const policy = { ...policyOf(boot.config, boot.evidence), ...change.policy };
  const panel = new IndicatorPanel(null, clock, trace);
  const actor = buildMachines(hands, panel, { ...boot, policy }, clock, trace);
  const judge = new Judge(change, boot.config.vision.votes);
  let started = false;

  recording.advance();
  for (let head = recording.head; head !== undefined; head = recording.head) {
    const { record } = head;
    recorded.observe(record);
    signal.throwIfAborted();
    if (record.tMs > clock.nowMs()) await clock.runUntil(record.tMs);
    if (!started && record.kind !== 'actor' && record.kind !== 'note') {
      started = true;
      actor.start();
      runMicrotasks();
    }
    try {
      judge.note(record);
      if (record.kind === 'event') {
        if (record.from !== null) hands.deliver(judge.judged(record));
        else actor.send(outsideEventOf(record));
        runMicrotasks();
      }
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      throw new TraceFileError(head.file, head.line, error.message);
    }
    recording.advance();
  }
  return { faces: judge.faces.changes(), voices: judge.voices.changes(), answers: recorded.changes(now) };
}

const limitsSchema = z.object({ threshold: z.number(), margin: z.number() });
const facesSchema = z.object({
  faces: z.array(
    z.object({
      trackId: z.int(),
      nearest: z.array(z.object({ subjectId: z.string(), distance: z.number() })),
    }),
  ),
});
const voicesSchema = z.object({
  nearest: z.array(z.object({ subjectId: z.string(), score: z.number() })),
  limits: limitsSchema.extend({ longestThreshold: z.number() }).nullable(),
});

/** Follows a recording's models and limits, and decides what came of them anew. */
class Judge {
  readonly faces = new ChangeCount();
  readonly voices = new ChangeCount();
  readonly #change: Change;
  readonly #votes: number;
  #faceLimits: MatchLimits | undefined;
  /** The actor that asks whose voice it is. */
  #naming: string | undefined;
  #seen: z.infer<typeof facesSchema>['faces'] = [];
  #heard: z.infer<typeof voicesSchema> | undefined;

  constructor(change: Change, votes: number) {
    this.#change = change;
    this.#votes = votes;
  }

  note(record: TraceEntry['record']): void {
    if (record.kind === 'note' && record.note === 'models-loaded') {
      this.#faceLimits = limitsSchema.safeParse(record.data).data;
    } else if (record.kind === 'actor' && record.logic === 'name the voice' && record.op === 'started') {
      this.#naming = record.actor;
    } else if (record.kind === 'model' && record.model === 'faces') {
      this.#seen = facesSchema.safeParse(record.data).data?.faces ?? [];
    } else if (record.kind === 'model' && record.model === 'voices') {
      this.#heard = voicesSchema.safeParse(record.data).data;
    }
  }

  /** The event with its decisions as they would have been. Throws BadInput. */
  judged(event: Event): Event {
    if (event.event === 'LOOK.COMPLETED') return this.#judgedLook(event);
    if (event.event.startsWith('xstate.done.actor.') && event.from === this.#naming) {
      return this.#judgedVoice(event);
    }
    return event;
  }

  #judgedLook(event: Event): Event {
    const look = lookEventOf(event);
    const limits = this.#faceLimits;
    if (look.type !== 'LOOK.COMPLETED' || limits === undefined) return event;
    const { threshold = limits.threshold, margin = limits.margin } = this.#change;
    const people = look.people.map((evidence) => {
      const { trackId } = evidence;
      const nearest = this.#seen.find((face) => face.trackId === trackId)?.nearest ?? [];
      const both = { recorded: limits, now: { threshold, margin } };
      const rejudged = rejudgeFace(evidence, nearest, this.#votes, both);
      this.faces.count(event, trackId, rejudged);
      if (rejudged === null) return evidence;
      const { decision, subjectId } = rejudged.now;
      return { ...evidence, decision, subjectId };
    });
    return { ...event, data: traceData({ ...event.data, people }) };
  }

  #judgedVoice(event: Event): Event {
    const evidence = voiceEvidenceOf(event.data.output);
    const heard = this.#heard;
    if (heard === undefined || heard.limits === null) return event;
    const { voiceThreshold, voiceMargin } = this.#change;
    const { threshold, longestThreshold, margin } = heard.limits;
    const shift = voiceThreshold === undefined ? 0 : voiceThreshold - longestThreshold;
    const now = { threshold: threshold + shift, margin: voiceMargin ?? margin };
    const rejudged = rejudgeVoice(evidence, heard.nearest, { recorded: heard.limits, now });
    this.voices.count(event, null, rejudged);
    if (rejudged === null) return event;
    const { decision, subjectId } = rejudged.now;
    return { ...event, data: traceData({ ...event.data, output: { ...evidence, decision, subjectId } }) };
  }
}

class ChangeCount {
  #total = 0;
  #changed = 0;
  #first: ChangedDecision | null = null;

  count({ tMs, seq }: Event, trackId: number | null, rejudged: Rejudged | null): void {
    this.#total++;
    if (rejudged === null) return;
    const { recorded, now } = rejudged;
    if (recorded.decision === now.decision && recorded.subjectId === now.subjectId) return;
    this.#changed++;
    this.#first ??= { tMs, seq, trackId, recorded, now };
  }

  changes(): DecisionChanges {
    return { total: this.#total, changed: this.#changed, first: this.#first };
  }
}
