import type { PcmChunk } from '../../hal/contract/microphone.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { mixToMono } from './mono.ts';

interface KeptChunk {
  readonly chunk: PcmChunk;
  readonly lengthMs: number;
  readonly speechMs: number;
}

/** How much of the newest sound is kept: enough chunks to hold so much speech, or so much of anything. */
export type KeptExtent = { readonly speechMs: number } | { readonly lengthMs: number };

/** The onset of a word is quieter than what voice activity notices. */
const leadMs = 400;
/** Somebody who pauses a lot: no stretch is longer than this many times its speech. */
const longestPerSpeech = 3;

/** The newest sound, chunk by chunk as it came; mixed to one channel only when somebody asks for it. */
export class KeptSound {
  readonly #extent: KeptExtent;
  #kept: KeptChunk[] = [];
  #lengthMs = 0;
  #speechMs = 0;

  constructor(extent: KeptExtent) {
    this.#extent = extent;
  }

  push(chunk: PcmChunk, lengthMs: number, speechMs: number): void {
    this.#kept.push({ chunk, lengthMs, speechMs });
    this.#lengthMs += lengthMs;
    this.#speechMs += speechMs;
    for (let oldest = this.#kept[0]; oldest !== undefined && this.#canSpare(oldest); oldest = this.#kept[0]) {
      this.#drop(oldest);
    }
  }

  /**
   * Forgets all but the last moment, in which the first word may have begun. What is kept by its length alone is
   * whatever was heard last, and stays.
   */
  startAnew(): void {
    if ('lengthMs' in this.#extent) return;
    for (
      let oldest = this.#kept[0];
      oldest !== undefined && this.#lengthMs > leadMs;
      oldest = this.#kept[0]
    ) {
      this.#drop(oldest);
    }
  }

  /** The chunks kept now, as they are: what comes later does not change them. */
  snapshot(): readonly PcmChunk[] {
    return this.#kept.map(({ chunk }) => chunk);
  }

  #canSpare({ lengthMs, speechMs }: KeptChunk): boolean {
    if ('lengthMs' in this.#extent) return this.#lengthMs - lengthMs >= this.#extent.lengthMs;
    const wanted = this.#extent.speechMs;
    return this.#speechMs - speechMs >= wanted || this.#lengthMs - lengthMs >= wanted * longestPerSpeech;
  }

  #drop({ lengthMs, speechMs }: KeptChunk): void {
    this.#kept.shift();
    this.#lengthMs -= lengthMs;
    this.#speechMs -= speechMs;
  }
}

/** Chunks of one session put together, in one channel. */
export function soundOf(chunks: readonly PcmChunk[]): Sound {
  const [first] = chunks;
  if (first === undefined) return { sampleRateHz: 0, samples: new Float32Array(0), startMs: 0 };
  const { channels, sampleRateHz, startMs } = first;
  const frames = chunks.reduce((sum, { samples }) => sum + samples.length / channels, 0);
  const samples = new Float32Array(frames);
  let offset = 0;
  for (const chunk of chunks) {
    mixToMono(chunk.samples, channels, samples, offset);
    offset += chunk.samples.length / channels;
  }
  return { sampleRateHz, samples, startMs };
}
