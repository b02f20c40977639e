import type { FrameRef } from '../../hal/contract/camera.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import type { HeardSound, Onlooker, Onlookers } from '../runtime/onlookers.ts';
import type { SeenPerson } from '../vision/see.ts';
import type { PictureFacts, SoundFacts } from './protocol.ts';
import type { ToServer } from './worker-messages.ts';

/** As many pictures a second as the device looks at by default; a faster camera's are left out. */
const pictureEveryMs = 90;
const soundEveryMs = 90;

/** What a device sees and hears, as pages may be shown it. */
export interface ShownSenses {
  readonly onlookers: Onlookers;
  /** Where its frames lie. */
  readonly ring: FrameRing;
  /** Its camera shows whoever stands before it. */
  readonly mirrored: boolean;
}

/**
 * Shows pages what a device sees and hears, on the device's thread: of a frame only its place in the shared ring goes
 * to the thread of the page, which copies and encodes it. Nothing happens while no page looks.
 */
export class SensesShower implements Onlooker {
  readonly #post: (message: ToServer) => void;
  #shown: ShownSenses | undefined;
  #looking = false;
  #remove: () => void = () => {};
  #underway = false;
  #pictureAtMs = Number.NEGATIVE_INFINITY;
  #soundAtMs = Number.NEGATIVE_INFINITY;
  /** Somebody spoke since the last message. */
  #spoken = false;

  constructor(post: (message: ToServer) => void) {
    this.#post = post;
  }

  /** Another device; undefined where there is none any more. */
  show(senses: ShownSenses | undefined): void {
    this.#shown = senses;
    this.#underway = false;
    if (senses !== undefined) this.#post({ kind: 'ring', share: senses.ring.share });
    this.setLooking(this.#looking);
  }

  /** Whether any page looks. */
  setLooking(looking: boolean): void {
    this.#looking = looking;
    this.#remove();
    this.#remove = looking ? (this.#shown?.onlookers.add(this) ?? (() => {})) : () => {};
  }

  /** The last picture has gone out, or could not be had: the next may come. */
  pictureDone(): void {
    this.#underway = false;
  }

  sees(frame: FrameRef, people: readonly SeenPerson[]): void {
    const { receivedAtMs, widthPx, heightPx } = frame;
    if (this.#underway || this.#shown === undefined || receivedAtMs - this.#pictureAtMs < pictureEveryMs)
      return;
    this.#underway = true;
    this.#pictureAtMs = receivedAtMs;
    const { mirrored, onlookers } = this.#shown;
    const facts: PictureFacts = {
      ...{ atMs: receivedAtMs, widthPx, heightPx, mirrored, limits: onlookers.limits },
      faces: people.map(shownFace),
    };
    this.#post({ kind: 'picture', frame, facts: JSON.stringify(facts) });
  }

  hears({ atMs, levelDbfs, speech }: HeardSound): void {
    this.#spoken ||= speech;
    if (atMs - this.#soundAtMs < soundEveryMs) return;
    this.#soundAtMs = atMs;
    const facts: SoundFacts = {
      atMs,
      levelDbfs: Number.isFinite(levelDbfs) ? levelDbfs : null,
      speech: this.#spoken,
    };
    this.#spoken = false;
    this.#post({ kind: 'sound', facts: JSON.stringify(facts) });
  }
}

function shownFace({ evidence, face, nearest }: SeenPerson): PictureFacts['faces'][number] {
  const { trackId, decision, reason, subjectId } = evidence;
  const { x, y, width, height } = face.box;
  return {
    ...{ trackId, decision, reason, subjectId },
    box: { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) },
    landmarks: face.landmarks.map(([xPx, yPx]) => [Math.round(xPx), Math.round(yPx)]),
    nearest: nearest.slice(0, 2).map(({ subjectId, distance }) => ({ subjectId, distance })),
  };
}
