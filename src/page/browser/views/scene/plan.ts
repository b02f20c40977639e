import type { Answer } from '../../../requests.ts';
import { words } from '../../texts/language.ts';

export type PersonInPlan = Answer<'scene'>['inView'][number];

/** A place before the camera, in metres: away from it, and to the right of its axis as it sees. */
export interface Spot {
  readonly distanceM: number;
  readonly lateralM: number;
}

export interface PlanCallbacks {
  readonly chosen: (who: string) => void;
  readonly moved: (who: string, spot: Spot) => void;
  readonly left: (who: string) => void;
}

/** The plan shows so much of the room. */
const depthM = 4;
const halfWidthM = 2.6;
/** Room below the camera, for its own mark. */
const belowM = 0.3;
const nearestM = 0.2;
const stepM = 0.1;
/** Half of the angle that the scene's camera sees. */
const halfViewRad = Math.PI / 6;
const svgNamespace = 'http://www.w3.org/2000/svg';

const arrows: Readonly<Record<string, readonly [distanceM: number, lateralM: number] | undefined>> = {
  ArrowUp: [stepM, 0],
  ArrowDown: [-stepM, 0],
  ArrowLeft: [0, -stepM],
  ArrowRight: [0, stepM],
};

/** The room from above, the camera at the bottom. People in it are dragged, or moved with the arrow keys. */
export class Plan {
  readonly #svg = svgElement('svg', { viewBox: [-halfWidthM, 0, 2 * halfWidthM, depthM + belowM].join(' ') });
  readonly #people = svgElement('g');
  readonly #tell: PlanCallbacks;
  #dragged = false;

  constructor(place: HTMLElement, tell: PlanCallbacks) {
    this.#tell = tell;
    this.#svg.append(...room(), this.#people);
    place.append(this.#svg);
  }

  /** Redraws nobody who is being dragged. */
  draw(people: readonly PersonInPlan[], chosen: string | undefined): void {
    if (this.#dragged) return;
    const focused =
      document.activeElement instanceof SVGElement ? document.activeElement.dataset.who : undefined;
    const drawn = people.map((person) => this.#person(person, person.who === chosen));
    this.#people.replaceChildren(...drawn);
    if (focused !== undefined) drawn.find(({ dataset }) => dataset.who === focused)?.focus();
  }

  /** The place under a point of the window; undefined outside of the plan. */
  spotAt(point: { readonly clientX: number; readonly clientY: number }): Spot | undefined {
    const matrix = this.#svg.getScreenCTM();
    if (matrix === null) return undefined;
    const { x, y } = new DOMPoint(point.clientX, point.clientY).matrixTransform(matrix.inverse());
    const distanceM = depthM - y;
    if (Math.abs(x) > halfWidthM || distanceM > depthM || distanceM < -belowM) return undefined;
    return spot(distanceM, x);
  }

  #person(person: PersonInPlan, chosen: boolean): SVGElement {
    const { who, distanceM, lateralM, yawDeg } = person;
    const group = svgElement('g', { class: 'standing', tabindex: '0', role: 'button' });
    group.dataset.who = who;
    group.ariaPressed = String(chosen);
    group.ariaLabel = words.scene.place(who, distanceM.toFixed(1), lateralM.toFixed(1));
    const turn = svgElement('g', { transform: `rotate(${-yawDeg})` });
    // The nose: whoever faces the camera looks down the plan.
    turn.append(svgElement('path', { d: 'M -0.07 0.19 L 0 0.26 L 0.07 0.19' }));
    const name = svgElement('text', { y: '-0.22' });
    name.textContent = who;
    group.append(svgElement('circle', { r: '0.16' }), turn, name);
    const put = (at: Spot) =>
      group.setAttribute('transform', `translate(${at.lateralM} ${depthM - at.distanceM})`);
    put(person);
    group.addEventListener('click', () => this.#tell.chosen(who));
    group.addEventListener('keydown', (event) => {
      const arrow = arrows[event.key];
      if (arrow !== undefined) this.#tell.moved(who, spot(distanceM + arrow[0], lateralM + arrow[1]));
      else if (event.key === 'Enter' || event.key === ' ') this.#tell.chosen(who);
      else if (event.key === 'Delete') this.#tell.left(who);
      else return;
      event.preventDefault();
    });
    group.addEventListener('pointerdown', ({ pointerId }) => {
      group.setPointerCapture(pointerId);
      this.#dragged = true;
    });
    let to: Spot | undefined;
    group.addEventListener('pointermove', (event) => {
      if (!group.hasPointerCapture(event.pointerId)) return;
      const at = this.spotAt(event);
      if (at === undefined || (to === undefined && isNear(at, person))) return;
      to = at;
      put(at);
    });
    group.addEventListener('lostpointercapture', () => {
      this.#dragged = false;
      if (to !== undefined) this.#tell.moved(who, to);
    });
    return group;
  }
}

/** A click trembles. */
function isNear(one: Spot, other: Spot): boolean {
  return Math.hypot(one.distanceM - other.distanceM, one.lateralM - other.lateralM) < stepM;
}

function spot(distanceM: number, lateralM: number): Spot {
  const within = (least: number, most: number, value: number) =>
    Math.round(Math.min(most, Math.max(least, value)) * 20) / 20;
  return {
    distanceM: within(nearestM, depthM, distanceM),
    lateralM: within(-halfWidthM, halfWidthM, lateralM),
  };
}

/** What the camera sees, a line each metre, and the camera. */
function room(): SVGElement[] {
  const half = depthM * Math.tan(halfViewRad);
  const lines = Array.from({ length: depthM }, (_, index) => {
    const y = String(depthM - index - 1);
    const far = svgElement('text', {
      class: 'far',
      x: String(-halfWidthM + 0.2),
      y: String(Number(y) + 0.17),
    });
    far.textContent = `${index + 1} m`;
    return [svgElement('path', { class: 'metre', d: `M ${-halfWidthM} ${y} H ${halfWidthM}` }), far];
  });
  return [
    svgElement('path', { class: 'sight', d: `M 0 ${depthM} L ${-half} 0 H ${half} Z` }),
    ...lines.flat(),
    svgElement('path', { class: 'camera', d: `M -0.16 ${depthM + 0.05} h 0.32 v 0.2 h -0.32 Z` }),
  ];
}

function svgElement<Name extends 'svg' | 'g' | 'path' | 'circle' | 'text'>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
