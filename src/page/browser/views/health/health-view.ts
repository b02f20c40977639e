import type { StoryState } from '../../../../trace/story.ts';
import { byId, element, setChildren } from '../../dom.ts';
import type { PageView } from '../../page-view.ts';
import { words } from '../../texts/language.ts';
import { sourceText, troubleText } from '../../texts/sentences.ts';
import type { Viewpoint } from '../../viewpoint.ts';

/** Rules that were broken longer ago are history. */
const breachShownMs = 600_000;

/** What is wrong with the device, and whether everything that must make progress does. */
export class HealthView implements PageView {
  readonly #viewpoint: Viewpoint;
  readonly #troubles = byId('troubles', 'ul');
  readonly #sources = byId('sources', 'ul');

  constructor(viewpoint: Viewpoint) {
    this.#viewpoint = viewpoint;
  }

  draw(): void {
    this.#showTroubles(this.#viewpoint.state, this.#viewpoint.nowMs);
    this.#showSources(this.#viewpoint.state);
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
        .map(({ rule, subject }) => words.trouble.breach(rule, subject)),
    ];
    setChildren(this.#troubles, JSON.stringify(troubles), () =>
      troubles.length === 0
        ? [element('li', words.empty.troubles, 'quiet')]
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
