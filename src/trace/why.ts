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
  /** The last answer about a voice. */
  readonly voice: VoiceStory | null;
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
const voiceSchema = z.object({
  decision: z.string(),
  subjectId: z.string().nullable().default(null),
  score: z.number().nullable().default(null),
  secondSubjectId: z.string().nullable().default(null),
  secondScore: z.number().nullable().default(null),
  voicedMs: z.number().nullable().default(null),
  levelDbfs: z.number().nullable().default(null),
});
const heardSchema = z.object({
  decision: z.string(),
  voicedMs: z.number().nullable().default(null),
  levelDbfs: z.number().nullable().default(null),
  nearest: z.array(z.object({ subjectId: z.string(), score: z.number() })).default([]),
});
const voiceAttemptSchema = z.object({ by: z.literal('voice'), evidence: voiceSchema });
const lookSchema = z.object({ people: z.array(z.unknown()) });
const attemptSchema = z.object({ evidence: evidenceSchema });
const grantedSchema = z.object({ trackId: z.number().nullable(), grant: z.object({ grantId: z.string() }) });
const refusedSchema = z.object({ trackId: z.number().nullable(), code: z.string() });
const faultSchema = z.object({ fault: z.object({ kind: z.string() }) });

/** Which event ends what another began to say about a part. */
const impairing: Readonly<Record<string, string>> = {
  'VISION.IMPAIRED': 'vision',
  'VISION.FAILED': 'models',
  'HEARING.IMPAIRED': 'hearing',
  'OUTPUT.FAILED': 'output',
  'WATCHDOG.FAILED': 'watchdog',
  'SOURCE.DIED': 'loop',
};
const curing: Readonly<Record<string, readonly string[]>> = {
  'VISION.CLEARED': ['vision', 'models', 'loop'],
  'HEARING.CLEARED': ['hearing'],
  'OUTPUT.RECOVERED': ['output'],
  'WATCHDOG.FED': ['watchdog'],
};

/** Reads the answer from the records up to `atMs` (all of them when not given). */
export function explain(records: readonly TraceRecord[], atMs = records.at(-1)?.tMs ?? 0): Explanation {
  const outputs = new Map<string, OutputStory>();
  const evidence = new Map<number, EvidenceStory>();
  const attempts: Attempts = { faces: new Map(), voice: null };
  let voice: VoiceStory | null = null;
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
      case 'model':
        voice = voiceIn(record) ?? voice;
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
    voice: voice !== null && atMs - voice.atMs <= recentMs ? voice : null,
    blocked: [...blocked.values()].slice(-mostBlocked),
    states: [...states].map(([actor, active]) => ({ actor, states: active })),
    impairments: [...impairments.values()],
    breaches,
  };
}

/** What access was asked with last: by each face, and by a voice. */
interface Attempts {
  readonly faces: Map<number, EvidenceStory>;
  voice: VoiceStory | null;
}

function voiceIn(record: TraceRecordOf<'model'>): VoiceStory | undefined {
  const heard = record.model === 'voices' ? heardSchema.safeParse(record.data).data : undefined;
  if (heard === undefined) return undefined;
  const { decision, voicedMs, levelDbfs, nearest } = heard;
  const [first, second] = nearest;
  return {
    atMs: record.tMs,
    decision,
    voicedMs,
    levelDbfs,
    subjectId: first?.subjectId ?? null,
    score: first?.score ?? null,
    secondSubjectId: second?.subjectId ?? null,
    secondScore: second?.score ?? null,
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
  attempts: Attempts,
): void {
  if (record.event === 'LOOK.COMPLETED') {
    for (const person of lookSchema.safeParse(record.data).data?.people ?? []) {
      const seen = evidenceSchema.safeParse(person);
      if (seen.success) evidence.set(seen.data.trackId, { atMs: record.tMs, ...seen.data });
    }
  }
  if (record.event === 'ATTEMPT.MADE') {
    const face = attemptSchema.safeParse(record.data).data?.evidence;
    if (face !== undefined) attempts.faces.set(face.trackId, { atMs: record.tMs, ...face });
    const voice = voiceAttemptSchema.safeParse(record.data).data?.evidence;
    if (voice !== undefined) attempts.voice = { atMs: record.tMs, ...voice };
  }
}

function noteImpairment(record: TraceRecordOf<'event'>, impairments: Map<string, ImpairmentStory>): void {
  for (const part of curing[record.event] ?? []) impairments.delete(part);
  const part = impairing[record.event];
  if (part === undefined) return;
  const kind = faultSchema.safeParse(record.data).data?.fault.kind ?? null;
  impairments.set(part, { sinceMs: impairments.get(part)?.sinceMs ?? record.tMs, part, kind });
}

function answerIn(record: TraceRecordOf<'event'>, attempts: Attempts): AnswerStory | undefined {
  const atMs = record.tMs;
  if (record.event === 'ACCESS.GRANTED') {
    const granted = grantedSchema.safeParse(record.data).data;
    const grantId = granted?.grant.grantId ?? null;
    return { atMs, answer: 'granted', grantId, code: null, ...askerOf(granted?.trackId ?? null, attempts) };
  }
  if (record.event === 'ACCESS.REFUSED') {
    const refused = refusedSchema.safeParse(record.data).data;
    const code = refused?.code ?? null;
    return { atMs, answer: 'refused', grantId: null, code, ...askerOf(refused?.trackId ?? null, attempts) };
  }
  return undefined;
}

/** A face by its track; a voice has none. */
function askerOf(
  trackId: number | null,
  attempts: Attempts,
): Pick<AnswerStory, 'trackId' | 'evidence' | 'voice'> {
  return trackId === null
    ? { trackId, evidence: null, voice: attempts.voice }
    : { trackId, evidence: attempts.faces.get(trackId) ?? null, voice: null };
}

/** The explanation in sentences. `timeOf` writes a moment of the trace for people. */
export function tellWhy(explanation: Explanation, timeOf: (tMs: number) => string): string[] {
  const { atMs, outputs, answer, evidence, voice, blocked, states, impairments, breaches } = explanation;
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
    const whom = answer.trackId === null ? 'a voice' : `track ${answer.trackId}`;
    lines.push(`  Last answer (${ago(answer.atMs)}): ${what}, to ${whom}.`);
    if (answer.voice !== null) lines.push(`    It rested on: ${voiceText(answer.voice)}.`);
    if (answer.evidence !== null) lines.push(`    It rested on: ${evidenceText(answer.evidence)}.`);
  }
  for (const seen of evidence) lines.push(`  Last look (${ago(seen.atMs)}): ${evidenceText(seen)}.`);
  if (evidence.length === 0) lines.push('  Nobody was in view lately.');
  if (voice !== null) lines.push(`  Last voice (${ago(voice.atMs)}): ${voiceText(voice)}.`);
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

function voiceText(heard: VoiceStory): string {
  const parts = [`voice ${heard.decision}`];
  if (heard.score !== null) parts.push(`nearest ${heard.subjectId ?? 'person'} at score ${heard.score}`);
  if (heard.secondScore !== null) {
    parts.push(`second ${heard.secondSubjectId ?? 'person'} at ${heard.secondScore}`);
  }
  if (heard.voicedMs !== null) parts.push(`${durationText(heard.voicedMs)} of speech`);
  if (heard.levelDbfs !== null) parts.push(`${Math.round(heard.levelDbfs)} dB of full scale`);
  return parts.join(', ');
}

function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
