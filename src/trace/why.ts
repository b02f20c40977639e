import { z } from 'zod';
import type { TraceRecord, TraceRecordOf } from './record.ts';

/** An output line as the trace knows it. */
export interface OutputStory {
  readonly device: string;
  readonly on: boolean;
  readonly sinceMs: number;
  readonly grantId: string | null;
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
}

/** A guard whose last answer was no. */
export interface BlockedStory {
  readonly atMs: number;
  readonly actor: string;
  readonly guard: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Something that does not work, from when on. */
export interface ImpairmentStory {
  readonly sinceMs: number;
  readonly part: string;
  readonly kind: string | null;
}

/** Why the lamp is what it is at one moment, in data. */
export interface Explanation {
  readonly atMs: number;
  readonly outputs: readonly OutputStory[];
  readonly answer: AnswerStory | null;
  readonly evidence: readonly EvidenceStory[];
  readonly blocked: readonly BlockedStory[];
  readonly states: readonly { readonly actor: string; readonly states: readonly string[] }[];
  readonly impairments: readonly ImpairmentStory[];
  readonly breaches: readonly { readonly atMs: number; readonly rule: string; readonly subject: string }[];
}

/** People seen longer ago than this say nothing about now. */
const recentMs = 60_000;
const mostBlocked = 8;

const evidenceSchema = z.object({
  trackId: z.number(),
  decision: z.string(),
  subjectId: z.string().nullable().default(null),
  distance: z.number().nullable().default(null),
  secondSubjectId: z.string().nullable().default(null),
  secondDistance: z.number().nullable().default(null),
  frames: z.number().nullable().default(null),
  eyeDistancePx: z.number().nullable().default(null),
});
const lookSchema = z.object({ people: z.array(z.unknown()) });
const attemptSchema = z.object({ evidence: evidenceSchema });
const grantedSchema = z.object({ trackId: z.number(), grant: z.object({ grantId: z.string() }) });
const refusedSchema = z.object({ trackId: z.number(), code: z.string() });
const faultSchema = z.object({ fault: z.object({ kind: z.string() }) });

/** Which event ends what another began to say about a part. */
const impairing: Readonly<Record<string, string>> = {
  'VISION.IMPAIRED': 'vision',
  'VISION.FAILED': 'models',
  'OUTPUT.FAILED': 'output',
  'WATCHDOG.FAILED': 'watchdog',
  'SOURCE.DIED': 'loop',
};
const curing: Readonly<Record<string, readonly string[]>> = {
  'VISION.CLEARED': ['vision', 'models', 'loop'],
  'OUTPUT.RECOVERED': ['output'],
  'WATCHDOG.FED': ['watchdog'],
};

/** Reads the answer from the records up to `atMs` (all of them when not given). */
export function explain(records: readonly TraceRecord[], atMs = records.at(-1)?.tMs ?? 0): Explanation {
  const outputs = new Map<string, OutputStory>();
  const evidence = new Map<number, EvidenceStory>();
  const attempts = new Map<number, EvidenceStory>();
  const blocked = new Map<string, BlockedStory>();
  const states = new Map<string, readonly string[]>();
  const impairments = new Map<string, ImpairmentStory>();
  const breaches: { atMs: number; rule: string; subject: string }[] = [];
  let answer: AnswerStory | null = null;
  for (const record of records) {
    if (record.tMs > atMs) break;
    switch (record.kind) {
      case 'hal.out':
        noteOutput(record, outputs);
        break;
      case 'guard':
        blocked.delete(`${record.actor} ${record.guard}`);
        if (!record.result) {
          const { actor, guard, values } = record;
          blocked.set(`${actor} ${guard}`, { atMs: record.tMs, actor, guard, values });
        }
        break;
      case 'snapshot':
        states.set(record.actor, record.states);
        break;
      case 'actor':
        if (record.op === 'started') break;
        states.delete(record.actor);
        for (const [key, { actor }] of blocked) if (actor === record.actor) blocked.delete(key);
        break;
      case 'invariant':
        breaches.push({ atMs: record.tMs, rule: record.rule, subject: record.subject });
        break;
      case 'event':
        noteEvidence(record, evidence, attempts);
        noteImpairment(record, impairments);
        answer = answerIn(record, attempts) ?? answer;
        break;
    }
  }
  return {
    atMs,
    outputs: [...outputs.values()],
    answer,
    evidence: [...evidence.values()].filter((seen) => atMs - seen.atMs <= recentMs),
    blocked: [...blocked.values()].slice(-mostBlocked),
    states: [...states].map(([actor, active]) => ({ actor, states: active })),
    impairments: [...impairments.values()],
    breaches,
  };
}

function noteOutput(record: TraceRecordOf<'hal.out'>, outputs: Map<string, OutputStory>): void {
  if (record.op !== 'set' && record.op !== 'grant' && record.op !== 'release') return;
  const on = record.op === 'release' ? false : (record.on ?? record.op === 'grant');
  const before = outputs.get(record.device);
  const grantId = record.grantId ?? null;
  if (before?.on === on && (grantId === null || before.grantId === grantId)) return;
  const sinceMs = before?.on === on ? before.sinceMs : record.tMs;
  outputs.set(record.device, { device: record.device, on, sinceMs, grantId });
}

function noteEvidence(
  record: TraceRecordOf<'event'>,
  evidence: Map<number, EvidenceStory>,
  attempts: Map<number, EvidenceStory>,
): void {
  if (record.event === 'LOOK.COMPLETED') {
    for (const person of lookSchema.safeParse(record.data).data?.people ?? []) {
      const seen = evidenceSchema.safeParse(person);
      if (seen.success) evidence.set(seen.data.trackId, { atMs: record.tMs, ...seen.data });
    }
  }
  if (record.event === 'ATTEMPT.MADE') {
    const attempt = attemptSchema.safeParse(record.data).data?.evidence;
    if (attempt !== undefined) attempts.set(attempt.trackId, { atMs: record.tMs, ...attempt });
  }
}

function noteImpairment(record: TraceRecordOf<'event'>, impairments: Map<string, ImpairmentStory>): void {
  for (const part of curing[record.event] ?? []) impairments.delete(part);
  const part = impairing[record.event];
  if (part === undefined) return;
  const kind = faultSchema.safeParse(record.data).data?.fault.kind ?? null;
  impairments.set(part, { sinceMs: impairments.get(part)?.sinceMs ?? record.tMs, part, kind });
}

function answerIn(
  record: TraceRecordOf<'event'>,
  attempts: ReadonlyMap<number, EvidenceStory>,
): AnswerStory | undefined {
  const atMs = record.tMs;
  if (record.event === 'ACCESS.GRANTED') {
    const granted = grantedSchema.safeParse(record.data).data;
    const trackId = granted?.trackId ?? null;
    const grantId = granted?.grant.grantId ?? null;
    return { atMs, answer: 'granted', trackId, grantId, code: null, evidence: of(attempts, trackId) };
  }
  if (record.event === 'ACCESS.REFUSED') {
    const refused = refusedSchema.safeParse(record.data).data;
    const trackId = refused?.trackId ?? null;
    const code = refused?.code ?? null;
    return { atMs, answer: 'refused', trackId, grantId: null, code, evidence: of(attempts, trackId) };
  }
  return undefined;
}

function of(attempts: ReadonlyMap<number, EvidenceStory>, trackId: number | null): EvidenceStory | null {
  return trackId === null ? null : (attempts.get(trackId) ?? null);
}

/** The explanation in sentences. `timeOf` writes a moment of the trace for people. */
export function tellWhy(explanation: Explanation, timeOf: (tMs: number) => string): string[] {
  const { atMs, outputs, answer, evidence, blocked, states, impairments, breaches } = explanation;
  const ago = (tMs: number): string => `${timeOf(tMs)}, ${durationText(atMs - tMs)} before`;
  const lines = [`At ${timeOf(atMs)}:`];
  for (const { device, on, sinceMs, grantId } of outputs) {
    const by = on && grantId !== null ? `, held by ${grantId}` : '';
    lines.push(`  ${device} is ${on ? 'ON' : 'off'} since ${ago(sinceMs)}${by}.`);
  }
  if (outputs.length === 0) lines.push('  No output was commanded yet.');
  if (answer === null) lines.push('  Access was not asked.');
  else {
    const what = answer.answer === 'granted' ? `granted (${answer.grantId})` : `refused: ${answer.code}`;
    lines.push(`  Last answer (${ago(answer.atMs)}): ${what}, to track ${answer.trackId}.`);
    if (answer.evidence !== null) lines.push(`    It rested on: ${evidenceText(answer.evidence)}.`);
  }
  for (const seen of evidence) lines.push(`  Last look (${ago(seen.atMs)}): ${evidenceText(seen)}.`);
  if (evidence.length === 0) lines.push('  Nobody was in view lately.');
  for (const { part, kind, sinceMs } of impairments) {
    lines.push(`  Impaired: ${part}${kind === null ? '' : ` (${kind})`} since ${ago(sinceMs)}.`);
  }
  for (const { rule, subject, atMs: brokenAtMs } of breaches) {
    lines.push(`  Rule broken: ${rule} by ${subject} (${ago(brokenAtMs)}).`);
  }
  if (states.length > 0) lines.push('  States:');
  for (const { actor, states: active } of states) lines.push(`    ${actor}: ${active.join(', ')}`);
  if (blocked.length > 0) lines.push('  Guards that said no, the latest last:');
  for (const { actor, guard, values, atMs: askedAtMs } of blocked) {
    const numbers = Object.entries(values).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const looked = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
    lines.push(`    ${actor}: "${guard}"${looked}, ${timeOf(askedAtMs)}`);
  }
  return lines;
}

function evidenceText(seen: EvidenceStory): string {
  const parts = [`track ${seen.trackId} ${seen.decision}`];
  if (seen.distance !== null)
    parts.push(`nearest ${seen.subjectId ?? 'person'} at distance ${seen.distance}`);
  if (seen.secondDistance !== null) {
    parts.push(`second ${seen.secondSubjectId ?? 'person'} at ${seen.secondDistance}`);
  }
  if (seen.frames !== null) parts.push(`${seen.frames} frames`);
  if (seen.eyeDistancePx !== null) parts.push(`eyes ${seen.eyeDistancePx} px apart`);
  return parts.join(', ');
}

function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
