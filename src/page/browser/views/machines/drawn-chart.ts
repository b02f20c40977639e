import type { TraceRecordOf } from '../../../../trace/record.ts';
import type { ChartTransition } from '../../activity.ts';
import type { MachineName } from '../../machines.ts';

const svgNamespace = 'http://www.w3.org/2000/svg';
/** A transition that was just taken is shown for this long. */
const flashMs = 1_500;

/** A transition with the words that the chart has for it. */
export interface LabelledTransition extends ChartTransition {
  readonly text: string;
}

/** What of a chart was chosen. */
export type Chosen =
  | { readonly kind: 'state'; readonly path: string }
  | ({ readonly kind: 'transition' } & LabelledTransition);

/** One machine's chart in the page: what of it is lit, chosen, just taken. */
export class DrawnChart {
  readonly svg: SVGSVGElement;
  readonly #machine: MachineName;
  readonly #states: ReadonlyMap<string, SVGGElement>;
  readonly #labels: ReadonlyArray<readonly [LabelledTransition, SVGGElement]>;
  #lit = '';

  private constructor(machine: MachineName, svg: SVGSVGElement) {
    this.#machine = machine;
    this.svg = svg;
    const groups = [...svg.querySelectorAll<SVGGElement>('.state')];
    this.#states = new Map(groups.map((group) => [group.dataset.state ?? '', group]));
    this.#labels = [...svg.querySelectorAll<SVGGElement>('.transition-label')].map((group) => [
      transitionOf(group),
      group,
    ]);
    for (const group of groups) addMark(group);
  }

  /** The chart as the server draws it. Rejects where it cannot be had. */
  static async load(machine: MachineName): Promise<DrawnChart> {
    const response = await fetch(`/charts/${machine}.svg`);
    if (!response.ok) throw new Error(`no chart: ${response.status}`);
    const drawn = new DOMParser().parseFromString(await response.text(), 'image/svg+xml');
    const svg = document.importNode(drawn.documentElement, true);
    if (!(svg instanceof SVGSVGElement)) throw new Error('no chart: this is no SVG');
    return new DrawnChart(machine, svg);
  }

  /** The paths of all states, in the order of the source; the machine itself is empty. */
  get paths(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** What the machine's source says of a state. */
  descriptionOf(path: string): string {
    return this.#states.get(path)?.querySelector(':scope > title')?.textContent ?? '';
  }

  /** The transitions that lead out of a state to another. */
  transitionsFrom(path: string): readonly LabelledTransition[] {
    return this.#labels.flatMap(([transition]) => (transition.from === path ? [transition] : []));
  }

  /** What was hit by a click. */
  chosenAt(target: Element): Chosen | undefined {
    const label = target.closest<SVGGElement>('.transition-label, .transition');
    if (label !== null) {
      const { from, to } = label.dataset;
      const found =
        this.#labels.find(([, group]) => group === label) ??
        this.#labels.find(([each]) => each.from === from && each.to === to);
      return found === undefined ? undefined : { kind: 'transition', ...found[0] };
    }
    const state = target.closest<SVGGElement>('.state')?.dataset.state;
    return state === undefined ? undefined : { kind: 'state', path: state };
  }

  /** Marks what was chosen, and nothing else. */
  choose(chosen: Chosen | undefined): void {
    for (const [path, group] of this.#states) {
      group.classList.toggle('chosen', chosen?.kind === 'state' && chosen.path === path);
    }
    for (const [transition, group] of this.#labels) {
      group.classList.toggle('chosen', chosen?.kind === 'transition' && isSame(transition, chosen));
    }
  }

  /** Lights these leaf states and those around them: by a mark and a thick line, not by colour alone. */
  light(leaves: readonly string[]): boolean {
    const lit = leaves.join(' ');
    if (lit === this.#lit) return false;
    this.#lit = lit;
    for (const [path, group] of this.#states) {
      const leaf = leaves.includes(path);
      const around = path === '' ? leaves.length > 0 : leaves.some((each) => each.startsWith(`${path}.`));
      group.classList.toggle('active', leaf || around);
      group.classList.toggle('active-leaf', leaf);
    }
    return true;
  }

  /** Writes how long each lit leaf has been so. */
  tellSince(textOf: (path: string) => string): void {
    for (const group of this.svg.querySelectorAll<SVGGElement>('.active-leaf')) {
      const text = textOf(group.dataset.state ?? '');
      const place = group.querySelector(':scope > .since');
      if (place !== null && place.textContent !== text) place.textContent = text;
    }
  }

  get litBox(): Element | undefined {
    return this.svg.querySelector('.active-leaf > .box') ?? undefined;
  }

  /** Shows that these transitions were just taken. */
  flash({ event, transitions }: TraceRecordOf<'microstep'>): void {
    for (const { from, to, guard } of transitions) {
      const source = from === this.#machine ? '' : from;
      for (const target of to) {
        const arrow = `.transition[data-from="${CSS.escape(source)}"][data-to="${CSS.escape(target)}"]`;
        for (const each of this.svg.querySelectorAll(arrow)) flash(each);
        for (const [label, group] of this.#labels) {
          if (label.from !== source || label.to !== target || label.guard !== (guard ?? '')) continue;
          if (label.event === '' || label.event === event) flash(group);
        }
      }
    }
  }
}

function transitionOf(group: SVGGElement): LabelledTransition {
  const { from = '', to = '', event = '', guard = '' } = group.dataset;
  return { from, to, event, guard, text: group.querySelector('.label')?.textContent ?? '' };
}

function isSame(one: ChartTransition, other: ChartTransition): boolean {
  return (
    one.from === other.from && one.to === other.to && one.event === other.event && one.guard === other.guard
  );
}

/** Room for the mark of an active state, and for how long it has been so. */
function addMark(group: SVGGElement): void {
  const box = group.querySelector<SVGRectElement>(':scope > .box');
  if (box === null) return;
  const { x, y, width, height } = box;
  const mark = document.createElementNS(svgNamespace, 'circle');
  mark.classList.add('here');
  mark.setAttribute('cx', String(x.baseVal.value));
  mark.setAttribute('cy', String(y.baseVal.value));
  mark.setAttribute('r', '8');
  const since = document.createElementNS(svgNamespace, 'text');
  since.classList.add('since');
  since.setAttribute('x', String(x.baseVal.value + width.baseVal.value - 8));
  since.setAttribute('y', String(y.baseVal.value + height.baseVal.value + 15));
  group.append(mark, since);
}

function flash(part: Element): void {
  part.classList.remove('just-taken');
  void part.getBoundingClientRect(); // so that the animation begins anew
  part.classList.add('just-taken');
  setTimeout(() => part.classList.remove('just-taken'), flashMs);
}
