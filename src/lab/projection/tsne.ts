import { type DistanceTable, distancesOf, nearestNeighbours } from './distances.ts';
import { type Links, symmetric } from './links.ts';
import type { Plane, Steps } from './plane.ts';
import { principalPlane } from './principal-plane.ts';
import { QuadTree } from './quadtree.ts';

/** Settings of L. van der Maaten, "Accelerating t-SNE using tree-based algorithms", JMLR 15, 2014, 3221-3245. */
const usualPerplexity = 30;
const theta = 0.5;
const exaggeration = 12;
const exaggerated = 250;
const iterations = 1000;

/** How often the caller hears of it, and an abort is seen. */
const stepsAtOnce = 25;

/** How many neighbours a point has: three times as many should be there. */
function perplexityFor(count: number): number {
  return Math.max(1, Math.min(usualPerplexity, (count - 1) / 3));
}

/**
 * t-SNE of unit vectors on a plane by Barnes and Hut's tree: near rows stay near each other; how far groups lie apart,
 * and how large they are, means nothing. Rows and the same random numbers give the same plane to the bit. One row lies
 * in the middle. Rejects with the signal's reason.
 */
export async function tsne(rows: readonly Float32Array[], steps: Steps): Promise<Plane> {
  const count = rows.length;
  if (count < 2) return new Float64Array(2 * count);
  const links = jointProbabilities(distancesOf(rows));
  const descent = new Descent(principalPlane(rows, 1e-4, steps.random), links);
  for (let step = 0; step < iterations; step++) {
    descent.step(step < exaggerated);
    if (step % stepsAtOnce !== 0) continue;
    steps.progress(step, iterations);
    await new Promise((resolve) => setImmediate(resolve));
    steps.signal.throwIfAborted();
  }
  return descent.places;
}

/** How likely two rows are neighbours, p of each pair; all sum to 1. */
function jointProbabilities(table: DistanceTable): Links {
  const { count, squared } = table;
  const perplexity = perplexityFor(count);
  const neighbours = nearestNeighbours(table, Math.floor(3 * perplexity));
  const rows = neighbours.map((others, i) => {
    const chances = conditional(
      Float64Array.from(others, (j) => squared[i * count + j]!),
      perplexity,
    );
    return new Map(Array.from(others, (j, place) => [j, chances[place]! / (2 * count)]));
  });
  return symmetric(rows, (there, back) => there + back);
}

/** A Gaussian's weights, summing to 1, of the width at which they are as many as `perplexity` equal ones. */
function conditional(squared: Float64Array, perplexity: number): Float64Array {
  const nearest = Math.min(...squared);
  const wanted = Math.log(perplexity);
  let [low, high, precision] = [0, Number.POSITIVE_INFINITY, 1];
  let chances = squared;
  for (let round = 0; round < 100; round++) {
    // Less the nearest: the weights' shares are the same, and the largest cannot vanish.
    const weights = squared.map((value) => Math.exp(-precision * (value - nearest)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    chances = weights.map((weight) => weight / total);
    const entropy = chances.reduce((sum, chance) => sum - (chance > 0 ? chance * Math.log(chance) : 0), 0);
    if (Math.abs(entropy - wanted) < 1e-5) break;
    if (entropy > wanted) low = precision;
    else high = precision;
    precision = high === Number.POSITIVE_INFINITY ? precision * 2 : (low + high) / 2;
  }
  return chances;
}

/** Gradient descent with momentum, and a gain of its own for each coordinate (R. A. Jacobs, 1988). */
class Descent {
  readonly places: Plane;
  readonly #links: Links;
  readonly #tree: QuadTree;
  readonly #velocity: Float64Array;
  readonly #gains: Float64Array;
  readonly #push: Float64Array;
  readonly #pull: Float64Array;
  readonly #rate: number;

  constructor(start: Plane, links: Links) {
    this.places = start;
    this.#links = links;
    this.#tree = new QuadTree(start.length / 2, theta);
    this.#velocity = new Float64Array(start.length);
    this.#gains = new Float64Array(start.length).fill(1);
    this.#push = new Float64Array(start.length);
    this.#pull = new Float64Array(start.length);
    // A. C. Belkina and others, Nature Communications 10, 2019, 5415; the gradient here is without its factor 4.
    this.#rate = Math.max(200, start.length / 2 / exaggeration);
  }

  step(early: boolean): void {
    const count = this.places.length / 2;
    this.#tree.build(this.places);
    this.#push.fill(0);
    // Each point finds itself in the tree.
    let total = -count;
    for (let i = 0; i < count; i++) {
      total += this.#tree.repulsion(this.places[2 * i]!, this.places[2 * i + 1]!, this.#push, 2 * i);
      this.#attract(i);
    }
    const strength = early ? exaggeration : 1;
    const momentum = early ? 0.5 : 0.8;
    for (let k = 0; k < this.places.length; k++) {
      const gradient = strength * this.#pull[k]! - this.#push[k]! / total;
      this.#move(k, gradient, momentum);
    }
    this.#centre(count);
  }

  #attract(i: number): void {
    const { starts, columns, values } = this.#links;
    const x = this.places[2 * i]!;
    const y = this.places[2 * i + 1]!;
    let pullX = 0;
    let pullY = 0;
    for (let link = starts[i]!; link < starts[i + 1]!; link++) {
      const j = columns[link]!;
      const dx = x - this.places[2 * j]!;
      const dy = y - this.places[2 * j + 1]!;
      const weight = values[link]! / (1 + dx * dx + dy * dy);
      pullX += weight * dx;
      pullY += weight * dy;
    }
    this.#pull[2 * i] = pullX;
    this.#pull[2 * i + 1] = pullY;
  }

  #move(k: number, gradient: number, momentum: number): void {
    const velocity = this.#velocity[k]!;
    const turned = gradient > 0 === velocity > 0;
    const gain = Math.max(0.01, turned ? this.#gains[k]! * 0.8 : this.#gains[k]! + 0.2);
    this.#gains[k] = gain;
    this.#velocity[k] = momentum * velocity - this.#rate * gain * gradient;
    this.places[k]! += this.#velocity[k]!;
  }

  #centre(count: number): void {
    for (let axis = 0; axis < 2; axis++) {
      let sum = 0;
      for (let k = axis; k < this.places.length; k += 2) sum += this.places[k]!;
      for (let k = axis; k < this.places.length; k += 2) this.places[k]! -= sum / count;
    }
  }
}
