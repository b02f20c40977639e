import type { PictureFacts, ShownFace } from '../../../protocol.ts';
import { byId, element, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { decisionText } from '../../texts/sentences.ts';

type NameOf = (subjectId: string) => string;
type Limits = PictureFacts['limits'];

/** A bar ends at so many times its limit. */
const distanceSpan = 3;
const marginSpan = 5;

interface Row {
  readonly item: HTMLElement;
  readonly title: HTMLElement;
  readonly reason: HTMLElement;
  readonly distance: Scale;
  readonly margin: Scale;
}

/** For every face in the picture, how near the nearest person is, and how far the second is behind. */
export class FaceScales {
  readonly #nameOf: NameOf;
  readonly #list = byId('faces', 'ul');
  readonly #rows = new Map<number, Row>();

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  show(faces: readonly ShownFace[], limits: Limits): void {
    const here = new Set(faces.map(({ trackId }) => trackId));
    for (const [trackId, { item }] of this.#rows) {
      if (here.has(trackId)) continue;
      item.remove();
      this.#rows.delete(trackId);
    }
    for (const face of faces) this.#showFace(this.#row(face.trackId), face, limits);
  }

  #showFace(row: Row, face: ShownFace, limits: Limits): void {
    const { trackId, decision, reason, subjectId, nearest } = face;
    const who = subjectId === null ? decisionText(decision) : this.#nameOf(subjectId);
    row.item.dataset.decision = decision;
    setText(row.title, `${trackId} · ${who}`);
    setText(row.reason, reason.replace(/\bp_\w+/g, this.#nameOf));
    const [first, second] = nearest;
    const known = first !== undefined && limits !== null;
    row.distance.hidden = !known;
    row.margin.hidden = !known || second === undefined;
    if (!known) return;
    const { threshold, margin } = limits;
    row.distance.set(
      first.distance,
      threshold,
      distanceSpan,
      first.distance <= threshold,
      words.picture.nearest(this.#nameOf(first.subjectId), first.distance.toFixed(3), threshold.toFixed(3)),
    );
    if (second === undefined) return;
    const gap = second.distance - first.distance;
    row.margin.set(
      gap,
      margin,
      marginSpan,
      gap >= margin,
      words.picture.behind(this.#nameOf(second.subjectId), gap.toFixed(3), margin.toFixed(3)),
    );
  }

  #row(trackId: number): Row {
    const known = this.#rows.get(trackId);
    if (known !== undefined) return known;
    const item = element('li', '', 'face');
    const [title, reason] = [element('strong'), element('span', '', 'quiet')];
    reason.lang = 'en';
    const [distance, margin] = [new Scale(), new Scale()];
    item.append(title, distance.place, margin.place, reason);
    this.#list.append(item);
    const row = { item, title, reason, distance, margin };
    this.#rows.set(trackId, row);
    return row;
  }
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** A bar with a mark where its limit is, and the same in words. */
class Scale {
  readonly place = element('div', '', 'scale');
  readonly #text = element('span');
  readonly #bar = svgElement('rect');
  readonly #mark = svgElement('rect');

  constructor() {
    const drawing = svgElement('svg');
    drawing.setAttribute('viewBox', '0 0 100 8');
    drawing.setAttribute('preserveAspectRatio', 'none');
    drawing.setAttribute('aria-hidden', 'true');
    const rail = svgElement('rect');
    for (const [part, name] of [
      [rail, 'rail'],
      [this.#bar, 'level'],
      [this.#mark, 'limit'],
    ] as const) {
      part.setAttribute('class', name);
      part.setAttribute('height', '8');
      drawing.append(part);
    }
    rail.setAttribute('width', '100');
    this.#mark.setAttribute('width', '1.2');
    this.place.append(this.#text, drawing);
  }

  set hidden(hidden: boolean) {
    this.place.hidden = hidden;
  }

  /** The bar ends at `span` times the limit. */
  set(value: number, limit: number, span: number, good: boolean, text: string): void {
    const share = (part: number) => String(Math.round((100 * Math.min(part, span * limit)) / (span * limit)));
    this.#bar.setAttribute('width', share(Math.max(0, value)));
    this.#mark.setAttribute('x', share(limit));
    this.place.dataset.good = String(good);
    setText(this.#text, text);
  }
}

function svgElement<K extends keyof SVGElementTagNameMap>(tag: K): SVGElementTagNameMap[K] {
  return document.createElementNS(svgNamespace, tag);
}
