import { sparing } from '../decide/strain.ts';
import { decisionWords, tellAnswer } from '../decide/tell-answer.ts';
import { answerIn } from '../trace/answer.ts';
import type { TraceValue } from '../trace/data.ts';
import { fieldAt, numberAt, textAt } from '../trace/fields.ts';
import type { TraceRecord } from '../trace/record.ts';
import { doorEvents } from '../trace/story.ts';
import { doorWords } from './journal-words.ts';

/** How lamps and headings look: colours on a terminal, words alone elsewhere. */
export interface Paint {
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
}

const plain = (text: string): string => text;
const coloured = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

/** Colours where `stream` is a terminal and nobody asked for none (NO_COLOR). */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  if (stream.isTTY !== true || process.env.NO_COLOR) {
    return { green: plain, red: plain, yellow: plain, dim: plain };
  }
  return { green: coloured(32), red: coloured(31), yellow: coloured(33), dim: coloured(2) };
}

/** What a line is about stands in its first columns. */
const subjectColumns = 10;

/** What is asked of the person, by the state of their challenge. */
const challengeWords: Readonly<Record<string, string>> = {
  straight: 'look straight into the camera',
  'leftThenRight.left': 'turn your head to your left',
  'leftThenRight.right': 'now to your right',
  'rightThenLeft.right': 'turn your head to your right',
  'rightThenLeft.left': 'now to your left',
  back: 'and look straight again',
  passed: 'passed',
  failed: 'failed',
};

/**
 * Turns trace records into lines for people, as they come. Says what changed and nothing twice. `names` maps
 * subject ids to names, where the reader may see them; without it ids are shown.
 */
export class Narrator {
  readonly #paint: Paint;
  readonly #nameOf: (subjectId: string) => string;
  /** The last line on each part. */
  readonly #last = new Map<string, string>();
  /** The last word on each person in view, so that nothing is said twice. */
  readonly #said = new Map<number, string>();
  /** The last answer of access. */
  #answered = '';

  constructor(paint: Paint, nameOf: (subjectId: string) => string) {
    this.#paint = paint;
    this.#nameOf = nameOf;
  }

  /** The line for this record, or undefined when it is not worth one. */
  line(record: TraceRecord): string | undefined {
    const text = this.#text(record);
    if (text === undefined) return undefined;
    const subject = text.slice(0, subjectColumns);
    if (this.#last.get(subject) === text) return undefined;
    this.#last.set(subject, text);
    return `${this.#paint.dim(`${(record.tMs / 1000).toFixed(1).padStart(7)} s`)}  ${text}`;
  }

  #text(record: TraceRecord): string | undefined {
    switch (record.kind) {
      case 'snapshot':
        return this.#state(record);
      case 'event':
        return this.#event(record);
      case 'hal.in':
        return this.#device(record);
      case 'model':
        return record.model === 'voices' ? this.#voice(record) : this.#faces(record);
      case 'note':
        return record.note === 'gallery-loaded'
          ? `people    ${numberAt(record.data, 'people') ?? 0} known`
          : undefined;
      default:
        return undefined;
    }
  }

  #state({ actor, states, tags }: Extract<TraceRecord, { kind: 'snapshot' }>): string | undefined {
    if (actor === 'device') {
      const shown = states.find((state) => !/^operating\.(vision|hearing|boot)\b/.test(state));
      const word = (shown ?? '').replace('operating.health.', '');
      return `device    ${tags.includes('fault') ? this.#paint.red(word) : word}`;
    }
    if (actor.endsWith('/challenge')) {
      const asked = challengeWords[states[0] ?? ''];
      return asked === undefined ? undefined : `challenge ${asked}`;
    }
    if (actor === 'device/vision') {
      const word = (states[0] ?? '').replace('running.', '').replace(/^idle\..*/, 'idle');
      return `vision    ${tags.includes('degraded') ? this.#paint.yellow(word) : word}`;
    }
    if (actor === 'device/hearing') {
      const word = (states[0] ?? '')
        .replace('running.', '')
        .replace(/\.(naming|asking|answered|waiting|pausing.*|replacing.*)$/, '');
      return `hearing   ${tags.includes('degraded') ? this.#paint.yellow(word) : word}`;
    }
    return undefined;
  }

  #event({ event, to, data }: Extract<TraceRecord, { kind: 'event' }>): string | undefined {
    if (event === 'LOOK.FAILED' || event === 'LISTENING.FAILED') {
      const part = textAt(data, 'fault', 'part') ?? 'device';
      return `${part.padEnd(9)} ${this.#paint.yellow(`failed: ${textAt(data, 'fault', 'kind')}`)}`;
    }
    if (to !== 'device') return undefined;
    if (event === 'BOARD.STRAINED') {
      return `board     ${this.#paint.yellow(`${textAt(data, 'strain')}: frames at ${sparing.rule}`)}`;
    }
    if (event === 'SENSE.CLOSED' || event === 'SENSE.OPENED') {
      return senseText(textAt(data, 'sense') === 'hearing', event === 'SENSE.CLOSED');
    }
    if (event === 'BOARD.EASED') return 'board     well again: frames at the full rate';
    const door = doorEvents[event];
    if (door !== undefined) {
      const words = doorWords(door, textAt(data, 'why') ?? '');
      const alarm = door === 'forced' || door === 'held-open';
      return `door      ${alarm ? this.#paint.red(words) : words}`;
    }
    const answer = answerIn(event, data);
    if (answer === null) return undefined;
    const { code, account } = answer;
    // Ages and distances change with every look: what is new is whom it concerns, and why.
    const said = `${code} ${account.subjectId}`;
    if (code !== null && said === this.#answered) return undefined;
    this.#answered = said;
    const sentence = tellAnswer(answer, this.#nameOf);
    return `access    ${code === null ? this.#paint.green(sentence) : sentence}`;
  }

  #device({ device, op, error }: Extract<TraceRecord, { kind: 'hal.in' }>): string | undefined {
    if (device === 'output' && op === 'on') return `lamp      ${this.#paint.green('● green on')}`;
    if (device === 'output' && op === 'off') return `lamp      ${this.#paint.red('● red on')}, green off`;
    if (op === 'on' || op === 'off') return `${device.padEnd(9)} ${op}`;
    if ((device === 'camera' || device === 'microphone') && op === 'opened')
      return `${device.padEnd(9)} open`;
    if (error !== undefined) return `${device.padEnd(9)} ${this.#paint.yellow(`${op}: ${error}`)}`;
    return undefined;
  }

  #faces({ data }: Extract<TraceRecord, { kind: 'model' }>): string | undefined {
    const faces = fieldAt(data, 'faces');
    const lines: string[] = [];
    for (const face of Array.isArray(faces) ? faces : []) {
      const trackId = numberAt(face, 'trackId') ?? 0;
      const decision = textAt(face, 'decision') ?? '';
      const nearest = fieldAt(face, 'nearest');
      const first = Array.isArray(nearest) ? nearest[0] : undefined;
      const said = `${decision} ${textAt(first, 'subjectId')}`;
      if (this.#said.get(trackId) === said) continue;
      this.#said.set(trackId, said);
      lines.push(`person ${trackId}  ${this.#decided(decision, first)}`);
    }
    return lines.length === 0 ? undefined : lines.join(`\n${' '.repeat(11)}`);
  }

  #voice({ data }: Extract<TraceRecord, { kind: 'model' }>): string {
    const decision = textAt(data, 'decision') ?? '';
    const nearest = fieldAt(data, 'nearest');
    const first = Array.isArray(nearest) ? nearest[0] : undefined;
    const words = decision === 'unsure' ? 'not sure whose it is' : wordsOf(decision);
    const subjectId = textAt(first, 'subjectId');
    const score = numberAt(first, 'score');
    if (subjectId === undefined || score === undefined) return `voice     ${words}`;
    const who = `${this.#nameOf(subjectId)} at score ${score.toFixed(3)}`;
    const seconds = ((numberAt(data, 'voicedMs') ?? 0) / 1_000).toFixed(1);
    return `voice     ${decision === 'known' ? who : `${words} (nearest: ${who})`}, ${seconds} s of speech`;
  }

  #decided(decision: string, nearest: TraceValue | undefined): string {
    const words = wordsOf(decision);
    const subjectId = textAt(nearest, 'subjectId');
    const distance = numberAt(nearest, 'distance');
    if (subjectId === undefined || distance === undefined) return words;
    const who = `${this.#nameOf(subjectId)} at distance ${distance.toFixed(3)}`;
    return decision === 'known' ? who : `${words} (nearest: ${who})`;
  }
}

function senseText(hears: boolean, closed: boolean): string {
  const part = hears ? 'microphone' : 'camera   ';
  if (!closed) return `${part} open again`;
  return `${part} closed on purpose: nobody is ${hears ? 'heard' : 'looked at'}`;
}

/** A trace of another version may have decisions that this one does not know. */
function wordsOf(decision: string): string {
  return isDecision(decision) ? decisionWords[decision] : decision;
}

function isDecision(word: string): word is keyof typeof decisionWords {
  return word in decisionWords;
}
