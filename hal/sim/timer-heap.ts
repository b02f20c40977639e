import type { TimerId } from '../contract/clock.ts';

export interface Timer {
  readonly id: TimerId;
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Timers by time due, and by id (order of creation) where two are due together: a binary heap. */
export class TimerHeap {
  #heap: Timer[] = [];
  // A cancelled timer stays in the heap until it surfaces; the map says which ones still count.
  #live = new Map<TimerId, Timer>();

  get size(): number {
    return this.#live.size;
  }

  add(timer: Timer): void {
    this.#live.set(timer.id, timer);
    this.#push(timer);
  }

  /** Unknown and already fired timers are ignored, as `clearTimeout` does. */
  cancel(id: TimerId): void {
    if (!this.#live.delete(id)) return;
    // Long timeouts that are armed and cancelled for every frame would pile up until they are due.
    if (this.#heap.length > 64 + 2 * this.#live.size) this.#rebuild();
  }

  /** When the earliest timer is due; undefined when there is none. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs;
  }

  /** Takes the earliest timer out. */
  take(): Timer | undefined {
    this.#dropCancelled();
    const first = this.#heap[0];
    if (first === undefined) return undefined;
    this.#live.delete(first.id);
    this.#removeFirst();
    return first;
  }

  #dropCancelled(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#live.has(first.id)) return;
      this.#removeFirst();
    }
  }

  #rebuild(): void {
    this.#heap = [];
    for (const timer of this.#live.values()) this.#push(timer);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (!before(timer, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      if (childIndex + 1 < heap.length && before(heap[childIndex + 1]!, heap[childIndex]!)) childIndex++;
      if (!before(heap[childIndex]!, last)) break;
      heap[index] = heap[childIndex]!;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.id < b.id);
}
