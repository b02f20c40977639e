import { tellAnswer } from '../decide/tell-answer.ts';
import type { TraceRecord } from './record.ts';
import {
  type AnswerStory,
  type BlockedStory,
  type BreachStory,
  closedSenses,
  type DoorStory,
  type EvidenceStory,
  type ImpairmentStory,
  type OutputStory,
  recentMs,
  type StandingStory,
  Story,
  type VoiceStory,
} from './story.ts';

/** Why the lamp is what it is at one moment, in data. */
export interface Explanation {
  readonly atMs: number;
  readonly outputs: readonly OutputStory[];
  readonly answer: AnswerStory | null;
  readonly door: DoorStory | null;
  readonly evidence: readonly EvidenceStory[];
  /** The last answer about a voice. */
  readonly voice: VoiceStory | null;
  readonly blocked: readonly BlockedStory[];
  readonly states: readonly { readonly actor: string; readonly states: readonly string[] }[];
  readonly impairments: readonly ImpairmentStory[];
  readonly breaches: readonly BreachStory[];
  /** Senses that are closed on purpose. */
  readonly closed: readonly ('vision' | 'hearing')[];
}

const mostBlocked = 8;

const closedTexts = {
  vision: 'The camera is closed on purpose: nobody is looked at. vigil resume opens it.',
  hearing: 'The microphone is closed on purpose: nobody is heard. vigil resume opens it.',
} as const;

/** Reads the answer from the records up to `atMs` (all of them when not given). */
export function explain(records: readonly TraceRecord[], atMs = records.at(-1)?.tMs ?? 0): Explanation {
  const story = new Story();
  for (const record of records) {
    if (record.tMs > atMs) break;
    story.see(record);
  }
  const { outputs, answer, door, evidence, voice, blocked, actors, impairments, breaches } = story.state;
  return {
    atMs,
    outputs: Object.values(outputs),
    answer,
    door,
    evidence: Object.values(evidence).filter((seen) => atMs - seen.atMs <= recentMs),
    voice: voice !== null && atMs - voice.atMs <= recentMs ? voice : null,
    blocked: Object.values(blocked).slice(-mostBlocked),
    states: Object.values(actors).map(({ actor, states }) => ({ actor, states })),
    impairments: Object.values(impairments),
    breaches,
    closed: closedSenses(story.state),
  };
}

/** The explanation in sentences. `timeOf` writes a moment of the trace for people. */
export function tellWhy(explanation: Explanation, timeOf: (tMs: number) => string): string[] {
  const { atMs, outputs, answer, door, evidence, voice, blocked, states, impairments, breaches, closed } =
    explanation;
  const ago = (tMs: number): string => `${timeOf(tMs)}, ${durationText(atMs - tMs)} before`;
  const lines = [`At ${timeOf(atMs)}:`];
  for (const { device, on, sinceMs, grantId } of outputs) {
    const by = on && grantId !== null ? `, held by ${grantId}` : '';
    lines.push(`  ${device} is ${on ? 'ON' : 'off'} since ${ago(sinceMs)}${by}.`);
  }
  if (outputs.length === 0) lines.push('  No output was commanded yet.');
  if (answer === null) lines.push('  Access was not asked.');
  else {
    const whom = answer.trackId === null ? 'a voice' : `track ${answer.trackId}`;
    lines.push(`  Last answer (${ago(answer.atMs)}), to ${whom}: ${answerText(answer)}.`);
    if (answer.voice !== null) lines.push(`    It rested on: ${voiceText(answer.voice)}.`);
    if (answer.evidence !== null) lines.push(`    It rested on: ${evidenceText(answer.evidence)}.`);
  }
  if (door !== null) {
    const why = door.why === null ? '' : ` (${door.why})`;
    lines.push(`  Door (${ago(door.atMs)}): ${door.what}${why}.`);
  }
  for (const seen of evidence) lines.push(`  Last look (${ago(seen.atMs)}): ${evidenceText(seen)}.`);
  if (evidence.length === 0) lines.push('  Nobody was in view lately.');
  if (voice !== null) lines.push(`  Last voice (${ago(voice.atMs)}): ${voiceText(voice)}.`);
  for (const sense of closed) lines.push(`  ${closedTexts[sense]}`);
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

function answerText({ answer, told, code, grantId }: AnswerStory): string {
  const granted = grantId === null ? '' : ` (${grantId})`;
  if (told === null) return answer === 'granted' ? `granted${granted}` : `refused: ${code}`;
  return `${tellAnswer(told, (subjectId) => subjectId)}${granted}`;
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
  if (seen.standing !== undefined) parts.push(...standingTexts(seen.standing));
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
  if (heard.standing !== undefined) parts.push(...standingTexts(heard.standing));
  return parts.join(', ');
}

function standingTexts(standing: StandingStory): string[] {
  const { disabled, withinHours, expired, clockTrusted, minuteOfWeek } = standing;
  return [
    ...(disabled ? ['disabled'] : []),
    ...(withinHours === null ? [] : [`${withinHours ? 'within' : 'outside'} their hours`]),
    ...(expired === null ? [] : [`their last day is ${expired ? 'over' : 'not over'}`]),
    ...(withinHours === null && expired === null
      ? []
      : [
          `local time ${localTimeText(minuteOfWeek)} by a clock that is ${clockTrusted ? '' : 'not '}trusted`,
        ]),
  ];
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function localTimeText(minuteOfWeek: number): string {
  const [hour, minute] = [Math.floor((minuteOfWeek % 1_440) / 60), minuteOfWeek % 60];
  const time = [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
  return `${weekdays[Math.floor(minuteOfWeek / 1_440)]} ${time}`;
}

function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
