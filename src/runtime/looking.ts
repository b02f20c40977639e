import type { CameraSession, FrameRef } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { PictureState, PictureWatch } from '../../hal/contract/picture-watch.ts';
import type { LookCompleted, LookFailed, PictureCondition } from '../../machines/events.ts';
import { faultFrom } from '../../machines/fault.ts';
import { sparing } from '../decide/strain.ts';
import type { Sight } from '../vision/see.ts';
import { WaitLimit } from './wait-limit.ts';

export interface LookingOptions {
  readonly clock: Clock;
  readonly watch: PictureWatch;
  /** The networks' look at a frame; rejects with HalError when they fail. */
  readonly look: (frame: FrameRef, signal: AbortSignal) => Promise<Pick<Sight, 'people' | 'ended'>>;
  /** A frame that needs no look, as nothing has changed. */
  readonly passOver: (frame: FrameRef) => void;
  /** Frames a second that are glanced at while nobody is in view. */
  readonly idleFps: number;
  /** Frames a second that were asked of the camera. */
  readonly fps: number;
  /** Without a change, a full look is taken at least this often. */
  readonly fullLookIntervalMs: number;
  /** A live camera that gives the very same picture for this long is frozen; null for files, which may. */
  readonly frozenLimitMs: number | null;
  /** Without a frame for this long the camera counts as lost; null for files. */
  readonly noFrameLimitMs: number | null;
  /** Looks that take longer, from the arrival of the frame, are reported: nobody can be followed with them. */
  readonly slowLookMs: number;
  /** A picture must be bad for this long before it is reported; one good picture takes it back. */
  readonly badPictureLimitMs: number;
}

/** What the loop tells the vision machine. */
export type LookEvent =
  | LookCompleted
  | LookFailed
  | { readonly type: 'LOOKING.WENT_ON' }
  | { readonly type: 'CAMERA.ENDED' };

/** That frames come is told at most this often, to keep the watchdog's share of a frame small. */
const wentOnEveryMs = 2_900;

/** A camera that delivers less than this share of the frames that were asked for is `slow`. */
const slowShare = 0.5;
const rateWindowMs = 5_000;

/** How usable the pictures have been lately: bad ones count only when they last. */
class ConditionWatch {
  readonly #options: LookingOptions;
  #state: PictureState = 'good';
  #sinceMs = 0;
  #windowStartMs = Number.NaN;
  #framesInWindow = 0;
  #droppedBefore = 0;
  #slow = false;

  constructor(options: LookingOptions) {
    this.#options = options;
  }

  next(state: PictureState, atMs: number, late: boolean): PictureCondition {
    if (state !== this.#state) {
      this.#state = state;
      this.#sinceMs = atMs;
    }
    if (state !== 'good' && atMs - this.#sinceMs >= this.#options.badPictureLimitMs) return state;
    return this.#slow || late ? 'slow' : 'good';
  }

  /** Counts what the camera delivered: frames that were looked at, and those that were dropped meanwhile. */
  countFrame(atMs: number, dropped: number): void {
    if (Number.isNaN(this.#windowStartMs)) {
      this.#windowStartMs = atMs;
      this.#droppedBefore = dropped;
    }
    const elapsedMs = atMs - this.#windowStartMs;
    if (elapsedMs >= rateWindowMs) {
      const delivered = this.#framesInWindow + dropped - this.#droppedBefore;
      this.#slow = (delivered * 1_000) / elapsedMs < this.#options.fps * slowShare;
      this.#windowStartMs = atMs;
      this.#droppedBefore = dropped;
      this.#framesInWindow = 0;
    }
    this.#framesInWindow++;
  }
}

/**
 * The loop that looks: takes the newest frame, glances at it, and lets the networks look when somebody is in view,
 * something changed, or a full look is due. Never stops by itself but with an error or at the end of a file, and
 * says so as an event.
 */
export class Looking {
  readonly #options: LookingOptions;
  readonly #session: CameraSession;
  readonly #send: (event: LookEvent) => void;
  readonly #abort = new AbortController();
  readonly #condition: ConditionWatch;
  #slowly = true;
  #sparingly = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #lastFullLookMs = Number.NEGATIVE_INFINITY;
  #identicalSinceMs: number | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #told: PictureCondition | undefined;
  #wakeFromPause: (() => void) | undefined;
  readonly done: Promise<void>;

  constructor(options: LookingOptions, session: CameraSession, send: (event: LookEvent) => void) {
    this.#options = options;
    this.#session = session;
    this.#send = send;
    this.#condition = new ConditionWatch(options);
    this.done = this.#run();
  }

  /** Whether to look at a share of the frames only, at either pace. */
  spare(sparingly: boolean): void {
    this.#sparingly = sparingly;
    if (!sparingly) this.#wakeFromPause?.();
  }

  setPace(slowly: boolean): void {
    this.#slowly = slowly;
    if (!slowly) this.#wakeFromPause?.();
  }

  /** Ends the loop; resolves when no frame is held any more. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('looking was stopped'));
    this.#wakeFromPause?.();
    await this.done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { clock, noFrameLimitMs } = this.#options;
    const wait =
      noFrameLimitMs === null
        ? undefined
        : new WaitLimit(clock, noFrameLimitMs, () => {
            const message = `no frame came for ${noFrameLimitMs} ms`;
            this.#fail(new HalError('timeout', this.#session.name, message), 'camera');
          });
    try {
      wait?.begin();
      for await (const frame of this.#session.frames(signal)) {
        wait?.end();
        if (this.#mayBeLeftOut(frame)) {
          this.#condition.countFrame(frame.receivedAtMs, this.#session.dropped);
          wait?.begin();
          continue;
        }
        this.#lookedAtMs = frame.receivedAtMs;
        await this.#frame(frame, signal);
        if (signal.aborted) return;
        this.#tellProgress();
        if (this.#slowly) await this.#pause();
        wait?.begin();
      }
      if (!signal.aborted) this.#send({ type: 'CAMERA.ENDED' });
    } catch (error) {
      if (!signal.aborted) this.#fail(error, 'camera');
    } finally {
      wait?.close();
    }
  }

  /** At the full pace the camera sets the rate; under strain what comes within a longer period is left out. */
  #mayBeLeftOut({ receivedAtMs }: FrameRef): boolean {
    if (!this.#sparingly || this.#slowly) return false;
    const periodMs = 1_000 / this.#options.fps;
    // A frame that comes just before its time would cost another period.
    return receivedAtMs - this.#lookedAtMs < periodMs / sparing.rateShare - periodMs / 4;
  }

  async #frame(frame: FrameRef, signal: AbortSignal): Promise<void> {
    const { clock, watch, look, fullLookIntervalMs } = this.#options;
    const glance = watch.glance(frame);
    this.#refuseFrozen(glance.identical, frame.receivedAtMs);
    this.#condition.countFrame(frame.receivedAtMs, this.#session.dropped);
    const due = frame.receivedAtMs - this.#lastFullLookMs >= fullLookIntervalMs;
    if (this.#slowly && !glance.changed && !due) {
      this.#options.passOver(frame);
      return;
    }

    let seen: Pick<Sight, 'people' | 'ended'>;
    try {
      seen = await look(frame, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(error, 'models');
      return;
    }
    if (signal.aborted) return;
    watch.settle();
    this.#lastFullLookMs = frame.receivedAtMs;
    const late = clock.nowMs() - frame.receivedAtMs > this.#options.slowLookMs;
    const condition = this.#condition.next(glance.state, frame.receivedAtMs, late);
    const { people, ended } = seen;
    // Nobody there, as before: nothing to tell.
    if (people.length + ended.length === 0 && condition === this.#told) return;
    this.#told = condition;
    this.#send({ type: 'LOOK.COMPLETED', atMs: clock.nowMs(), condition, people, ended });
  }

  #tellProgress(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#toldAtMs < wentOnEveryMs) return;
    this.#toldAtMs = nowMs;
    this.#send({ type: 'LOOKING.WENT_ON' });
  }

  #refuseFrozen(identical: boolean, atMs: number): void {
    const { frozenLimitMs } = this.#options;
    if (!identical || frozenLimitMs === null) {
      this.#identicalSinceMs = null;
      return;
    }
    this.#identicalSinceMs ??= atMs;
    const frozenMs = atMs - this.#identicalSinceMs;
    if (frozenMs >= frozenLimitMs) {
      throw new HalError(
        'io',
        this.#session.name,
        `the picture has been frozen for ${Math.round(frozenMs / 100) / 10} s; it will be opened again`,
      );
    }
  }

  #fail(error: unknown, part: 'camera' | 'models'): void {
    const fault = faultFrom(error, part);
    this.#send({ type: 'LOOK.FAILED', atMs: this.#options.clock.nowMs(), fault });
    this.#abort.abort(new Error('looking has failed'));
    this.#wakeFromPause?.();
  }

  /** Waits for the next glance at the slow pace, or until the pace is raised or looking ends. */
  #pause(): Promise<void> {
    const { clock, idleFps } = this.#options;
    const share = this.#sparingly ? sparing.rateShare : 1;
    return new Promise((resolve) => {
      const end = () => {
        clock.clearTimeout(timer);
        this.#wakeFromPause = undefined;
        resolve();
      };
      const timer = clock.setTimeout(end, 1_000 / (idleFps * share));
      this.#wakeFromPause = end;
    });
  }
}
