import type { Clock, TimerId } from './contract/clock.ts';
import { asHalError, HalError } from './contract/errors.ts';
import type { ActuatorLine, LineKeeper } from './contract/keeper.ts';

/** Leave to hold an actuator once. */
export interface ActuatorGrant {
  /** Taken once: a second grant with this id is refused. */
  readonly grantId: string;
  readonly issuedAtMs: number;
  readonly holdMs: number;
  /** Older than this, counted from `issuedAtMs`, the grant is stale and refused. */
  readonly maxAgeMs: number;
}

/** How a hold ended. `verifiedSafe`: the line was read back at its safe level. */
export interface HoldEnd {
  readonly reason: 'elapsed' | 'released' | 'made-safe' | 'extended' | 'failed';
  readonly verifiedSafe: boolean;
  /** Why, when the reason is `failed`; or why the safe level could not be verified. */
  readonly error?: HalError;
}

/** An actuator that is held. */
export interface Hold {
  /** When it goes back to its safe level at the latest. */
  readonly untilMs: number;
  /** Resolves when the line is back at its safe level (or a further grant took over); never rejects. */
  readonly ended: Promise<HoldEnd>;
}

/** What came of an attempt to make an actuator safe. */
export interface SafeReport {
  readonly line: string;
  /** The safe level was written and read back. If not, the keeper's lease still bounds the time. */
  readonly verified: boolean;
  readonly error?: HalError;
}

/** The times every actuator of a guard keeps to; see GuardOptions. */
export interface ActuatorBounds {
  readonly leaseMs: number;
  readonly deadTimeMs: number;
  readonly rearmMs: number;
  readonly keeperLimitMs: number;
}

const renewalsPerLease = 3;
const safeAttempts = 2;

/** A hold that is running. */
interface Running {
  readonly raisedAtMs: number;
  untilMs: number;
  leaseUntilMs: number;
  endTimer: TimerId | undefined;
  renewTimer: TimerId | undefined;
  end: (end: HoldEnd) => void;
}

/** One actuator line. Made by the Guard. */
export class Actuator {
  readonly line: ActuatorLine;
  readonly #clock: Clock;
  readonly #keeper: LineKeeper;
  readonly #bounds: ActuatorBounds;
  readonly #interlocked: () => readonly Actuator[];
  /** Grants taken, and until when each would be fresh: after that its age alone refuses it. */
  readonly #taken = new Map<string, number>();
  #running: Running | undefined;
  // A grant between its acceptance and the line's being verified on; `makeSafe` calls it off.
  #switching: AbortController | undefined;
  #verifiedSafe = false;
  #securing: Promise<SafeReport> | undefined;
  #raised = false;
  #safeSinceMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(
    line: ActuatorLine,
    clock: Clock,
    keeper: LineKeeper,
    bounds: ActuatorBounds,
    interlocked: () => readonly Actuator[],
  ) {
    this.line = line;
    this.#clock = clock;
    this.#keeper = keeper;
    this.#bounds = bounds;
    this.#interlocked = interlocked;
  }

  /** True from the moment the line may be away from its safe level until it was read back safe. */
  get away(): boolean {
    return !this.#verifiedSafe || this.#securing !== undefined;
  }

  /**
   * Holds the line away from its safe level for `holdMs`. Resolves when the line was read back. A grant that comes
   * while the line is held prolongs the hold, never past `maxOnMs` from when the line left its safe level.
   *
   * Rejects with HalError `invalid-argument` for a grant that is stale, used, from the future, or longer than
   * `maxOnMs`; `busy` when the re-arm time or the interlock forbids it; `io` when the line reads back wrong, and
   * `timeout` or the keeper's error when the keeper fails: the line is then made safe. Abort rejects with
   * `signal.reason`, and makes the line safe unless it was held before.
   */
  async grant(grant: ActuatorGrant, signal: AbortSignal): Promise<Hold> {
    signal.throwIfAborted();
    this.#checkOpen();
    this.#take(grant);
    if (this.#running !== undefined) return this.#prolong(this.#running, grant.holdMs);
    if (this.#switching !== undefined) throw this.#error('busy', 'is being switched on already');
    const switching = new AbortController();
    this.#switching = switching;
    try {
      const called = AbortSignal.any([signal, switching.signal]);
      await this.#takeTurn(grant, called);
      return await this.#raise(grant, called);
    } finally {
      if (this.#switching === switching) this.#switching = undefined;
    }
  }

  /** Writes the safe level and reads it back. Rejects with HalError when that fails; `makeSafe` never does. */
  async release(): Promise<void> {
    this.#checkOpen();
    const report = await this.#endHold('released');
    if (report.error !== undefined) throw report.error;
  }

  /** Writes the safe level and reads it back, trying twice, whatever state the actuator is in. Never throws. */
  makeSafe(): Promise<SafeReport> {
    return this.#endHold('made-safe');
  }

  /** `makeSafe`, and nothing is granted afterwards. */
  close(): Promise<SafeReport> {
    this.#closed = true;
    return this.#endHold('made-safe');
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#error('closed', 'its guard was closed');
  }

  /** Accepts a grant once, or throws. */
  #take(grant: ActuatorGrant): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, freshUntilMs] of this.#taken) if (freshUntilMs < nowMs) this.#taken.delete(id);
    this.#checkFresh(grant);
    if (grant.issuedAtMs > nowMs) throw this.#refusal(grant, 'was issued in the future');
    if (this.#taken.has(grant.grantId)) throw this.#refusal(grant, 'was used before');
    if (!(grant.holdMs > 0 && grant.holdMs <= this.line.maxOnMs)) {
      throw this.#refusal(
        grant,
        `asks for ${grant.holdMs} ms; allowed are more than 0 and at most ${this.line.maxOnMs}`,
      );
    }
    this.#taken.set(grant.grantId, grant.issuedAtMs + grant.maxAgeMs);
  }

  #checkFresh(grant: ActuatorGrant): void {
    const ageMs = this.#clock.nowMs() - grant.issuedAtMs;
    // Written so that a NaN refuses.
    if (!(ageMs <= grant.maxAgeMs)) {
      throw this.#refusal(grant, `is stale: ${ageMs} ms old, at most ${grant.maxAgeMs} ms allowed`);
    }
  }

  #refusal(grant: ActuatorGrant, message: string): HalError {
    return this.#error('invalid-argument', `grant ${grant.grantId} ${message}`);
  }

  #error(kind: HalError['kind'], message: string): HalError {
    return new HalError(kind, this.line.name, message);
  }

  /**
   * Waits until every interlocked line has been safe for the dead time, checks everything again after the wait, and
   * takes the turn in the same step: from then on an interlocked line sees this one as away.
   */
  async #takeTurn(grant: ActuatorGrant, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#checkFree();
      const nowMs = this.#clock.nowMs();
      const waitMs = Math.max(
        0,
        ...this.#interlocked().map((other) => other.#safeSinceMs + this.#bounds.deadTimeMs - nowMs),
      );
      if (waitMs === 0) {
        this.#verifiedSafe = false;
        this.#raised = true;
        return;
      }
      await this.#clock.sleep(Math.ceil(waitMs), signal);
      this.#checkOpen();
      this.#checkFresh(grant);
    }
  }

  #checkFree(): void {
    if (this.away) throw this.#error('busy', 'has not been verified at its safe level: make it safe first');
    const restMs = this.#safeSinceMs + (this.line.rearmMs ?? this.#bounds.rearmMs) - this.#clock.nowMs();
    if (restMs > 0) throw this.#error('busy', `is granted again in ${Math.ceil(restMs)} ms at the earliest`);
    const other = this.#interlocked().find((actuator) => actuator.away);
    if (other !== undefined) {
      throw this.#error('busy', `is interlocked with ${other.line.name}, which is not at its safe level`);
    }
  }

  async #raise(grant: ActuatorGrant, signal: AbortSignal): Promise<Hold> {
    const { name, safeOn } = this.line;
    const raisedAtMs = this.#clock.nowMs();
    const untilMs = raisedAtMs + grant.holdMs;
    try {
      // Made safe since its turn: a line that was reported safe must not rise again.
      signal.throwIfAborted();
      const leaseMs = Math.min(this.#bounds.leaseMs, grant.holdMs);
      await this.#ask(this.#keeper.grant(name, leaseMs), 'grant', signal);
      const level = await this.#ask(this.#keeper.read(name), 'read', signal);
      if (level === safeOn)
        throw this.#error('io', `reads back ${level ? 'on' : 'off'} although it was set otherwise`);
      signal.throwIfAborted();
      const running: Running = {
        raisedAtMs,
        untilMs,
        leaseUntilMs: raisedAtMs + leaseMs,
        endTimer: undefined,
        renewTimer: undefined,
        end: () => {},
      };
      this.#running = running;
      return this.#hold(running);
    } catch (error) {
      const report = await this.#secure();
      if (signal.aborted) throw signal.reason;
      const failure = asHalError(error, name);
      if (report.verified) throw failure;
      throw new HalError(failure.kind, name, 'could not be switched on, and its safe level is not verified', {
        cause: failure,
      });
    }
  }

  async #prolong(running: Running, holdMs: number): Promise<Hold> {
    running.end({ reason: 'extended', verifiedSafe: false });
    running.untilMs = Math.max(
      running.untilMs,
      Math.min(this.#clock.nowMs() + holdMs, running.raisedAtMs + this.line.maxOnMs),
    );
    const hold = this.#hold(running);
    // At once: the lease may be cut to the old end. The keeper reads the line back at each renewal.
    const failure = await this.#renew(running);
    if (failure !== undefined) throw failure;
    return hold;
  }

  /** Sets the timers of a hold anew. */
  #hold(running: Running): Hold {
    this.#clearTimers(running);
    const nowMs = this.#clock.nowMs();
    running.endTimer = this.#clock.setTimeout(() => void this.#endHold('elapsed'), running.untilMs - nowMs);
    this.#scheduleRenewal(running);
    const ended = new Promise<HoldEnd>((resolve) => {
      running.end = resolve;
    });
    return { untilMs: running.untilMs, ended };
  }

  #scheduleRenewal(running: Running): void {
    if (running.renewTimer !== undefined) this.#clock.clearTimeout(running.renewTimer);
    running.renewTimer = undefined;
    if (running.leaseUntilMs >= running.untilMs) return;
    running.renewTimer = this.#clock.setTimeout(
      () => void this.#renew(running),
      this.#bounds.leaseMs / renewalsPerLease,
    );
  }

  /** Renews the keeper's lease; when that fails the hold ends, and the error is returned. Never throws. */
  async #renew(running: Running): Promise<HalError | undefined> {
    const nowMs = this.#clock.nowMs();
    const leaseMs = Math.min(this.#bounds.leaseMs, running.untilMs - nowMs);
    try {
      await this.#ask(this.#keeper.renew(this.line.name, leaseMs), 'renew');
      running.leaseUntilMs = nowMs + leaseMs;
      if (this.#running !== running) return this.#error('closed', 'was made safe meanwhile');
      this.#scheduleRenewal(running);
      return undefined;
    } catch (error) {
      const failure = asHalError(error, this.line.name);
      if (this.#running === running) await this.#endHold('failed', failure);
      return failure;
    }
  }

  /** Ends whatever holds the line or is about to, and writes the safe level. Never throws. */
  async #endHold(reason: HoldEnd['reason'], cause?: HalError): Promise<SafeReport> {
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) this.#clearTimers(running);
    this.#switching?.abort(this.#error('closed', 'was made safe while it was being switched on'));
    const report = await this.#secure();
    const error = cause ?? report.error;
    running?.end({ reason, verifiedSafe: report.verified, ...(error === undefined ? {} : { error }) });
    return report;
  }

  #clearTimers(running: Running): void {
    if (running.endTimer !== undefined) this.#clock.clearTimeout(running.endTimer);
    if (running.renewTimer !== undefined) this.#clock.clearTimeout(running.renewTimer);
  }

  /** Writes the safe level; whoever asks while it is being written gets that answer. Never throws. */
  #secure(): Promise<SafeReport> {
    this.#securing ??= this.#writeSafe().finally(() => {
      this.#securing = undefined;
    });
    return this.#securing;
  }

  async #writeSafe(): Promise<SafeReport> {
    const { name, safeOn } = this.line;
    let failure: HalError | undefined;
    for (let attempt = 1; attempt <= safeAttempts; attempt++) {
      try {
        await this.#ask(this.#keeper.release(name), 'release');
        const level = await this.#ask(this.#keeper.read(name), 'read');
        if (level !== safeOn)
          throw this.#error('io', `reads back ${level ? 'on' : 'off'} after it was made safe`);
        if (this.#raised) this.#safeSinceMs = this.#clock.nowMs();
        this.#raised = false;
        this.#verifiedSafe = true;
        return { line: name, verified: true };
      } catch (error) {
        failure = asHalError(error, name);
      }
    }
    this.#verifiedSafe = false;
    return { line: name, verified: false, ...(failure === undefined ? {} : { error: failure }) };
  }

  /** The keeper's answer; HalError `timeout` when there is none in time. */
  async #ask<T>(answer: Promise<T>, call: string, signal?: AbortSignal): Promise<T> {
    const { keeperLimitMs } = this.#bounds;
    const answered = new AbortController();
    const late = this.#clock
      .sleep(
        keeperLimitMs,
        signal === undefined ? answered.signal : AbortSignal.any([signal, answered.signal]),
      )
      .then((): never => {
        throw this.#error('timeout', `the line keeper has not answered '${call}' within ${keeperLimitMs} ms`);
      });
    try {
      return await Promise.race([answer, late]);
    } finally {
      // An answer that comes too late, and the sleep that is cut short, are nobody's news any more.
      answer.catch(() => {});
      late.catch(() => {});
      answered.abort();
    }
  }
}
