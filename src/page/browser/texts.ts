import type { FaceDecision, VoiceDecision } from '../../decide/evidence.ts';
import type { RefusalCode } from '../../decide/policy.ts';
import type { TraceRecord } from '../../trace/record.ts';
import type { AnswerStory, EvidenceStory, OutputStory, TakenStory, VoiceStory } from '../../trace/story.ts';
import type { GuardAnswer, VisitTimes } from './activity.ts';
import type { LaneName } from './lanes.ts';
import type { ViewMode } from './view.ts';

/** Everything that the page says, so that another language is another file like this one. */

type NameOf = (subjectId: string) => string;

export const connectionWords = {
  connecting: 'Connecting …',
  live: 'Live',
  silent: 'The device says nothing',
  lost: 'Connection lost, trying again',
} as const;

export const signInWords = {
  accepted: 'Signed in: people are shown by their names.',
  refused: 'This address is from an earlier start of the device, so people are shown by their ids.',
  wait: 'Too many wrong keys were tried; open the address once more in a minute.',
} as const;

export const healthWords: Readonly<Record<string, string>> = {
  starting: 'Starting',
  selfTest: 'Testing itself',
  nominal: 'All well',
  degraded: 'Something is missing',
  fault: 'Fault',
  recovering: 'Recovering',
  safe: 'Safe: waiting for help',
  stopping: 'Stopping',
  stopped: 'Stopped',
};

export const lampWords = {
  granted: 'Green: somebody is granted',
  nobody: 'Red: nobody is granted',
  dark: 'Both lamps are off',
  unknown: 'No lamp was switched yet',
} as const;

export const emptyWords = {
  people: 'Nobody.',
  answer: 'Nobody has asked yet.',
  voice: 'No voice was compared yet.',
  troubles: 'Nothing is wrong.',
  happened: 'Nothing yet.',
  notRunning: 'not running',
  noChart: 'The chart could not be drawn.',
  drawing: 'The chart is being drawn …',
  taken: 'No transition since this page knows of it.',
  guards: 'None was asked.',
  delays: 'None runs.',
  running: 'Nothing.',
  records: 'None.',
  chosen: 'Click a state or a transition in the chart, or choose a state above.',
} as const;

export function factsText({ device, simulated }: { device: string; simulated: readonly string[] }): string {
  if (device === 'demo') return 'The built-in scene: everybody in it is invented';
  return simulated.length === 0 ? '' : `Simulated: ${simulated.join(', ')}`;
}

const phaseWords: Readonly<Record<string, string>> = {
  arriving: 'coming nearer',
  deciding: 'being recognised',
  granted: 'granted',
  refused: 'refused',
  unknown: 'not known',
  leaving: 'leaving',
};

const faceWords: Readonly<Record<string, string>> = {
  known: 'known',
  unknown: 'nobody known',
  unsure: 'not sure who it is',
  'too-small': 'too far away',
  blurred: 'blurred',
  'too-dark': 'too dark to tell',
  'too-bright': 'too bright to tell',
  'low-contrast': 'too little contrast',
  turned: 'turned away',
  covered: 'covered',
  'no-face': 'no face',
} satisfies Readonly<Record<FaceDecision, string>>;

const voiceWords: Readonly<Record<string, string>> = {
  known: 'known',
  unknown: 'nobody known',
  unsure: 'not sure whose it is',
  'no-speech': 'no speech',
  'too-short': 'too little speech to tell',
  'too-loud': 'too loud to tell',
} satisfies Readonly<Record<VoiceDecision, string>>;

const refusalWords: Readonly<Record<string, string>> = {
  'nobody-named': 'the device knows nobody like this',
  'stale-evidence': 'the look was too old when it was asked about',
  'slow-evidence': 'recognising took too long',
  disabled: 'this person is let in no more',
  'clock-not-trusted': 'this person has hours or a last day, and the clock was not set yet',
  expired: 'the last day of this person is over',
  'outside-hours': 'this person comes outside their hours',
  'face-needed': 'the face is needed as well',
  'voice-needed': 'the voice is needed as well',
  'already-served': 'this person was served already and has not left since',
  lockout: 'too many unknown visitors: nobody is let in for a while',
} satisfies Readonly<Record<RefusalCode, string>>;

const hearingWords: Readonly<Record<string, string>> = {
  opening: 'The microphone is being opened.',
  'running.listening': 'Listening: nobody speaks.',
  'running.capturing': 'Somebody speaks.',
  'running.classifying': 'Whose voice is it?',
  'running.actuating': 'Listening, while the light is on.',
  'running.afterwards': 'Listening.',
  'running.deaf': 'The microphone delivers nothing that could be heard.',
  reloading: 'The models of voices are loaded again.',
  reconnecting: 'The microphone is away; it is tried again.',
  lost: 'The microphone has been away for long.',
  ended: 'The recording is over.',
};
const deafWord = 'There is no microphone: the device only sees.';

const partWords: Readonly<Record<string, string>> = {
  vision: 'Seeing',
  hearing: 'Hearing',
  models: 'The models of faces',
  voices: 'The models of voices',
  output: 'The lamp’s line',
  watchdog: 'The watchdog',
  loop: 'The work of the device',
  camera: 'The camera',
  microphone: 'The microphone',
};

const kindWords: Readonly<Record<string, string>> = {
  black: 'the picture is black',
  flat: 'the picture is of one colour',
  garbled: 'the picture is garbled',
  slow: 'pictures come slowly',
  zeros: 'there is no sound at all',
  stuck: 'the sound does not change',
  clipped: 'the sound is too loud',
  'not-found': 'it is not there',
  busy: 'something else uses it',
  disconnected: 'it was unplugged',
  timeout: 'it does not answer',
  closed: 'it is closed',
  permission: 'permission is missing',
  io: 'reading or writing failed',
  frozen: 'its picture does not change',
  dead: 'it makes no progress',
  limit: 'it takes too long',
};

/** Where hearing is; null where the device only sees. */
export function hearingText(state: string | null): string {
  if (state === null) return deafWord;
  const known = Object.entries(hearingWords).find(([path]) => state === path || state.startsWith(`${path}.`));
  return known?.[1] ?? state;
}

function partText(part: string): string {
  return partWords[part] ?? part;
}

export function troubleText(part: string, kind: string | null): string {
  return kind === null ? `${partText(part)} is impaired` : `${partText(part)}: ${kindWords[kind] ?? kind}`;
}

export function breachText(rule: string, subject: string): string {
  return `The rule “${rule}” was broken by ${subject}`;
}

export function personTitle(trackId: number, phase: string): string {
  return `Person ${trackId}, ${phaseWords[phase] ?? phase}`;
}

export function faceText(face: EvidenceStory, nameOf: NameOf): string {
  const word = faceWords[face.decision] ?? face.decision;
  if (face.subjectId === null || face.distance === null) return sentence(word);
  const nearest = `${nameOf(face.subjectId)} at distance ${face.distance.toFixed(3)}`;
  return face.decision === 'known' ? sentence(nearest) : sentence(`${word}, nearest is ${nearest}`);
}

/** The numbers behind a look, in words. */
export function faceNumbers(face: EvidenceStory, nameOf: NameOf): string {
  const parts: string[] = [];
  if (face.secondSubjectId !== null && face.secondDistance !== null) {
    parts.push(`second is ${nameOf(face.secondSubjectId)} at ${face.secondDistance.toFixed(3)}`);
  }
  if (face.frames !== null && face.frames > 0) parts.push(counted(face.frames, 'picture'));
  if (face.eyeDistancePx !== null) parts.push(`eyes ${Math.round(face.eyeDistancePx)} px apart`);
  return parts.length === 0 ? '' : sentence(parts.join(', '));
}

export function voiceText(voice: VoiceStory, nameOf: NameOf): string {
  const word = voiceWords[voice.decision] ?? voice.decision;
  if (voice.subjectId === null || voice.score === null) return sentence(word);
  const nearest = `${nameOf(voice.subjectId)} at score ${voice.score.toFixed(3)}`;
  return voice.decision === 'known' ? sentence(nearest) : sentence(`${word}, nearest is ${nearest}`);
}

export function voiceNumbers(voice: VoiceStory, nameOf: NameOf): string {
  const parts: string[] = [];
  if (voice.secondSubjectId !== null && voice.secondScore !== null) {
    parts.push(`second is ${nameOf(voice.secondSubjectId)} at ${voice.secondScore.toFixed(3)}`);
  }
  if (voice.voicedMs !== null) parts.push(`${(voice.voicedMs / 1_000).toFixed(1)} s of speech`);
  if (voice.levelDbfs !== null) parts.push(`${Math.round(voice.levelDbfs)} dB of full scale`);
  return parts.length === 0 ? '' : sentence(parts.join(', '));
}

/** What access answered, and why. */
export function answerTexts(answer: AnswerStory, nameOf: NameOf): { title: string; because: string } {
  const asker = answer.evidence ?? answer.voice;
  const who = asker?.subjectId ?? null;
  const by = answer.evidence === null ? 'voice' : 'face';
  const numbers =
    answer.evidence !== null
      ? `${faceText(answer.evidence, nameOf)} ${faceNumbers(answer.evidence, nameOf)}`
      : answer.voice !== null
        ? `${voiceText(answer.voice, nameOf)} ${voiceNumbers(answer.voice, nameOf)}`
        : '';
  if (answer.answer === 'granted') {
    return { title: `Granted to ${who === null ? 'somebody' : nameOf(who)}, by ${by}`, because: numbers };
  }
  const code = answer.code ?? '';
  const why = sentence(refusalWords[code] ?? code);
  return { title: `Refused, by ${by}`, because: `${why} ${numbers}`.trim() };
}

/** Lines of the list of what happened. */
export const happenedWords = {
  device: (health: string) => `The device: ${(healthWords[health] ?? health).toLowerCase()}`,
  granted: (who: string) => `Granted to ${who}`,
  refused: (code: string) => `Refused: ${refusalWords[code] ?? code}`,
  moved: (trackId: number, phase: string) => personTitle(trackId, phase),
  impaired: (part: string) => `${partText(part)} is impaired`,
  cleared: (part: string) => `${partText(part)} works again`,
  failed: (part: string, kind: string) => troubleText(part, kind),
  opened: (device: string) => `${partText(device)} is open`,
  switched: (on: boolean) => (on ? 'The green lamp is on' : 'The green lamp is off'),
  broken: breachText,
} as const;

/** A state's path for people: `running › idle`. */
export function stateText(path: string): string {
  return path.replaceAll('.', ' › ');
}

/** `for 2.4 s`, `for 3 min`. */
export function sinceText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `for ${seconds.toFixed(1)} s`;
  if (seconds < 120) return `for ${Math.round(seconds)} s`;
  return seconds < 7_200 ? `for ${Math.round(seconds / 60)} min` : `for ${Math.round(seconds / 3_600)} h`;
}

export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3_600)} h ago`;
}

export function chartLabel(machine: string): string {
  return `Chart of the machine ${machine}; arrow keys scroll it`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

/** `2.4 s`, `3 min`: how long something lasts. */
export function durationText(ms: number): string {
  return sinceText(ms).replace(/^for /, '');
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

export const stateChoiceWords = { none: 'Look up a state …', machine: 'the machine itself' } as const;

/** What a state or transition that was chosen in the chart has behind it. */
export const chosenWords = {
  here: (ms: number) => `Active ${sinceText(ms)}.`,
  notHere: 'Not active now.',
  visits: ({ count, overCount, totalMs, longestMs }: VisitTimes, from: string) => {
    if (count === 0) return `Not entered since ${from}.`;
    const lasted =
      overCount === 0
        ? ''
        : ` It lasted ${durationText(totalMs / overCount)} on average, ${durationText(longestMs)} at most.`;
    return `Entered ${timesText(count)} since ${from}.${lasted}`;
  },
  lasted: (durations: string) => `The last visits, the newest first: ${durations}.`,
  waysOut: 'Ways out:',
  taken: (count: number, from: string) =>
    count === 0 ? `Not taken since ${from}.` : `Taken ${timesText(count)} since ${from}.`,
} as const;

/** `idle → detecting, by LOOK.COMPLETED, as somebody is in view`. */
export function takenText({ event, transitions }: TakenStory): string {
  const [first] = transitions;
  const ways = transitions.map(({ from, to }) =>
    to.length === 0 ? `${stateText(from)} stays` : `${stateText(from)} → ${to.map(stateText).join(', ')}`,
  );
  const guard = first?.guard === undefined ? '' : `, as “${first.guard}”`;
  return `${ways.join('; ')}, by ${delayTexts(event).title}${guard}`;
}

/** A guard's last answer. `fired` where it let the last transition through. */
export function guardTexts(
  { guard, result, event }: GuardAnswer,
  fired: boolean,
): {
  title: string;
  asked: string;
} {
  const answer = fired && result ? 'yes, and let it through' : result ? 'yes' : 'no';
  return { title: `${result ? '✓' : '✗'} ${guard}`, asked: `${answer}, to ${delayTexts(event).title}` };
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
  return { title: /^\d+$/.test(delay) ? `after ${delay} ms` : `after ${delay}`, state: stateText(state) };
}

const lampNames: Readonly<Record<string, string>> = { output: 'Green lamp', red: 'Red lamp' };

/** A lamp as it was told to be, and what came back. */
export function outputTexts({ device, on, answered }: OutputStory): {
  name: string;
  told: string;
  found: string;
} {
  return {
    name: lampNames[device] ?? device,
    told: `told: ${levelText(on)}`,
    found:
      answered === null
        ? 'gives no answer'
        : answered.on === null
          ? 'FAILED'
          : `answered: ${levelText(answered.on)}`,
  };
}

const aliveWords: Readonly<Record<string, string>> = {
  alive: 'makes progress',
  late: 'is late',
  dead: 'stands still',
  unwatched: 'is not watched now',
};

/** A source that must make progress, `vision.alive`, and how usable what it gives is. */
export function sourceText(path: string, condition: string | undefined): string {
  const [source = '', alive = ''] = path.split('.');
  const usable =
    condition === undefined || condition === 'good' ? '' : `, ${kindWords[condition] ?? condition}`;
  return `${partText(source)} ${aliveWords[alive] ?? alive}${usable}`;
}

function levelText(on: boolean): string {
  return on ? 'on' : 'off';
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

export const laneWords: Readonly<Record<LaneName, string>> = {
  device: 'device',
  vision: 'vision',
  visit: 'visits',
  hearing: 'hearing',
  access: 'access',
  output: 'output',
  watchdog: 'watchdog',
  green: 'green lamp',
  red: 'red lamp',
  camera: 'camera',
  microphone: 'microphone',
  faces: 'face looks',
  voices: 'voice looks',
  faults: 'faults',
};

export const timelineLabel =
  'States, lamps, devices, answers of models and faults over time. The same, record by record, is in the list of records; the slider below goes through it.';

export const playerWords = {
  pause: 'Pause',
  goLive: 'Back to live',
  play: 'Play',
  stop: 'Stop',
  fileName: 'vigil-trace',
  position: (
    mode: ViewMode,
    nth: number,
    count: number,
    nowMs: number,
    clockOffsetMs: number | null,
    file: string,
  ) => {
    const place = `record ${nth} of ${count}, ${clockText(nowMs, clockOffsetMs)}`;
    if (mode === 'live') return `Live: ${count} records`;
    return mode === 'paused' ? `Paused at ${place}` : `${file}: ${place}`;
  },
  tooLarge: (file: string) => `${file} is too large for a page: vigil trace show reads it.`,
  noRecords: (file: string) => `${file} has no records.`,
  notInOrder: (file: string) => `${file}: its records are not in the order of their times.`,
} as const;

export const recordListWords = { allKinds: 'all kinds', everybody: 'all actors and devices' } as const;

/** A record in a few words. */
export function recordText(record: TraceRecord): string {
  switch (record.kind) {
    case 'actor':
      return `${record.actor} ${record.op}`;
    case 'event':
      return `${record.event} to ${record.to}${record.from === null ? '' : ` from ${record.from}`}`;
    case 'snapshot':
      return `${record.actor} is in ${record.states.map(stateText).join(' and ')}`;
    case 'microstep':
      return `${record.actor}: ${takenText({ ...record, atMs: record.tMs })}`;
    case 'guard':
      return `${record.actor}: ${record.guard}? ${record.result ? 'yes' : 'no'} ${valuesText(record.values)}`.trim();
    case 'timer':
      return `${record.actor}: ${delayTexts(record.delay).title} ${record.op}`;
    case 'hal.in':
      return `${record.device}: ${record.op}${record.error === undefined ? '' : ` (${record.error})`}`;
    case 'hal.out':
      return `${record.device}: ${record.op}${record.on === undefined ? '' : ` ${levelText(record.on)}`}`;
    case 'model':
      return `${record.model} ${record.op} ${valuesText(record.data)}`.trim();
    case 'invariant':
      return breachText(record.rule, record.subject);
    case 'note':
      return `${record.note} ${valuesText(record.data)}`.trim();
  }
}
