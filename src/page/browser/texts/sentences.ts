import type { TraceData } from '../../../trace/data.ts';
import { fieldAt, numberAt, textAt } from '../../../trace/fields.ts';
import type { TraceRecord } from '../../../trace/record.ts';
import type {
  AnswerStory,
  EvidenceStory,
  OutputStory,
  TakenStory,
  VoiceStory,
} from '../../../trace/story.ts';
import type { KioskNow, PageFacts } from '../../protocol.ts';
import type { Answer } from '../../requests.ts';
import type { GuardAnswer, VisitTimes } from '../activity.ts';
import type { ViewMode } from '../viewpoint.ts';
import { words } from './language.ts';

/** What is said of the device, put together from the words of the page's language. */

type NameOf = (subjectId: string) => string;

/** The words for what the device calls by this key; the key itself where there are none. */
function said(of: Readonly<Record<string, string>>, key: string): string {
  return of[key] ?? key;
}

export function factsText({ device, simulated }: PageFacts): string {
  if (device === 'demo') return words.facts.demo;
  return simulated.length === 0 ? '' : words.facts.simulated(simulated.join(', '));
}

export function healthText(health: string): string {
  return said(words.health, health);
}

/** Where hearing is; null where the device only sees. */
export function hearingText(state: string | null): string {
  if (state === null) return words.deaf;
  const known = Object.entries(words.hearing).find(
    ([path]) => state === path || state.startsWith(`${path}.`),
  );
  return known?.[1] ?? state;
}

export function partText(part: string): string {
  return said(words.parts, part);
}

export function troubleText(part: string, kind: string | null): string {
  return kind === null
    ? words.trouble.impaired(partText(part))
    : `${partText(part)}: ${said(words.kinds, kind)}`;
}

export function refusalText(code: string): string {
  return said(words.refusal, code);
}

export function personTitle(trackId: number, phase: string): string {
  return words.person(trackId, said(words.phases, phase));
}

/** What a look says of a face. */
export function decisionText(decision: string): string {
  return said(words.face, decision);
}

export function faceText(face: EvidenceStory, nameOf: NameOf): string {
  const decision = said(words.face, face.decision);
  if (face.subjectId === null || face.distance === null) return sentence(decision);
  const nearest = words.match.atDistance(nameOf(face.subjectId), face.distance.toFixed(3));
  return sentence(face.decision === 'known' ? nearest : words.match.nearest(decision, nearest));
}

/** The numbers behind a look, in words. */
export function faceNumbers(face: EvidenceStory, nameOf: NameOf): string {
  const { match } = words;
  const parts: string[] = [];
  if (face.secondSubjectId !== null && face.secondDistance !== null) {
    parts.push(match.second(nameOf(face.secondSubjectId), face.secondDistance.toFixed(3)));
  }
  if (face.frames !== null && face.frames > 0) parts.push(match.pictures(face.frames));
  if (face.eyeDistancePx !== null) parts.push(match.eyes(Math.round(face.eyeDistancePx)));
  return sentence(parts.join(', '));
}

function voiceText(voice: VoiceStory, nameOf: NameOf): string {
  const decision = said(words.voice, voice.decision);
  if (voice.subjectId === null || voice.score === null) return sentence(decision);
  const nearest = words.match.atScore(nameOf(voice.subjectId), voice.score.toFixed(3));
  return sentence(voice.decision === 'known' ? nearest : words.match.nearest(decision, nearest));
}

function voiceNumbers(voice: VoiceStory, nameOf: NameOf): string {
  const { match } = words;
  const parts: string[] = [];
  if (voice.secondSubjectId !== null && voice.secondScore !== null) {
    parts.push(match.second(nameOf(voice.secondSubjectId), voice.secondScore.toFixed(3)));
  }
  if (voice.voicedMs !== null) parts.push(match.speech((voice.voicedMs / 1_000).toFixed(1)));
  if (voice.levelDbfs !== null) parts.push(match.level(Math.round(voice.levelDbfs)));
  return sentence(parts.join(', '));
}

/** What the models said of a voice: `Bea at score 0.961, second is Ana at 0.412.` */
export function voiceAnswerText(data: TraceData, nameOf: NameOf): string {
  const decision = said(words.voice, textAt(data, 'decision') ?? '');
  const [first, second] = [0, 1].map((index) => {
    const nearest = fieldAt(data, 'nearest');
    const one = Array.isArray(nearest) ? nearest[index] : undefined;
    const [subjectId, score] = [textAt(one, 'subjectId'), numberAt(one, 'score')];
    return subjectId === undefined || score === undefined
      ? undefined
      : { name: nameOf(subjectId), score: score.toFixed(3) };
  });
  const parts = [
    decision,
    ...(first === undefined ? [] : [words.match.atScore(first.name, first.score)]),
    ...(second === undefined ? [] : [words.match.second(second.name, second.score)]),
  ];
  return sentence(parts.join(', '));
}

/** What access answered, and why. */
export function answerTexts(
  { answer, code, evidence, voice, told }: AnswerStory,
  nameOf: NameOf,
): { title: string; because: string } {
  const numbers =
    evidence !== null
      ? `${faceText(evidence, nameOf)} ${faceNumbers(evidence, nameOf)}`
      : voice !== null
        ? `${voiceText(voice, nameOf)} ${voiceNumbers(voice, nameOf)}`
        : '';
  const byVoice = evidence === null;
  const whole =
    told === null || words.answer.because === null ? null : sentence(words.answer.because(told, nameOf));
  if (answer === 'granted') {
    const subjectId = (evidence ?? voice)?.subjectId ?? null;
    const who = subjectId === null ? words.answer.somebody : nameOf(subjectId);
    const title = byVoice ? words.answer.grantedByVoice(who) : words.answer.grantedByFace(who);
    return { title, because: whole ?? numbers };
  }
  const title = byVoice ? words.answer.refusedByVoice : words.answer.refusedByFace;
  return { title, because: whole ?? `${sentence(refusalText(code ?? ''))} ${numbers}`.trim() };
}

/** What the kiosk says to whoever stands before it. */
export function kioskTexts(now: KioskNow, name: string | null): { headline: string; advice: string } {
  const { kiosk } = words;
  switch (now.kind) {
    case 'list':
      return { headline: '', advice: '' };
    case 'looking': {
      const hints: Readonly<Record<string, string>> = kiosk.hints;
      return { headline: hints[now.decision ?? ''] ?? kiosk.looking, advice: '' };
    }
    case 'welcome':
      return { headline: name === null ? kiosk.welcomeNameless : kiosk.welcome(name), advice: '' };
    case 'unknown':
      return { headline: kiosk.unknown, advice: kiosk.unknownAdvice };
    case 'refused':
      return { headline: kiosk.refused, advice: sentence(refusalText(now.code)) };
  }
}

/** An entry of the journal in a line, and whether it is good or bad news. */
export function entryTexts(
  { kind, facts, personal }: Answer<'history'>['entries'][number],
  nameOf: NameOf,
): { text: string; tone: '' | 'good' | 'warn' } {
  const { history } = words;
  const fact = (name: string) => String(facts?.[name] ?? '');
  const subjectId = personal?.subjectId;
  const name = typeof subjectId === 'string' ? nameOf(subjectId) : null;
  switch (kind) {
    case 'boot':
      return { text: history.booted(fact('version')), tone: '' };
    case 'stop':
      return { text: history.stopped, tone: '' };
    case 'decision': {
      if (fact('answer') !== 'granted') {
        return { text: words.happened.refused(refusalText(fact('code'))), tone: 'warn' };
      }
      const who = name ?? words.answer.somebody;
      const { grantedByFace, grantedByVoice } = words.answer;
      return { text: fact('by') === 'voice' ? grantedByVoice(who) : grantedByFace(who), tone: 'good' };
    }
    case 'visit': {
      const lasting = durationText(Number(facts?.durationMs ?? 0));
      const phase = said(words.phases, fact('phase'));
      const text = name === null ? history.visited(lasting, phase) : history.visitedBy(name, lasting, phase);
      return { text, tone: '' };
    }
    case 'output': {
      const output = said(words.lampNames, fact('device'));
      return { text: history.switched(output, levelText(facts?.on === true)), tone: '' };
    }
    case 'fault': {
      const over = facts?.over === true;
      const part = fact('part');
      return over
        ? { text: words.trouble.cleared(partText(part)), tone: '' }
        : { text: troubleText(part, facts?.kind === null ? null : fact('kind')), tone: 'warn' };
    }
    case 'mode':
      return { text: Array.isArray(facts?.states) ? facts.states.map(String).join(', ') : '', tone: '' };
    case 'audit':
      return { text: history.did(fact('by'), fact('action'), fact('through')), tone: '' };
    case 'erasure':
    case 'expiry':
      return { text: history.entries(Number(facts?.entries ?? 0)), tone: '' };
    default:
      return { text: fact('what') || fact('why'), tone: '' };
  }
}

/** Everything that an entry holds, by the names that it has in the journal. */
export function factTexts(
  { seq, facts, personal }: Answer<'history'>['entries'][number],
  nameOf: NameOf,
): { name: string; value: string }[] {
  return leavesOf({ seq, ...facts, ...personal }).map(({ name, value }) => ({
    name,
    value: /(^|\.)subjectId$/.test(name) ? nameOf(value) : value,
  }));
}

/** What is within another stands by its whole path: `account.voice.nearest`. */
function leavesOf(fields: object, path = ''): { name: string; value: string }[] {
  return Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
    if (value === null || value === undefined) return [];
    const whole = path === '' ? name : `${path}.${name}`;
    return typeof value === 'object' ? leavesOf(value, whole) : [{ name: whole, value: String(value) }];
  });
}

/** `1.4 GB`, `212 MB`. */
export function bytesText(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : ['MB', 1e6];
  return `${(bytes / size).toFixed(bytes >= 1e9 && bytes < 1e11 ? 1 : 0)} ${unit}`;
}

/** A state's path for people: `running › idle`. */
export function stateText(path: string): string {
  return path.replaceAll('.', ' › ');
}

/** States that are active at once. */
export function statesText(paths: readonly string[]): string {
  return paths.map(stateText).join(` ${words.and} `);
}

/** `2.4 s`, `3 min`: how long something lasts. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** `for 2.4 s`, `for 3 min`. */
export function sinceText(ms: number): string {
  return words.time.lasting(durationText(ms));
}

export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 2) return words.time.justNow;
  return words.time.ago(seconds < 10 ? `${seconds} s` : durationText(ms));
}

/**
 * `10:41:07.250`: a time on the device's clock as a time of day. Where nobody knows what that was, the seconds of the
 * clock itself, `31.250 s`.
 */
export function clockText(tMs: number, clockOffsetMs: number | null): string {
  if (clockOffsetMs === null) return `${(tMs / 1_000).toFixed(3)} s`;
  const at = new Date(tMs + clockOffsetMs);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** How often a state was entered since `from`, and how long that lasted. */
export function visitsText({ count, overCount, totalMs, longestMs }: VisitTimes, from: string): string {
  const { notEntered, entered, lasted } = words.chosen;
  if (count === 0) return notEntered(from);
  const often = entered(words.time.times(count), from);
  if (overCount === 0) return often;
  return `${often} ${lasted(durationText(totalMs / overCount), durationText(longestMs))}`;
}

/** How often a transition was taken since `from`. */
export function timesTakenText(count: number, from: string): string {
  const { notTaken, taken } = words.chosen;
  return count === 0 ? notTaken(from) : taken(words.time.times(count), from);
}

/** `idle → detecting, by LOOK.COMPLETED, as somebody is in view`. */
export function takenText({ event, transitions }: TakenStory): string {
  const { stays, by, asGuard } = words.chart;
  const [first] = transitions;
  const ways = transitions.map(({ from, to }) =>
    to.length === 0 ? stays(stateText(from)) : `${stateText(from)} → ${to.map(stateText).join(', ')}`,
  );
  const guard = first?.guard === undefined ? '' : `, ${asGuard(first.guard)}`;
  return `${ways.join('; ')}, ${by(delayTexts(event).title)}${guard}`;
}

/** A guard's last answer. `fired` where it let the last transition through. */
export function guardTexts(
  { guard, result, event }: GuardAnswer,
  fired: boolean,
): { title: string; asked: string } {
  const answer = fired && result ? words.chart.letThrough : result ? words.yes : words.no;
  return {
    title: `${result ? '✓' : '✗'} ${guard}`,
    asked: words.chart.asked(answer, delayTexts(event).title),
  };
}

/** What a guard looked at: `distance 0.081, threshold 0.125`. */
export function valuesText(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}

/** XState's event of a delay, `xstate.after.late after.watchdog.vision.alive`: the delay, and the state it is of. */
export function delayTexts(event: string): { title: string; state: string } {
  const after = /^xstate\.after\.([^.]+)\.[^.]+\.?(.*)$/.exec(event);
  if (after === null) {
    const ended = /^xstate\.(done|error)\.(?:actor|state)\.(?:\d+\.)?(.*)$/.exec(event);
    return { title: ended === null ? event : `${ended[2]} ${ended[1]}`, state: '' };
  }
  const [, delay = '', state = ''] = after;
  return { title: words.chart.after(/^\d+$/.test(delay) ? `${delay} ms` : delay), state: stateText(state) };
}

/** A lamp as it was told to be, and what came back. */
export function outputTexts({ device, on, answered }: OutputStory): {
  name: string;
  told: string;
  found: string;
} {
  const { output } = words;
  return {
    name: said(words.lampNames, device),
    told: output.told(levelText(on)),
    found:
      answered === null
        ? output.noAnswer
        : answered.on === null
          ? output.failed
          : output.answered(levelText(answered.on)),
  };
}

/** A source that must make progress, `vision.alive`, and how usable what it gives is. */
export function sourceText(path: string, condition: string | undefined): string {
  const [source = '', alive = ''] = path.split('.');
  const usable = condition === undefined || condition === 'good' ? '' : `, ${said(words.kinds, condition)}`;
  return `${partText(source)} ${said(words.alive, alive)}${usable}`;
}

/** Where in the records the page looks. */
export function positionText(
  mode: ViewMode,
  { nth, count, time, file }: { nth: number; count: number; time: string; file: string },
): string {
  const { live, paused, record } = words.player;
  if (mode === 'live') return live(count);
  const place = record(nth, count, time);
  return mode === 'paused' ? paused(place) : `${file}: ${place}`;
}

/** A record in a few words. */
export function recordText(record: TraceRecord): string {
  switch (record.kind) {
    case 'actor':
      return `${record.actor} ${record.op}`;
    case 'event':
      return record.from === null
        ? words.record.event(record.event, record.to)
        : words.record.eventFrom(record.event, record.to, record.from);
    case 'snapshot':
      return words.record.isIn(record.actor, statesText(record.states));
    case 'microstep':
      return `${record.actor}: ${takenText({ ...record, atMs: record.tMs })}`;
    case 'guard': {
      const answer = record.result ? words.yes : words.no;
      return `${record.actor}: ${record.guard}? ${answer} ${valuesText(record.values)}`.trim();
    }
    case 'timer':
      return `${record.actor}: ${delayTexts(record.delay).title} ${record.op}`;
    case 'hal.in':
      return `${record.device}: ${record.op}${record.error === undefined ? '' : ` (${record.error})`}`;
    case 'hal.out':
      return `${record.device}: ${record.op}${record.on === undefined ? '' : ` ${levelText(record.on)}`}`;
    case 'model':
      return `${record.model} ${record.op} ${valuesText(record.data)}`.trim();
    case 'invariant':
      return words.trouble.breach(record.rule, record.subject);
    case 'note':
      return `${record.note} ${valuesText(record.data)}`.trim();
  }
}

function levelText(on: boolean): string {
  return on ? words.on : words.off;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
