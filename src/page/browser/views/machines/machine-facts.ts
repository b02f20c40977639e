import type { TakenStory, TimerStory } from '../../../../trace/story.ts';
import { byId, element, setChildren, setText } from '../../dom.ts';
import type { MachineName } from '../../machines.ts';
import { words } from '../../texts/language.ts';
import {
  agoText,
  clockText,
  delayTexts,
  durationText,
  guardTexts,
  sinceText,
  stateText,
  takenText,
  timesTakenText,
  valuesText,
  visitsText,
} from '../../texts/sentences.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import type { Chosen, DrawnChart, LabelledTransition } from './drawn-chart.ts';

const mostGuards = 8;

/** Beside a chart: why the machine did what it did last, what it waits for, and what was chosen in the chart. */
export class MachineFacts {
  readonly #viewpoint: Viewpoint;
  readonly #onChoose: (chosen: Chosen) => void;
  readonly #last = byId('last-taken', 'p');
  readonly #guards = byId('guards', 'ul');
  readonly #delays = byId('delays', 'ul');
  readonly #running = byId('running', 'ul');
  readonly #chosen = byId('chosen', 'div');

  constructor(viewpoint: Viewpoint, onChoose: (chosen: Chosen) => void) {
    this.#viewpoint = viewpoint;
    this.#onChoose = onChoose;
  }

  draw(
    machine: MachineName,
    actor: string | undefined,
    chart: DrawnChart | undefined,
    chosen: Chosen | undefined,
  ): void {
    this.#drawLast(actor);
    this.#drawGuards(actor);
    this.#drawDelays(actor);
    this.#drawRunning(actor);
    if (chosen?.kind === 'state') this.#drawState(machine, actor, chart, chosen.path);
    else if (chosen?.kind === 'transition') this.#drawTransition(machine, chosen);
    else setChildren(this.#chosen, '-', () => [element('p', words.empty.chosen, 'quiet')]);
  }

  #drawLast(actor: string | undefined): void {
    const { state, nowMs } = this.#viewpoint;
    const taken: TakenStory | undefined = actor === undefined ? undefined : state.taken[actor];
    const text =
      taken === undefined ? words.empty.taken : `${takenText(taken)}, ${agoText(nowMs - taken.atMs)}`;
    setChildren(this.#last, text, () => [element('span', text)]);
  }

  #drawGuards(actor: string | undefined): void {
    const { activity, state, nowMs } = this.#viewpoint;
    const fired = actor === undefined ? undefined : state.taken[actor]?.transitions[0]?.guard;
    const guards = actor === undefined ? [] : activity.guards(actor).slice(0, mostGuards);
    const shown = guards.map((answer) => ({
      ...guardTexts(answer, answer.guard === fired),
      result: answer.result,
      values: valuesText(answer.values),
      ago: agoText(nowMs - answer.tMs),
    }));
    setChildren(this.#guards, JSON.stringify(shown), () =>
      shown.length === 0
        ? [element('li', words.empty.guards, 'quiet')]
        : shown.map(({ title, asked, result, values, ago }) => {
            const item = element('li', '', result ? 'said-yes' : 'said-no');
            item.append(element('strong', title), element('span', `${asked}, ${ago}`));
            if (values !== '') item.append(element('span', values, 'quiet'));
            return item;
          }),
    );
  }

  #drawDelays(actor: string | undefined): void {
    const { state, nowMs } = this.#viewpoint;
    const timers = Object.values(state.timers)
      .filter((timer) => timer.actor === actor)
      .sort((a, b) => a.dueMs - b.dueMs);
    setChildren(this.#delays, JSON.stringify(timers.map(({ delay }) => delay)), () =>
      timers.length === 0
        ? [element('li', words.empty.delays, 'quiet')]
        : timers.map((timer) => {
            const item = element('li');
            const { title, state: place } = delayTexts(timer.delay);
            const bar = element('progress');
            bar.max = 1;
            bar.ariaLabel = title;
            item.append(element('strong', title), element('span', place), bar, element('span', '', 'quiet'));
            return item;
          }),
    );
    timers.forEach((timer, index) => {
      countDown(this.#delays.children[index], timer, nowMs);
    });
  }

  #drawRunning(actor: string | undefined): void {
    const { state, nowMs } = this.#viewpoint;
    const children = Object.values(state.running)
      .filter((each) => actor !== undefined && parentOf(each.actor) === actor)
      .map((each) => ({
        name: each.actor.slice(each.actor.lastIndexOf('/') + 1),
        since: sinceText(nowMs - each.sinceMs),
      }));
    setChildren(this.#running, JSON.stringify(children), () =>
      children.length === 0
        ? [element('li', words.empty.running, 'quiet')]
        : children.map(({ name, since }) => {
            const item = element('li');
            item.append(element('strong', name), element('span', since, 'quiet'));
            return item;
          }),
    );
  }

  #drawState(
    machine: MachineName,
    actor: string | undefined,
    chart: DrawnChart | undefined,
    path: string,
  ): void {
    const { activity, nowMs, records, clockOffsetMs } = this.#viewpoint;
    const visits = activity.visits(machine, path);
    const sinceMs = actor === undefined ? undefined : activity.activeSinceMs(actor, path);
    const now =
      path === ''
        ? ''
        : sinceMs === undefined
          ? words.chosen.notHere
          : words.chosen.here(sinceText(nowMs - sinceMs));
    const fromMs = records[0]?.tMs ?? nowMs;
    const often = path === '' ? '' : visitsText(visits, clockText(fromMs, clockOffsetMs));
    const lasts = visits.lastMs.map(durationText).join(', ');
    // Only texts change while it is shown: the focus stays where it is.
    setChildren(this.#chosen, `${machine} ${path}`, () => {
      const transitions = chart?.transitionsFrom(path) ?? [];
      const list = element('ul', '', 'ways');
      list.append(...transitions.map((transition) => this.#wayOut(transition)));
      return [
        element('h4', path === '' ? machine : stateText(path)),
        element('p', chart?.descriptionOf(path) ?? ''),
        element('p', '', 'now'),
        element('p', '', 'often quiet'),
        element('p', '', 'lasts quiet'),
        ...(transitions.length === 0 ? [] : [element('p', words.chosen.waysOut), list]),
      ];
    });
    const tell = (part: string, text: string) => {
      const place = this.#chosen.querySelector<HTMLElement>(`.${part}`);
      if (place !== null) setText(place, text);
    };
    tell('now', now);
    tell('often', often);
    tell('lasts', lasts === '' ? '' : words.chosen.lastVisits(lasts));
  }

  #wayOut(transition: LabelledTransition): HTMLElement {
    const item = element('li');
    const button = element('button', `${transition.text} → ${stateText(transition.to)}`, 'way');
    button.type = 'button';
    button.addEventListener('click', () => this.#onChoose({ kind: 'transition', ...transition }));
    item.append(button);
    return item;
  }

  #drawTransition(machine: MachineName, transition: LabelledTransition): void {
    const { activity, nowMs, clockOffsetMs, records } = this.#viewpoint;
    const { count, last } = activity.taken(machine, transition);
    const fromMs = records[0]?.tMs ?? nowMs;
    const times = last.map(({ atMs, event }) => ({ at: clockText(atMs, clockOffsetMs), event }));
    const title = `${stateText(transition.from) || machine} → ${stateText(transition.to)}`;
    setChildren(this.#chosen, JSON.stringify([machine, title, transition.text, count, times]), () => {
      const list = element('ol', '', 'times');
      list.append(...times.map(({ at, event }) => element('li', `${at}  ${event}`)));
      const often = timesTakenText(count, clockText(fromMs, clockOffsetMs));
      return [
        element('h4', title),
        element('p', transition.text),
        element('p', often, 'quiet'),
        ...(times.length === 0 ? [] : [list]),
      ];
    });
  }
}

function countDown(item: Element | undefined, { setMs, dueMs }: TimerStory, nowMs: number): void {
  const bar = item?.querySelector('progress');
  const left = item?.querySelector('.quiet');
  if (bar === null || bar === undefined || left === null || left === undefined) return;
  const leftMs = Math.max(0, dueMs - nowMs);
  bar.value = dueMs > setMs ? leftMs / (dueMs - setMs) : 0;
  left.textContent = durationText(leftMs);
}

function parentOf(actor: string): string {
  return actor.slice(0, Math.max(0, actor.lastIndexOf('/')));
}
