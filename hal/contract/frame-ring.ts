import type { FrameRef } from './camera.ts';
import { HalError } from './errors.ts';

const headerWords = 2; // per slot: generation (the frame's seq + 1, 0 while being written), readers

/** What a Worker needs to see the same ring. */
export interface FrameRingShare {
  readonly header: SharedArrayBuffer;
  readonly pixels: SharedArrayBuffer;
  readonly slots: number;
  readonly slotBytes: number;
}

/**
 * A few picture slots in shared memory, so that a frame crosses from the camera's pipe to the models' Worker
 * without a copy. One writer (the camera session) claims a slot, fills it and publishes it; readers lease it by
 * reference. A slot that is leased is never claimed; a reference to a slot written since is `gone`.
 */
export class FrameRing {
  readonly share: FrameRingShare;
  #header: Int32Array;
  #nextSeq = 1;

  constructor(share: FrameRingShare) {
    this.share = share;
    this.#header = new Int32Array(share.header);
  }

  /** Four slots by default: one being written, the newest, one with the models, one to spare. */
  static create(options: { widthPx: number; heightPx: number; slots?: number }): FrameRing {
    const slots = options.slots ?? 4;
    const slotBytes = options.widthPx * options.heightPx * 3;
    return new FrameRing({
      header: new SharedArrayBuffer(slots * headerWords * 4),
      pixels: new SharedArrayBuffer(slots * slotBytes),
      slots,
      slotBytes,
    });
  }

  /** A slot to write into, or undefined when every slot is leased. Its old frame is gone from now on. */
  claim(): number | undefined {
    let oldest: number | undefined;
    for (let slot = 0; slot < this.share.slots; slot++) {
      if (Atomics.load(this.#header, slot * headerWords + 1) > 0) continue;
      if (oldest === undefined || this.#generation(slot) < this.#generation(oldest)) oldest = slot;
    }
    if (oldest !== undefined) Atomics.store(this.#header, oldest * headerWords, 0);
    return oldest;
  }

  /** The bytes of a claimed slot, to be filled in place. */
  slotBytes(slot: number): Uint8Array {
    return new Uint8Array(this.share.pixels, slot * this.share.slotBytes, this.share.slotBytes);
  }

  /** Makes a filled slot readable. */
  publish(
    slot: number,
    frame: { widthPx: number; heightPx: number; receivedAtMs: number; source?: string },
  ): FrameRef {
    const seq = this.#nextSeq++;
    Atomics.store(this.#header, slot * headerWords, seq);
    return { seq, slot, format: 'rgb24', ...frame };
  }

  /** Keeps the frame from being overwritten until the returned function is called (once). */
  lease(frame: FrameRef): () => void {
    this.#check(frame);
    Atomics.add(this.#header, frame.slot * headerWords + 1, 1);
    let held = true;
    return () => {
      if (held) Atomics.sub(this.#header, frame.slot * headerWords + 1, 1);
      held = false;
    };
  }

  /** The frame's pixels, RGB, row by row, in shared memory. Throws HalError `closed` when the frame is gone. */
  pixels(frame: FrameRef): Uint8Array {
    this.#check(frame);
    return new Uint8Array(
      this.share.pixels,
      frame.slot * this.share.slotBytes,
      frame.widthPx * frame.heightPx * 3,
    );
  }

  /**
   * A copy of the frame's pixels, for somebody who is late without holding anybody up: no lease is needed. Throws
   * HalError `closed` when the frame is gone, also where it went during the copy.
   */
  copy(frame: FrameRef): Uint8Array {
    const copied = this.pixels(frame).slice();
    this.#check(frame);
    return copied;
  }

  #generation(slot: number): number {
    return Atomics.load(this.#header, slot * headerWords);
  }

  #check(frame: FrameRef): void {
    if (this.#generation(frame.slot) !== frame.seq) {
      throw new HalError('closed', 'frame ring', `frame ${frame.seq} is gone: its slot was written again`);
    }
  }
}
