import type { DetectedFace } from '../../hal/contract/face-models.ts';
import { enrolLimits } from './gate.ts';

/** Beyond these a face gains nothing by being better still; the other end of each scale is the enrolment limit. */
const goodScore = 0.92; // higher ones hardly occur
const goodEyeDistancePx = 80;
const goodSharpness = 42; // the median of good portraits

/**
 * How good a face is to enrol, 0 (just at the limits) to 1: the mean of detector score, eye distance, sharpness and
 * pose, each from its enrolment limit to where it is as good as it gets. The score counts twice, because it tells
 * best which faces are recognised later; pose is the worse of yaw and roll.
 */
export function enrolScore({ score, quality }: Pick<DetectedFace, 'score' | 'quality'>): number {
  const certain = share(score, enrolLimits.minScore, goodScore);
  const large = share(quality.eyeDistancePx, enrolLimits.minEyeDistancePx, goodEyeDistancePx);
  const sharp = share(quality.sharpness, enrolLimits.minSharpness, goodSharpness);
  const frontal = Math.min(
    share(Math.abs(quality.yawRatio), enrolLimits.maxYawRatio, 0),
    share(Math.abs(quality.rollDeg), enrolLimits.maxRollDeg, 0),
  );
  return (2 * certain + large + sharp + frontal) / 5;
}

function share(value: number, worst: number, best: number): number {
  return Math.max(0, Math.min(1, (value - worst) / (best - worst)));
}

/** A face that may be enrolled. */
export interface EnrolFrame {
  /** From `enrolScore`. */
  readonly rank: number;
  /** Two frames of one stream that are near in time show the same; pictures are any distance apart. */
  readonly atMs: number;
}

/** More pictures are worth more than any better one: three are asked for, one works. */
export const framesWanted = 3;

/** Finds the best frames of those it is offered, no two of them nearer in time than the gap; with 0, any two. */
export class BestFrames<T extends EnrolFrame> {
  readonly #minGapMs: number;
  /** The best frame of each stretch of time as long as the gap. */
  readonly #best = new Map<number, T>();

  constructor(minGapMs: number) {
    this.#minGapMs = minGapMs;
  }

  offer(frame: T): void {
    const stretch = this.#minGapMs === 0 ? this.#best.size : Math.floor(frame.atMs / this.#minGapMs);
    const before = this.#best.get(stretch);
    if (before === undefined || frame.rank > before.rank) this.#best.set(stretch, frame);
  }

  /** At most `framesWanted`, best first. */
  frames(): T[] {
    const chosen: T[] = [];
    for (const frame of [...this.#best.values()].sort((a, b) => b.rank - a.rank)) {
      if (chosen.length === framesWanted) break;
      if (chosen.every(({ atMs }) => Math.abs(atMs - frame.atMs) >= this.#minGapMs)) chosen.push(frame);
    }
    return chosen;
  }
}

export type EnrolPose = 'straight' | 'left' | 'right';

/** The poses that a person before a camera is asked for, in this order. Yaw as in FaceQuality, picture not mirrored. */
const poses: readonly {
  readonly name: EnrolPose;
  readonly prompt: string;
  fits(yawRatio: number): boolean;
}[] = [
  { name: 'straight', prompt: 'Look straight into the camera.', fits: (yaw) => Math.abs(yaw) <= 0.1 },
  { name: 'left', prompt: 'Turn your head a little to your left.', fits: (yaw) => yaw > 0.1 },
  { name: 'right', prompt: 'Now a little to your right.', fits: (yaw) => yaw < -0.1 },
];

/** From the first good frame of a pose the best one is looked for this long. */
const choosingMs = 800;
/** A pose that does not come about in this time is left out; the first one has to. */
const poseLimitMs = 8_000;

/** Leads a person through the poses and keeps the best frame of each. Time is that of the frames. */
export class GuidedFrames<T extends EnrolFrame> {
  readonly #taken: T[] = [];
  #pose = 0;
  #poseSinceMs: number | undefined;
  #best: T | undefined;
  #chooseUntilMs = 0;

  get frames(): readonly T[] {
    return this.#taken;
  }

  /** How the head is to be held now, to their own left or right; undefined when all is done. */
  get pose(): EnrolPose | undefined {
    return poses[this.#pose]?.name;
  }

  /** What to tell the person; undefined when all is done. */
  get prompt(): string | undefined {
    return poses[this.#pose]?.prompt;
  }

  /** Tells the time of a frame, and the face in it where that is good enough. */
  next(atMs: number, good: { readonly frame: T; readonly yawRatio: number } | undefined): void {
    const pose = poses[this.#pose];
    if (pose === undefined) return;
    this.#poseSinceMs ??= atMs;
    if (good !== undefined && pose.fits(good.yawRatio)) {
      if (this.#best === undefined) this.#chooseUntilMs = atMs + choosingMs;
      if (this.#best === undefined || good.frame.rank > this.#best.rank) this.#best = good.frame;
    }
    if (this.#best !== undefined && atMs >= this.#chooseUntilMs) {
      this.#taken.push(this.#best);
      this.#nextPose(atMs);
    } else if (
      this.#best === undefined &&
      this.#taken.length > 0 &&
      atMs - this.#poseSinceMs >= poseLimitMs
    ) {
      this.#nextPose(atMs);
    }
  }

  #nextPose(atMs: number): void {
    this.#pose++;
    this.#poseSinceMs = atMs;
    this.#best = undefined;
  }
}
