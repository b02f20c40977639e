/** Points nearer to each other than this share of the whole square are one body: the tree ends. */
const deepest = 24;

/**
 * The quadtree of Barnes and Hut over points of a plane: far groups of points count as one body in their centre of
 * mass. Rebuilt in each step of a descent, so its memory is kept.
 */
export class QuadTree {
  readonly #theta2: number;
  /** Four children a node; 0 is none, because the root is nobody's child. */
  #children: Uint32Array;
  #massX: Float64Array;
  #massY: Float64Array;
  #bodies: Uint32Array;
  #side2: Float64Array;
  #nodes = 0;
  readonly #stack: number[] = [];

  /** `theta`: a square counts as one body when its side is less than so much of its distance. */
  constructor(points: number, theta: number) {
    this.#theta2 = theta * theta;
    const capacity = Math.max(16, 4 * points);
    this.#children = new Uint32Array(4 * capacity);
    this.#massX = new Float64Array(capacity);
    this.#massY = new Float64Array(capacity);
    this.#bodies = new Uint32Array(capacity);
    this.#side2 = new Float64Array(capacity);
  }

  /** `places` holds x, y of each point in turn. */
  build(places: Float64Array): void {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < places.length; i += 2) {
      left = Math.min(left, places[i]!);
      right = Math.max(right, places[i]!);
      top = Math.min(top, places[i + 1]!);
      bottom = Math.max(bottom, places[i + 1]!);
    }
    const half = Math.max(right - left, bottom - top, Number.MIN_VALUE) / 2;
    this.#nodes = 0;
    this.#node(4 * half * half);
    for (let i = 0; i < places.length; i += 2) {
      this.#insert(places[i]!, places[i + 1]!, (left + right) / 2, (top + bottom) / 2, half);
    }
    for (let node = 0; node < this.#nodes; node++) {
      this.#massX[node]! /= this.#bodies[node]!;
      this.#massY[node]! /= this.#bodies[node]!;
    }
  }

  /**
   * Adds to `force` at `at` what pushes (x, y) away from all bodies, the sum of q^2 times the way from them with
   * q = 1 / (1 + distance^2), and gives the sum of q. A body in the very place counts 1 there and pushes nothing.
   */
  repulsion(x: number, y: number, force: Float64Array, at: number): number {
    const stack = this.#stack;
    let total = 0;
    let pushX = 0;
    let pushY = 0;
    stack.length = 0;
    stack.push(0);
    while (stack.length > 0) {
      const node = stack.pop()!;
      const dx = x - this.#massX[node]!;
      const dy = y - this.#massY[node]!;
      const distance2 = dx * dx + dy * dy;
      const first = 4 * node;
      const isLeaf =
        this.#children[first]! +
          this.#children[first + 1]! +
          this.#children[first + 2]! +
          this.#children[first + 3]! ===
        0;
      if (isLeaf || this.#side2[node]! < this.#theta2 * distance2) {
        const q = 1 / (1 + distance2);
        const weight = this.#bodies[node]! * q;
        total += weight;
        pushX += weight * q * dx;
        pushY += weight * q * dy;
        continue;
      }
      for (let child = first; child < first + 4; child++) {
        if (this.#children[child] !== 0) stack.push(this.#children[child]!);
      }
    }
    force[at]! += pushX;
    force[at + 1]! += pushY;
    return total;
  }

  #insert(x: number, y: number, centreX: number, centreY: number, half: number): void {
    let node = 0;
    for (let depth = 0; ; depth++) {
      const before = this.#bodies[node]!;
      const oldX = this.#massX[node]!;
      const oldY = this.#massY[node]!;
      this.#bodies[node] = before + 1;
      this.#massX[node] = oldX + x;
      this.#massY[node] = oldY + y;
      if (before === 0 || depth === deepest) return;
      half /= 2;
      // A leaf with one body is divided: what it held goes down one step, too.
      if (before === 1) {
        const moved = this.#childAt(node, oldX, oldY, centreX, centreY, half);
        this.#bodies[moved] = 1;
        this.#massX[moved] = oldX;
        this.#massY[moved] = oldY;
      }
      node = this.#childAt(node, x, y, centreX, centreY, half);
      centreX += x < centreX ? -half : half;
      centreY += y < centreY ? -half : half;
    }
  }

  /** The child of `node` for a place; made where it is not there yet. */
  #childAt(node: number, x: number, y: number, centreX: number, centreY: number, half: number): number {
    const slot = 4 * node + (x < centreX ? 0 : 1) + (y < centreY ? 0 : 2);
    const there = this.#children[slot]!;
    if (there !== 0) return there;
    const made = this.#node(4 * half * half);
    this.#children[slot] = made;
    return made;
  }

  #node(side2: number): number {
    if (this.#nodes === this.#bodies.length) this.#grow();
    const node = this.#nodes++;
    this.#children.fill(0, 4 * node, 4 * node + 4);
    this.#massX[node] = 0;
    this.#massY[node] = 0;
    this.#bodies[node] = 0;
    this.#side2[node] = side2;
    return node;
  }

  #grow(): void {
    const capacity = 2 * this.#bodies.length;
    const larger = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#children = larger(new Uint32Array(4 * capacity), this.#children);
    this.#massX = larger(new Float64Array(capacity), this.#massX);
    this.#massY = larger(new Float64Array(capacity), this.#massY);
    this.#bodies = larger(new Uint32Array(capacity), this.#bodies);
    this.#side2 = larger(new Float64Array(capacity), this.#side2);
  }
}
