import { distancesOf, nearestNeighbours } from './distances.ts';
import { type Links, symmetric } from './links.ts';
import type { Plane, Steps } from './plane.ts';
import { principalPlane } from './principal-plane.ts';

/** Settings of L. McInnes, J. Healy, J. Melville, "UMAP", arXiv:1802.03426, and of their program for small data. */
const neighbourCount = 15;
const epochs = 500;
const negativesPerLink = 5;
/** The curve 1 / (1 + a d^2b) nearest to one that is 1 up to a distance of 0.1 and falls off with a spread of 1. */
const a = 1.5769434602;
const b = 0.8950608781;
const longestStep = 4;

/** How often the caller hears of it, and an abort is seen. */
const epochsAtOnce = 10;

/**
 * UMAP of unit vectors on a plane; see `tsne`. What lies between groups means a little more here than in t-SNE, and the
 * same random numbers give the same plane to the bit. Rejects with the signal's reason.
 */
export async function umap(rows: readonly Float32Array[], steps: Steps): Promise<Plane> {
  const count = rows.length;
  if (count < 2) return new Float64Array(2 * count);
  const links = fuzzyLinks(rows);
  const layout = new Layout(principalPlane(rows, 5, steps.random), links, steps.random);
  for (let epoch = 0; epoch < epochs; epoch++) {
    layout.epoch(epoch, 1 - epoch / epochs);
    if (epoch % epochsAtOnce !== 0) continue;
    steps.progress(epoch, epochs);
    await new Promise((resolve) => setImmediate(resolve));
    steps.signal.throwIfAborted();
  }
  return layout.places;
}

/** How strongly each row is tied to its neighbours, 0 to 1, seen from either. */
function fuzzyLinks(rows: readonly Float32Array[]): Links {
  const table = distancesOf(rows);
  const ties = nearestNeighbours(table, neighbourCount).map((others, i) => {
    const distances = Array.from(others, (j) => Math.sqrt(table.squared[i * table.count + j]!));
    const strengths = strengthsOf(distances);
    return new Map(Array.from(others, (j, place) => [j, strengths[place]!]));
  });
  return symmetric(ties, (there, back) => there + back - there * back);
}

/** exp(-(d - nearest) / width), of the width at which they sum to the binary logarithm of their number. */
function strengthsOf(distances: readonly number[]): number[] {
  const nearest = Math.min(...distances);
  const wanted = Math.log2(Math.max(2, distances.length));
  const at = (width: number) => distances.map((distance) => Math.exp(-(distance - nearest) / width));
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let width = 1;
  for (let round = 0; round < 64; round++) {
    const sum = at(width).reduce((total, strength) => total + strength, 0);
    if (Math.abs(sum - wanted) < 1e-5) break;
    if (sum > wanted) high = width;
    else low = width;
    width = high === Number.POSITIVE_INFINITY ? width * 2 : (low + high) / 2;
  }
  return at(Math.max(width, 1e-3));
}

/** Stochastic descent: a link pulls as often as it is strong, and each time a few others chosen at random push. */
class Layout {
  readonly places: Plane;
  readonly #links: Links;
  readonly #random: () => number;
  /** How many epochs lie between two pulls of a link, and when the next one is. */
  readonly #between: Float64Array;
  readonly #due: Float64Array;

  constructor(start: Plane, links: Links, random: () => number) {
    this.places = start;
    this.#links = links;
    this.#random = random;
    const strongest = links.values.reduce((most, value) => Math.max(most, value), 0);
    this.#between = links.values.map((value) => strongest / value);
    this.#due = this.#between.slice();
  }

  epoch(epoch: number, rate: number): void {
    const count = this.places.length / 2;
    for (let i = 0; i < count; i++) this.#movePoint(i, count, epoch, rate);
  }

  #movePoint(i: number, count: number, epoch: number, rate: number): void {
    const { starts, columns } = this.#links;
    for (let link = starts[i]!; link < starts[i + 1]!; link++) {
      if (this.#due[link]! > epoch + 1) continue;
      this.#due[link]! += this.#between[link]!;
      this.#pull(2 * i, 2 * columns[link]!, rate);
      for (let n = 0; n < negativesPerLink; n++) {
        const other = Math.floor(this.#random() * count);
        if (other !== i) this.#push(2 * i, 2 * other, rate);
      }
    }
  }

  #pull(from: number, to: number, rate: number): void {
    const dx = this.places[from]! - this.places[to]!;
    const dy = this.places[from + 1]! - this.places[to + 1]!;
    const square = dx * dx + dy * dy;
    if (square === 0) return;
    const strength = (-2 * a * b * square ** (b - 1)) / (1 + a * square ** b);
    const stepX = rate * clipped(strength * dx);
    const stepY = rate * clipped(strength * dy);
    this.places[from]! += stepX;
    this.places[from + 1]! += stepY;
    this.places[to]! -= stepX;
    this.places[to + 1]! -= stepY;
  }

  #push(from: number, other: number, rate: number): void {
    const dx = this.places[from]! - this.places[other]!;
    const dy = this.places[from + 1]! - this.places[other + 1]!;
    const square = dx * dx + dy * dy;
    const strength = (2 * b) / ((0.001 + square) * (1 + a * square ** b));
    this.places[from]! += rate * clipped(strength * dx);
    this.places[from + 1]! += rate * clipped(strength * dy);
  }
}

function clipped(step: number): number {
  return Math.max(-longestStep, Math.min(longestStep, step));
}
