import type { TraceRecord } from '../../../../trace/record.ts';
import { isWorthTelling } from '../../../protocol.ts';
import type { Names } from '../../names.ts';
import type { PageView } from '../../page-view.ts';
import { Senses } from '../../senses.ts';
import { words } from '../../texts/language.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import { Cards } from './cards.ts';
import { Happened } from './happened.ts';
import { Picture } from './picture.ts';
import { Sound } from './sound.ts';

const mostToldLines = 200;

/** Who is in view, what was heard and decided, and what happened. */
export class LiveView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #names: Names;
  readonly #cards: Cards;
  readonly #happened: Happened;
  readonly #picture: Picture;
  readonly #sound: Sound;
  readonly #senses: Senses;
  #shown = false;

  constructor(viewpoint: Viewpoint, names: Names) {
    this.#viewpoint = viewpoint;
    this.#names = names;
    const nameOf = names.of;
    this.#cards = new Cards(nameOf);
    this.#happened = new Happened(nameOf);
    this.#picture = new Picture(nameOf);
    this.#sound = new Sound(nameOf);
    this.#senses = new Senses('/senses', {
      picture: (facts, picture) => this.#picture.draw(facts, picture),
      told: (text) => this.#sound.hear(JSON.parse(text)), // from the server that this script came from
      connected: () => this.#clearSenses(),
    });
    document.addEventListener('visibilitychange', () => this.#lookOrNot());
  }

  show(shown: boolean): void {
    this.#shown = shown;
    this.#lookOrNot();
  }

  draw(): void {
    const { state, nowMs } = this.#viewpoint;
    this.#cards.show(state, nowMs);
    this.#sound.draw(nowMs);
  }

  tick(): void {
    const { state, nowMs } = this.#viewpoint;
    this.#cards.tick(state, nowMs);
    this.#sound.draw(nowMs);
  }

  hear(records: readonly TraceRecord[]): void {
    this.#happened.add(records, this.#viewpoint.clockOffsetMs);
    this.#sound.see(records);
  }

  begin(): void {
    const { records, index, clockOffsetMs } = this.#viewpoint;
    const upToHere = records.slice(0, index + 1);
    this.#happened.begin(upToHere.filter(isWorthTelling).slice(-mostToldLines), clockOffsetMs);
    this.#sound.begin(upToHere);
    this.#lookOrNot();
  }

  /** Names came: what was written without them is written anew. */
  renewNames(): void {
    this.#happened.renew();
    this.#lookOrNot();
  }

  /** Nobody watches a picture that is out of sight, and there is none of an earlier moment. */
  #lookOrNot(): void {
    const isLive = this.#viewpoint.mode === 'live';
    const looks = this.#shown && isLive && this.#names.allowed && !document.hidden;
    this.#senses.switchOn(looks);
    if (!looks) this.#clearSenses();
  }

  #clearSenses(): void {
    const { none, past, forbidden } = words.picture;
    const isLive = this.#viewpoint.mode === 'live';
    this.#picture.clear(!isLive ? past : this.#names.allowed ? none : forbidden);
    this.#sound.clear();
  }
}
