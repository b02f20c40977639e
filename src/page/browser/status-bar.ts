import type { StoryState } from '../../trace/story.ts';
import { byId, setText } from './dom.ts';
import { healthOf, lampOf } from './standing.ts';
import { words } from './texts/language.ts';
import { healthText } from './texts/sentences.ts';

/** What every view has above it: how the device is, and its lamps. */
export class StatusBar {
  readonly #health = byId('health', 'p');
  readonly #lamp = byId('lamp-now', 'p');

  draw(state: StoryState): void {
    const health = healthOf(state);
    this.#health.dataset.health = health;
    setText(this.#health, healthText(health));
    const lamp = lampOf(state);
    this.#lamp.dataset.lamp = lamp;
    setText(this.#lamp, words.lampNow[lamp]);
  }
}
