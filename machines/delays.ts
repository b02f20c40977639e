/**
 * Every wait of every machine, by the name the machine uses, in milliseconds. These are the defaults; the runtime
 * replaces them from the configuration. A machine has no other timer.
 */
export const deviceDelays = {
  /** Opening devices and loading models may take this long. */
  'start limit': 20_000,
  'self-test limit': 10_000,
  /** Outputs off, devices closed, trace flushed. */
  'stop limit': 5_000,
  'make safe limit': 1_000,
  /** After this long in operation a boot counts as good. */
  'good boot time': 60_000,
} as const;

export const visionDelays = {
  'camera open limit': 10_000,
  /** Replacing a Worker that hung or died. */
  'reload limit': 15_000,
  /** Waiting within a limit is progress; it is told this often. */
  'progress interval': 3_000,
} as const;

export const visitDelays = {
  /** Out of view for this long, the person has left, and may be granted again on return. */
  'gone for good': 2_000,
  'access answer limit': 500,
  /** A refused person is looked at again after this long. */
  'second try': 3_000,
} as const;

export const challengeDelays = {
  /** To turn one's head to both sides. */
  'challenge limit': 12_000,
} as const;

export const hearingDelays = {
  'microphone open limit': 10_000,
  /** The models keep a limit of their own; this one is for whatever stands between. */
  'answer limit': 20_000,
  'access answer limit': 500,
  /** Replacing a Worker that hung or died. */
  'reload limit': 15_000,
  /** Waiting within a limit is progress; it is told this often. */
  'progress interval': 3_000,
} as const;

export const accessDelays = {
  'lockout time': 30_000,
} as const;

export const outputDelays = {
  'switch limit': 500,
  'retry time': 1_000,
} as const;

export const doorDelays = {
  /** So long after a grant or a request the door may be opened. */
  'opening time': 10_000,
  'held-open time': 60_000,
  /** No hand presses a button for so long. */
  'stuck time': 30_000,
} as const;

export const watchdogDelays = {
  'late after': 5_000,
  'dead after': 5_000,
  'feed interval': 5_000,
} as const;

/** Back-off of a repeated attempt: `firstMs` times `factor` for each failure, at most `maxMs`, with jitter. */
export interface BackOff {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Share of the delay that is drawn at random: 0.2 gives 80 to 120 per cent. */
  readonly jitter: number;
}

/** The wait before attempt number `attempt` (0 for the first), with `draw` from [0, 1). */
export function backOffMs(backOff: BackOff, attempt: number, draw: number): number {
  const plain = Math.min(backOff.maxMs, backOff.firstMs * backOff.factor ** Math.min(attempt, 64));
  return Math.round(plain * (1 + backOff.jitter * (2 * draw - 1)));
}

/** Models that fail once are replaced almost at once; a broken graphics driver is not hammered. */
export const reloadBackOff: BackOff = { firstMs: 250, factor: 4, maxMs: 4_000, jitter: 0.2 };
export const reconnectBackOff: BackOff = { firstMs: 500, factor: 2, maxMs: 30_000, jitter: 0.2 };
/** `safe` tests itself again after ten minutes, then longer. */
export const safeRetryBackOff: BackOff = { firstMs: 600_000, factor: 2, maxMs: 6 * 3_600_000, jitter: 0 };
