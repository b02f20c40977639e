/** Points on a plane, x and y of each in turn. */
export type Plane = Float64Array;

/** What a long computation needs of its caller. */
export interface Steps {
  /** Uniform from 0 to below 1; decides everything that is left to chance. */
  readonly random: () => number;
  readonly progress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}
