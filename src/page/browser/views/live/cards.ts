import { closedSenses, type StoryState } from '../../../../trace/story.ts';
import { type Visitor, visitorsOf } from '../../../visitors.ts';
import { byId, element, setChildren, setText } from '../../dom.ts';
import { lampOf } from '../../standing.ts';
import { words } from '../../texts/language.ts';
import {
  agoText,
  answerTexts,
  faceNumbers,
  faceText,
  hearingText,
  outputTexts,
  personTitle,
  sinceText,
} from '../../texts/sentences.ts';

type NameOf = (subjectId: string) => string;

/** What is now, in words and numbers. */
export class Cards {
  readonly #nameOf: NameOf;
  readonly #lamp = byId('lamp', 'div');
  readonly #lampWord = byId('lamp-word', 'strong');
  readonly #lampSince = byId('lamp-since', 'span');
  readonly #outputs = byId('outputs', 'ul');
  readonly #answer = byId('answer', 'div');
  readonly #answerSince = byId('answer-since', 'p');
  readonly #people = byId('people', 'ul');
  readonly #hearing = byId('hearing', 'p');

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  show(state: StoryState, nowMs: number): void {
    this.#showLamp(state);
    this.#showAnswer(state);
    this.#showPeople(visitorsOf(state), closedSenses(state).includes('vision'));
    this.#showHearing(state);
    this.tick(state, nowMs);
  }

  /** What time alone changes. */
  tick({ outputs, answer }: StoryState, nowMs: number): void {
    const lamp = outputs.output?.on === true ? outputs.output : (outputs.red ?? outputs.output);
    setText(this.#lampSince, lamp === undefined ? '' : sinceText(nowMs - lamp.sinceMs));
    setText(this.#answerSince, answer === null ? '' : agoText(nowMs - answer.atMs));
  }

  #showLamp(state: StoryState): void {
    const lamp = lampOf(state);
    this.#lamp.dataset.lamp = lamp;
    setText(this.#lampWord, words.lamp[lamp]);
    const told = Object.values(state.outputs).map(outputTexts);
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
      if (texts === null || answer === null) return [element('p', words.empty.answer, 'quiet')];
      return [element('p', texts.title, `verdict ${answer.answer}`), element('p', texts.because)];
    });
  }

  #showPeople(visitors: readonly Visitor[], closed: boolean): void {
    const shown = visitors.map(({ trackId, phase, face }) => ({
      phase,
      title: personTitle(trackId, phase),
      text: face === null ? '' : faceText(face, this.#nameOf),
      numbers: face === null ? '' : faceNumbers(face, this.#nameOf),
    }));
    setChildren(this.#people, JSON.stringify([closed, shown]), () => {
      if (closed) return [element('li', words.closed.vision, 'quiet')];
      if (shown.length === 0) return [element('li', words.empty.people, 'quiet')];
      return shown.map(({ phase, title, text, numbers }) => {
        const item = element('li', '', 'in-view');
        item.dataset.phase = phase;
        item.append(element('strong', title), element('span', text), element('span', numbers, 'quiet'));
        return item;
      });
    });
  }

  #showHearing(state: StoryState): void {
    const heard = hearingText(state.actors['device/hearing']?.states[0] ?? null);
    setText(this.#hearing, closedSenses(state).includes('hearing') ? words.closed.hearing : heard);
  }
}
