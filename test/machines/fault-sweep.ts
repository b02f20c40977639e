import type { Fault } from '../../hal/sim/faults.ts';
import type { TraceRecordOf } from '../../src/trace/record.ts';
import { leftThenRight, rightThenLeft, turning } from './heads.ts';
import { leavesNow } from './leaves.ts';
import { greenEdges, place, type Simulated, speech, visitor } from './simulate.ts';
import type { Situation } from './situations.ts';

/** So long a fault lasts: by its end the device has come to rest in a state with a name. */
const lastsMs = 60_000;
/** So long after its end everything works again, without a person. */
const recoveryLimitMs = 60_000;
/** The longest the device may be neither nominal, degraded nor safe. */
export const restLimitMs = 60_000;
const maxOnMs = 5_000;
/** An orderly stop takes no longer. */
const stopLimitMs = 5_000;
/** A situation comes about within this time. */
const wayLimitMs = 75_000;

/** Safe tests itself again soon, so that recovery is seen without waiting for ten minutes. */
const config = '[device]\nsafe_retry_ms = 5000\n';

type Rest = 'nominal' | 'degraded' | 'safe' | 'stopped';

/** What came of faults in a situation. */
export interface Outcome {
  /** The leaf states of all machines in which the faults came. */
  readonly struckIn: readonly string[];
  /** How the device rested last while the faults lasted: they may send it into one recovery after the other. */
  readonly rest: Rest | 'never';
  /** The longest time from then on in which it was neither nominal, degraded nor safe. */
  readonly restlessMs: number;
  /** From the end of the faults until it was nominal for good; null where it was to stop. */
  readonly recoveryMs: number | null;
  /** What was not as it must be, in words. Empty: all was well. */
  readonly problems: readonly string[];
}

/**
 * Brings a device into the situation, lets the faults strike and last, and looks whether it rests, recovers by
 * itself, serves people again, and leaves nothing behind when it is stopped.
 */
export async function strike(
  situation: Situation,
  faults: readonly Fault[],
  seed?: number,
): Promise<Outcome> {
  const simulated = placeIn(situation, seed);
  const { clock, actor, faults: board } = simulated;
  await reach(simulated, situation);
  const struckAtMs = clock.nowMs();
  const struckIn = leavesNow(simulated.records);

  const ends = faults.map((fault) => board.begin(fault));
  const stops = situation.stopAtMs !== undefined;
  await clock.runFor(stops ? stopLimitMs : lastsMs);
  const rest = lastRest(simulated, struckAtMs);
  const problems: string[] = [];
  if (stops && restOf(simulated) !== 'stopped') problems.push(`it had not stopped after ${stopLimitMs} ms`);
  if (!stops && actor.getSnapshot().status !== 'active') problems.push('its root machine was dead');
  for (const end of ends) end();
  if (!stops) for (const sense of situation.closes ?? []) actor.send({ type: 'SENSE.OPENED', sense });
  const endedAtMs = clock.nowMs();

  let recoveryMs: number | null = null;
  if (!stops) {
    const isCured = () =>
      restOf(simulated) === 'nominal' && unserved(simulated, situation, endedAtMs).length === 0;
    while (!isCured() && clock.nowMs() < endedAtMs + recoveryLimitMs) await clock.runFor(1_000);
    recoveryMs = nominalSinceMs(simulated) - endedAtMs;
    const after = restOf(simulated) ?? 'in a fault';
    if (after !== 'nominal') problems.push(`it was ${after} when all was over`);
    problems.push(...unserved(simulated, situation, endedAtMs));
    await clock.runFor(maxOnMs);
  }
  const restlessMs = longestWithoutRestMs(simulated, struckAtMs);
  if (restlessMs > restLimitMs) problems.push(`it was in a fault for ${restlessMs} ms`);
  problems.push(...lampProblems(simulated, faults, clock.nowMs()), ...(await leftBehind(simulated)));
  return {
    struckIn,
    rest,
    restlessMs,
    recoveryMs: recoveryMs === null ? null : Math.max(0, recoveryMs),
    problems,
  };
}

/** A face and a voice come again and again when all is over. */
function placeIn({ setting, deaf, ended, challenged }: Situation, seed: number | undefined): Simulated {
  const fromMs = lastsMs + 5_000;
  const backs = {
    people: Array.from({ length: 20 }, (_, visit) => {
      const atMs = fromMs + 10_000 * visit;
      if (challenged !== true) return visitor('p_bea', atMs, 3_000);
      return turning('p_bea', atMs, visit % 2 === 0 ? leftThenRight : rightThenLeft);
    }),
    sounds: Array.from({ length: 16 }, (_, time) => speech('p_ana', fromMs + 12_000 * time, 8_000)),
  };
  return place({
    ...setting,
    ...(seed === undefined ? {} : { seed }),
    config: config + (setting.config ?? ''),
    people: [...(setting.people ?? []), ...(ended === 'camera' ? [] : backs.people)],
    ...(deaf === true
      ? {}
      : { sounds: [...(setting.sounds ?? []), ...(ended === 'microphone' ? [] : backs.sounds)] }),
  });
}

/** Runs until every machine that the situation names is in its state. Throws when that never is. */
async function reach(
  simulated: Simulated,
  { when, stopAtMs, badBoots, closes = [] }: Situation,
): Promise<void> {
  const { clock, actor, store, records } = simulated;
  if (badBoots !== undefined) await store.write('boots', new TextEncoder().encode(`${badBoots}\n`));
  await clock.runUntil(0); // faults that are there from the beginning
  actor.start();
  for (const sense of closes) actor.send({ type: 'SENSE.CLOSED', sense });
  if (stopAtMs !== undefined) {
    await clock.runUntil(stopAtMs);
    actor.send({ type: 'STOP.REQUESTED' });
  }
  let seen = 0;
  let active: readonly string[] = [];
  while (!when.every((leaf) => active.includes(leaf))) {
    if (clock.nowMs() > wayLimitMs) throw new Error(`it never was in ${when.join(' and ')}`);
    await clock.runFor(10);
    if (records.length > seen) active = leavesNow(records);
    seen = records.length;
  }
}

/** Undefined between one rest and the next. */
function restOf(simulated: Simulated): Rest | undefined {
  return restIn(simulated.snapshots('device').at(-1)?.states ?? []);
}

function lastRest(simulated: Simulated, fromMs: number): Outcome['rest'] {
  const snapshots = simulated.snapshots('device');
  const first = Math.max(
    0,
    snapshots.findLastIndex(({ tMs }) => tMs <= fromMs),
  ); // the one it was struck in
  return (
    snapshots
      .slice(first)
      .map(({ states }) => restIn(states))
      .findLast((rest) => rest !== undefined) ?? 'never'
  );
}

function restIn(states: readonly string[]): Rest | undefined {
  if (states.includes('operating.health.degraded')) return 'degraded';
  if (states.includes('operating.health.nominal')) return 'nominal';
  if (states.some((state) => state.startsWith('safe.'))) return 'safe';
  return states.includes('stopped') ? 'stopped' : undefined;
}

function nominalSinceMs(simulated: Simulated): number {
  const snapshots = simulated.snapshots('device');
  const lastOther = snapshots.findLastIndex(({ states }) => restIn(states) !== 'nominal');
  return snapshots[lastOther + 1]?.tMs ?? Number.POSITIVE_INFINITY;
}

function longestWithoutRestMs(simulated: Simulated, fromMs: number): number {
  let longestMs = 0;
  let sinceMs: number | undefined;
  for (const { tMs, states } of simulated.snapshots('device')) {
    if (restIn(states) === undefined) sinceMs ??= Math.max(tMs, fromMs);
    else if (sinceMs !== undefined) {
      longestMs = Math.max(longestMs, tMs - sinceMs);
      sinceMs = undefined;
    }
  }
  return sinceMs === undefined ? longestMs : Math.max(longestMs, simulated.clock.nowMs() - sinceMs);
}

/** By which senses nobody has been granted since. */
function unserved(simulated: Simulated, { ended, deaf }: Situation, sinceMs: number): string[] {
  const by = new Set(
    simulated.records
      .filter(
        (record): record is TraceRecordOf<'event'> =>
          record.kind === 'event' &&
          record.event === 'ACCESS.GRANTED' &&
          record.to === 'device' &&
          record.tMs >= sinceMs,
      )
      .map(({ data }) => data.by),
  );
  return [
    ...(by.has('face') || ended === 'camera' ? [] : ['nobody was granted by their face when all was over']),
    ...(by.has('voice') || ended === 'microphone' || deaf === true
      ? []
      : ['nobody was granted by their voice when all was over']),
  ];
}

/** A lamp that no software can put out: its wire is stuck, or nothing can be written to it. */
function cannotBePutOut(fault: Fault): boolean {
  if (fault.fault === 'line-stuck') return fault.line === 'green' && fault.on;
  return (
    fault.fault === 'error' && fault.port === 'output' && fault.name === 'green' && fault.call === 'write'
  );
}

function lampProblems(simulated: Simulated, faults: readonly Fault[], nowMs: number): string[] {
  const problems: string[] = [];
  const edges = greenEdges(simulated);
  if (!faults.some(cannotBePutOut)) {
    edges.forEach(([atMs, on], i) => {
      const forMs = (edges[i + 1]?.[0] ?? nowMs) - atMs;
      if (on && forMs > maxOnMs) problems.push(`the lamp was on for ${forMs} ms from ${atMs} ms on`);
    });
  }
  return problems;
}

/** Stops the device and looks what is left of it. */
async function leftBehind(simulated: Simulated): Promise<string[]> {
  const { clock, actor, camera, microphone, keeper, indicator, breaches } = simulated;
  if (actor.getSnapshot().status === 'active') await simulated.stop();
  else await clock.runFor(stopLimitMs);
  const problems = breaches.map(({ rule, subject }) => `${subject} broke the rule ${rule}`);
  if (actor.getSnapshot().status !== 'done') problems.push('it did not stop in order');
  if (clock.pendingTimers > 0) problems.push(`${clock.pendingTimers} timers were left`);
  if (simulated.leasedSlots() > 0) problems.push(`${simulated.leasedSlots()} frames were never given back`);
  if (keeper.outputs.get('green')?.level === true || indicator.level)
    problems.push('a lamp was on after the stop');
  const { signal } = new AbortController();
  const sessions = [
    camera.open({ widthPx: 640, heightPx: 480, fps: 10 }, signal),
    microphone.open({ sampleRateHz: 32_000, channels: 2 }, signal),
  ];
  for (const opened of await clock.runUntilSettled(Promise.allSettled(sessions))) {
    if (opened.status === 'fulfilled') await opened.value.close();
    else problems.push(`a device was still held: ${opened.reason}`);
  }
  return problems;
}

/** What came of many strikes. */
export class SweepReport {
  readonly #rests = new Map<string, number>();
  readonly #worst = { restlessMs: -1, recoveryMs: -1, slowest: '', longest: '' };
  readonly problems: string[] = [];
  #count = 0;

  add(what: string, { rest, restlessMs, recoveryMs, problems }: Outcome): void {
    this.#count++;
    this.#rests.set(rest, (this.#rests.get(rest) ?? 0) + 1);
    const worst = this.#worst;
    if (restlessMs > worst.restlessMs) Object.assign(worst, { restlessMs, longest: what });
    if (recoveryMs !== null && recoveryMs > worst.recoveryMs)
      Object.assign(worst, { recoveryMs, slowest: what });
    if (problems.length > 0) this.problems.push(`${what}: ${problems.join('; ')}`);
  }

  toString(): string {
    const { restlessMs, recoveryMs, slowest, longest } = this.#worst;
    const rests = [...this.#rests].map(([rest, count]) => `${count} ${rest}`).join(', ');
    return [
      `${this.#count} combinations, at rest ${rests}; ${this.problems.length} with a problem`,
      `  longest in a fault: ${restlessMs} ms (${longest}), at most ${restLimitMs} ms allowed`,
      `  slowest recovery after the end: ${recoveryMs} ms (${slowest}), at most ${recoveryLimitMs} ms allowed`,
    ].join('\n');
  }
}
