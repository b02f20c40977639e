/** What a board says of itself; null where it does not say. */
export interface BoardReading {
  /** The sensor that is nearest to its limit. */
  readonly temperature: {
    /** What it measures: `CPU-therm`. */
    readonly sensor: string;
    readonly celsius: number;
    /** Where the processor begins to be slowed down. */
    readonly limitCelsius: number;
  } | null;
  /** The processor is being slowed down, for heat or for want of voltage. */
  readonly slowedDown: boolean;
  readonly lowVoltage: boolean;
  /** Memory that programs may still have without anything being ended for it. */
  readonly availableBytes: number | null;
}

/** How warm the board is and how much memory is left. */
export interface BoardSensors {
  /** Rejects with HalError when nothing can be read at all. */
  read(): Promise<BoardReading>;
}
