import type { TraceRecord } from '../../../../trace/record.ts';
import type { SoundFacts } from '../../../protocol.ts';
import { byId, element, setChildren, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { agoText, voiceAnswerText } from '../../texts/sentences.ts';

const quietestDbfs = -80;
const mostAnswers = 5;

type VoiceAnswer = Extract<TraceRecord, { kind: 'model' }>;

/** How loud it is, whether somebody speaks, and what was said about the last voices. */
export class Sound {
  readonly #nameOf: (subjectId: string) => string;
  readonly #level = byId('level', 'meter');
  readonly #levelText = byId('level-text', 'span');
  readonly #speech = byId('speech', 'p');
  readonly #answers = byId('voice-answers', 'ol');
  /** The newest first. */
  #last: VoiceAnswer[] = [];

  constructor(nameOf: (subjectId: string) => string) {
    this.#nameOf = nameOf;
  }

  hear({ levelDbfs, speech }: SoundFacts): void {
    this.#level.hidden = false;
    this.#level.value = Math.max(quietestDbfs, levelDbfs ?? quietestDbfs);
    setText(
      this.#levelText,
      levelDbfs === null ? words.sound.silence : words.sound.level(Math.round(levelDbfs)),
    );
    this.#speech.dataset.speech = String(speech);
    setText(this.#speech, speech ? words.sound.speech : words.sound.noSpeech);
  }

  /** No sound comes. */
  clear(): void {
    this.#level.hidden = true;
    setText(this.#levelText, '');
    setText(this.#speech, '');
    this.#speech.dataset.speech = 'false';
  }

  begin(records: readonly TraceRecord[]): void {
    this.#last = [];
    this.see(records);
  }

  see(records: readonly TraceRecord[]): void {
    for (const record of records) {
      if (record.kind !== 'model' || record.model !== 'voices' || record.op !== 'finished') continue;
      this.#last.unshift(record);
    }
    this.#last.splice(mostAnswers);
  }

  draw(nowMs: number): void {
    const texts = this.#last.map(
      ({ tMs, data }) => `${voiceAnswerText(data, this.#nameOf)} ${agoText(nowMs - tMs)}`,
    );
    setChildren(this.#answers, texts.join('\n'), () =>
      texts.length === 0
        ? [element('li', words.empty.voice, 'quiet')]
        : texts.map((text) => element('li', text)),
    );
  }
}
