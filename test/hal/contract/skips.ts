/** A rule that one implementation of a port cannot be tried on, and why. */
export interface ExpectedSkip {
  readonly port: string;
  readonly implementation: string;
  readonly rule: string;
  readonly reason: string;
}

/** Every rule of a contract that is skipped anywhere. A rule that is not listed here is tried, or fails. */
export const expectedSkips: readonly ExpectedSkip[] = [];
