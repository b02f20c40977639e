import type { StoryState } from '../../trace/story.ts';
import { byId, element, setChildren, setText } from './dom.ts';
import {
  agoText,
  answerTexts,
  breachText,
  emptyWords,
  faceNumbers,
  faceText,
  healthWords,
  hearingText,
  lampWords,
  outputTexts,
  personTitle,
  sinceText,
  sourceText,
  troubleText,
  voiceNumbers,
  voiceText,
} from './texts.ts';
import { type Visitor, visitorsOf } from './visitors.ts';

type NameOf = (subjectId: string) => string;

/** Rules that were broken longer ago are history. */
const breachShownMs = 600_000;

/** `nominal`, `fault`, `starting` …: where the device is, in one word. */
function healthOf({ actors }: StoryState): string {
  const states = actors.device?.states ?? [];
  if (actors.device === undefined) return 'stopped';
  const health = states.find((state) => state.startsWith('operating.health.'));
  return health?.slice('operating.health.'.length) ?? states[0]?.split('.')[0] ?? 'starting';
}

/** The cards beside the charts: what is now, in words and numbers. */
export class Cards {
  readonly #nameOf: NameOf;
  readonly #health = byId('health', 'p');
  readonly #lamp = byId('lamp', 'div');
  readonly #lampWord = byId('lamp-word', 'strong');
  readonly #lampSince = byId('lamp-since', 'span');
  readonly #outputs = byId('outputs', 'ul');
  readonly #answer = byId('answer', 'div');
  readonly #answerSince = byId('answer-since', 'p');
  readonly #people = byId('people', 'ul');
  readonly #hearing = byId('hearing', 'p');
  readonly #voice = byId('voice', 'p');
  readonly #troubles = byId('troubles', 'ul');
  readonly #sources = byId('sources', 'ul');

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  show(state: StoryState, nowMs: number): void {
    const health = healthOf(state);
    this.#health.dataset.health = health;
    setText(this.#health, healthWords[health] ?? health);
    this.#showLamp(state);
    this.#showAnswer(state);
    this.#showPeople(visitorsOf(state));
    this.#showHearing(state, nowMs);
    this.#showTroubles(state, nowMs);
    this.#showSources(state);
    this.tick(state, nowMs);
  }

  /** What time alone changes. */
  tick({ outputs, answer }: StoryState, nowMs: number): void {
    const lamp = outputs.output?.on === true ? outputs.output : (outputs.red ?? outputs.output);
    setText(this.#lampSince, lamp === undefined ? '' : sinceText(nowMs - lamp.sinceMs));
    setText(this.#answerSince, answer === null ? '' : agoText(nowMs - answer.atMs));
  }

  #showLamp({ outputs }: StoryState): void {
    const { output, red } = outputs;
    const lamp =
      output?.on === true
        ? 'granted'
        : output === undefined && red === undefined
          ? 'unknown'
          : red === undefined || red.on
            ? 'nobody'
            : 'dark';
    this.#lamp.dataset.lamp = lamp;
    setText(this.#lampWord, lampWords[lamp]);
    const told = Object.values(outputs).map(outputTexts);
    setChildren(this.#outputs, JSON.stringify(told), () =>
      told.map(({ name, told: level, found }) => {
        const item = element('li', '', 'output');
        item.append(element('span', name), element('span', level), element('span', found, 'quiet'));
        return item;
      }),
    );
  }

  #showAnswer({ answer }: StoryState): void {
    const texts = answer === null ? null : answerTexts(answer, this.#nameOf);
    const key = texts === null ? '-' : `${answer?.atMs} ${texts.title} ${texts.because}`;
    setChildren(this.#answer, key, () => {
      if (texts === null || answer === null) return [element('p', emptyWords.answer, 'quiet')];
      return [element('p', texts.title, `verdict ${answer.answer}`), element('p', texts.because)];
    });
  }

  #showPeople(visitors: readonly Visitor[]): void {
    const shown = visitors.map(({ trackId, phase, face }) => ({
      phase,
      title: personTitle(trackId, phase),
      text: face === null ? '' : faceText(face, this.#nameOf),
      numbers: face === null ? '' : faceNumbers(face, this.#nameOf),
    }));
    setChildren(this.#people, JSON.stringify(shown), () => {
      if (shown.length === 0) return [element('li', emptyWords.people, 'quiet')];
      return shown.map(({ phase, title, text, numbers }) => {
        const item = element('li', '', 'person');
        item.dataset.phase = phase;
        item.append(element('strong', title), element('span', text), element('span', numbers, 'quiet'));
        return item;
      });
    });
  }

  #showHearing({ actors, voice }: StoryState, nowMs: number): void {
    const hearing = actors['device/hearing'];
    setText(this.#hearing, hearingText(hearing?.states[0] ?? null));
    this.#voice.hidden = hearing === undefined;
    setText(
      this.#voice,
      voice === null
        ? emptyWords.voice
        : `Last voice, ${agoText(nowMs - voice.atMs)}: ${voiceText(voice, this.#nameOf)} ${voiceNumbers(voice, this.#nameOf)}`,
    );
  }

  #showTroubles({ impairments, breaches, conditions }: StoryState, nowMs: number): void {
    const conditionOf: Readonly<Record<string, string | undefined>> = {
      vision: conditions['device/vision'],
      hearing: conditions['device/hearing'],
    };
    const troubles = [
      ...Object.values(impairments).map(({ part, kind }) => {
        const condition = conditionOf[part] === 'good' ? undefined : conditionOf[part];
        return troubleText(part, kind ?? condition ?? null);
      }),
      ...breaches
        .filter(({ atMs }) => nowMs - atMs < breachShownMs)
        .map(({ rule, subject }) => breachText(rule, subject)),
    ];
    setChildren(this.#troubles, JSON.stringify(troubles), () =>
      troubles.length === 0
        ? [element('li', emptyWords.troubles, 'quiet')]
        : troubles.map((text) => element('li', text, 'trouble')),
    );
  }

  #showSources({ actors, conditions }: StoryState): void {
    const sources = (actors['device/watchdog']?.states ?? [])
      .filter((path) => !path.startsWith('feeding'))
      .map((path) => sourceText(path, conditions[`device/${path.split('.')[0]}`]));
    setChildren(this.#sources, sources.join('\n'), () => sources.map((text) => element('li', text)));
  }
}
