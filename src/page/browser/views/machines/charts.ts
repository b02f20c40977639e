import type { TraceRecord } from '../../../../trace/record.ts';
import type { ActorStory } from '../../../../trace/story.ts';
import { byId, element, setText } from '../../dom.ts';
import { actorShown, type MachineName, machineNames, tellingStates } from '../../machines.ts';
import { words } from '../../texts/language.ts';
import { durationText, sinceText, statesText, stateText } from '../../texts/sentences.ts';
import type { Viewpoint } from '../../viewpoint.ts';
import { type Chosen, DrawnChart } from './drawn-chart.ts';
import { MachineFacts } from './machine-facts.ts';

const zoomStep = 1.25;
const smallestZoom = 0.15;
const largestZoom = 2;
/** The letters of a chart can be read from here on. */
const readableZoom = 0.8;

interface Tab {
  readonly machine: MachineName;
  readonly button: HTMLButtonElement;
  readonly where: HTMLElement;
  chart: DrawnChart | undefined;
}

/** The machines as charts, one at a time: where each is, the transitions that it takes, and why. */
export class MachineCharts {
  readonly #viewpoint: Viewpoint;
  readonly #facts: MachineFacts;
  readonly #panel = byId('chart', 'div');
  readonly #active = byId('active', 'p');
  readonly #whole = byId('whole', 'button');
  readonly #follow = byId('follow', 'button');
  readonly #choice = byId('state-choice', 'select');
  readonly #tabs: readonly Tab[];
  #shown: Tab;
  #chosen: Chosen | undefined;
  #zoom = readableZoom;

  constructor(viewpoint: Viewpoint) {
    this.#viewpoint = viewpoint;
    this.#facts = new MachineFacts(viewpoint, (chosen) => this.#choose(chosen));
    this.#panel.tabIndex = 0; // so that the arrow keys scroll it
    const bar = byId('tabs', 'div');
    this.#tabs = machineNames.map((machine) => {
      const button = element('button');
      button.type = 'button';
      button.id = `tab-${machine}`;
      button.role = 'tab';
      button.setAttribute('aria-controls', 'chart');
      const where = element('span', '', 'quiet');
      button.append(element('strong', machine), where);
      button.addEventListener('click', () => void this.#show(machine));
      bar.append(button);
      return { machine, button, where, chart: undefined };
    });
    const first = this.#tabs.find(({ machine }) => machine === 'vision') ?? this.#tabs[0];
    if (first === undefined) throw new Error('there are no machines');
    this.#shown = first;
    bar.addEventListener('keydown', (event) => this.#moveByKey(event));
    byId('smaller', 'button').addEventListener('click', () => this.#zoomTo(this.#zoom / zoomStep));
    byId('larger', 'button').addEventListener('click', () => this.#zoomTo(this.#zoom * zoomStep));
    this.#whole.addEventListener('click', () => this.#toggleWhole());
    this.#follow.addEventListener('click', () => {
      setPressed(this.#follow, !isPressed(this.#follow));
      this.#scrollToActive();
    });
    this.#choice.addEventListener('change', () => {
      const { value, selectedIndex } = this.#choice;
      this.#choose(selectedIndex === 0 ? undefined : { kind: 'state', path: value });
    });
    this.#panel.addEventListener('click', ({ target }) => {
      if (target instanceof Element) this.#choose(this.#shown.chart?.chosenAt(target));
    });
    new ResizeObserver(() => this.#applyZoom()).observe(this.#panel);
    void this.#show(first.machine);
  }

  /** Shows where everything is now. */
  draw(): void {
    for (const { machine, where, button } of this.#tabs) {
      const actor = this.#actorOf(machine);
      setText(where, actor === undefined ? words.empty.notRunning : tellingStates(actor.states).join(', '));
      button.dataset.tags = actor?.tags.join(' ') ?? '';
    }
    this.#light();
    this.tick();
  }

  /** What time alone changes. */
  tick(): void {
    const { machine, chart } = this.#shown;
    const { nowMs, activity } = this.#viewpoint;
    const actor = this.#actorOf(machine);
    setText(
      this.#active,
      actor === undefined
        ? `${machine}: ${words.empty.notRunning}`
        : `${statesText(actor.states)}, ${sinceText(nowMs - actor.sinceMs)}`,
    );
    if (actor !== undefined) {
      chart?.tellSince((path) =>
        durationText(nowMs - (activity.activeSinceMs(actor.actor, path) ?? actor.sinceMs)),
      );
    }
    this.#facts.draw(machine, actor?.actor, chart, this.#chosen);
  }

  /** Shows the transitions among these records that the machine took. */
  flash(records: readonly TraceRecord[]): void {
    const { chart, machine } = this.#shown;
    const actor = actorShown(machine, this.#viewpoint.state);
    for (const record of records) {
      if (record.kind === 'microstep' && record.actor === actor) chart?.flash(record);
    }
  }

  #actorOf(machine: MachineName): ActorStory | undefined {
    const actor = actorShown(machine, this.#viewpoint.state);
    return actor === undefined ? undefined : this.#viewpoint.state.actors[actor];
  }

  async #show(machine: MachineName): Promise<void> {
    const tab = this.#tabs.find((other) => other.machine === machine);
    if (tab === undefined) return;
    this.#shown = tab;
    this.#chosen = undefined;
    for (const { button } of this.#tabs) {
      const shown = button === tab.button;
      button.ariaSelected = String(shown);
      button.tabIndex = shown ? 0 : -1;
    }
    this.#panel.setAttribute('aria-label', words.chart.label(machine));
    this.tick();
    if (tab.chart === undefined) {
      this.#panel.replaceChildren(element('p', words.empty.drawing, 'quiet'));
      this.#offerStates([]);
      tab.chart = await DrawnChart.load(machine).catch(() => undefined);
      if (this.#shown !== tab) return;
    }
    this.#panel.replaceChildren(tab.chart?.svg ?? element('p', words.empty.noChart, 'quiet'));
    this.#offerStates(tab.chart?.paths ?? []);
    this.#choose(undefined);
    this.#applyZoom();
    this.#light();
    this.#scrollToActive();
  }

  #offerStates(paths: readonly string[]): void {
    const none = element('option', words.chart.noneChosen);
    none.value = '-';
    const states = paths.map((path) => {
      const option = element('option', path === '' ? words.chart.machineItself : stateText(path));
      option.value = path;
      return option;
    });
    this.#choice.replaceChildren(none, ...states);
  }

  #choose(chosen: Chosen | undefined): void {
    this.#chosen = chosen;
    this.#choice.value = chosen?.kind === 'state' ? chosen.path : '-';
    this.#shown.chart?.choose(chosen);
    this.tick();
  }

  #moveByKey(event: KeyboardEvent): void {
    const at = this.#tabs.indexOf(this.#shown);
    const last = this.#tabs.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    const tab = to === undefined ? undefined : this.#tabs[to];
    if (tab === undefined) return;
    event.preventDefault();
    tab.button.focus();
    void this.#show(tab.machine);
  }

  #light(): void {
    const { chart, machine } = this.#shown;
    if (chart?.light(this.#actorOf(machine)?.states ?? []) === true) this.#scrollToActive();
  }

  #scrollToActive(): void {
    if (!isPressed(this.#follow) || isPressed(this.#whole)) return;
    const leaf = this.#shown.chart?.litBox;
    if (leaf === undefined) return;
    // Only the panel moves: the page stays where its reader is.
    const [box, panel] = [leaf.getBoundingClientRect(), this.#panel.getBoundingClientRect()];
    const left = box.left + box.width / 2 - (panel.left + panel.width / 2);
    const top = box.top + box.height / 2 - (panel.top + panel.height / 2);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#panel.scrollBy({ left, top, behavior: still ? 'instant' : 'smooth' });
  }

  #toggleWhole(): void {
    setPressed(this.#whole, !isPressed(this.#whole));
    this.#applyZoom();
    this.#scrollToActive();
  }

  #zoomTo(zoom: number): void {
    setPressed(this.#whole, false);
    this.#zoom = Math.min(largestZoom, Math.max(smallestZoom, zoom));
    this.#applyZoom();
    this.#scrollToActive();
  }

  #applyZoom(): void {
    const svg = this.#shown.chart?.svg;
    if (svg === undefined) return;
    const { width, height } = svg.viewBox.baseVal;
    const fitting = Math.min(this.#panel.clientWidth / width, this.#panel.clientHeight / height);
    if (isPressed(this.#whole)) this.#zoom = fitting;
    svg.style.width = `${Math.floor(width * this.#zoom)}px`;
    svg.style.height = `${Math.floor(height * this.#zoom)}px`;
  }
}

function isPressed(button: HTMLButtonElement): boolean {
  return button.ariaPressed === 'true';
}

function setPressed(button: HTMLButtonElement, pressed: boolean): void {
  button.ariaPressed = String(pressed);
}
