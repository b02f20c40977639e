/** A stretch of sound in one channel, as it was recorded. */
export interface Sound {
  readonly sampleRateHz: number;
  /** -1 to 1 is full scale. */
  readonly samples: Float32Array;
  /** Of the first sample: on the injected clock, or 0 for a file. */
  readonly startMs: number;
}
