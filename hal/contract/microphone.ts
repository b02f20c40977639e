import type { Device } from './device.ts';

/** What is wished for. A microphone that cannot do it gives the nearest that it can, and its session says what. */
export interface MicrophoneSettings {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/**
 * Interleaved 16-bit samples. `startMs` is the time of the first sample on the injected clock; a gap between the end
 * of one chunk and the start of the next is sound that was lost.
 */
export interface PcmChunk {
  readonly seq: number;
  readonly startMs: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly samples: Int16Array;
}

export interface Microphone {
  readonly name: string;
  /** False for a file, which ends and is never lost. */
  readonly live: boolean;
  open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession>;
}

export interface MicrophoneSession extends Device {
  /** What every chunk of this session has. */
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Chunks in order, 20 to 200 ms each. Ends only at the end of a file; a live one fails instead. */
  chunks(signal: AbortSignal): AsyncIterable<PcmChunk>;
  /** How often sound was lost: the reader or the system was too slow. */
  readonly overruns: number;
}
