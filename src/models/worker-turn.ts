/**
 * What both sides of the models' Worker must agree on before it may be ended: a thread that is terminated inside a
 * network takes the whole process with it. The Worker says when it is inside; whoever wants to end it says so first.
 */
export class WorkerTurn {
  readonly share: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(share = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.share = share;
    this.#words = new Int32Array(share);
  }

  /** For the Worker: runs `work` as one that must not be cut off. Ends the thread, before or after, when asked to. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    // Each side writes its own word before it reads the other's, so that never both miss each other.
    Atomics.store(this.#words, inside, 1);
    if (this.#ending()) process.exit();
    try {
      return await work();
    } finally {
      Atomics.store(this.#words, inside, 0);
      if (this.#ending()) process.exit();
    }
  }

  /** For the owner: asks the Worker to end. True when it may be terminated at once, false when it ends by itself. */
  askToEnd(): boolean {
    Atomics.store(this.#words, ending, 1);
    return Atomics.load(this.#words, inside) === 0;
  }

  #ending(): boolean {
    return Atomics.load(this.#words, ending) === 1;
  }
}

const inside = 0;
const ending = 1;
