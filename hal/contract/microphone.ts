import type { Device } from './device.ts';

export interface MicrophoneSettings {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** Interleaved 16-bit samples. `startMs` is the time of the first sample on the injected clock. */
export interface PcmChunk {
  readonly seq: number;
  readonly startMs: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly samples: Int16Array;
}

export interface Microphone {
  readonly name: string;
  open(settings: MicrophoneSettings, signal: AbortSignal): Promise<MicrophoneSession>;
}

export interface MicrophoneSession extends Device {
  chunks(signal: AbortSignal): AsyncIterable<PcmChunk>;
  readonly overruns: number;
}
