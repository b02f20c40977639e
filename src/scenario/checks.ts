import { type Observation, tellObservation } from './observation.ts';
import { spoken } from './quantity.ts';
import type { LimitsMs, Measurement } from './result.ts';
import { observationOf, type StepOf, type WatchingStep } from './step.ts';
import { seconds, type Watcher } from './watcher.ts';

/** Why an expectation is broken. */
export interface Unmet {
  readonly expected: string;
  readonly seen: string;
}

/** Watches as long as the step says; undefined when it is met. */
export function watch(step: WatchingStep, watcher: Watcher, signal: AbortSignal): Promise<Unmet | undefined> {
  const observation = observationOf(step);
  if (step.do === 'expect') return expectIt(observation, step.withinMs, watcher, signal);
  if (step.do === 'never') return neverSeeIt(observation, step.forMs, watcher, signal);
  return stays(observation, step.forMs, watcher, signal);
}

async function expectIt(
  observation: Observation,
  withinMs: number,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Unmet | undefined> {
  // An event that an earlier expectation was met by does not count again.
  let met = false;
  const look = () => {
    met ||= watcher.holds(observation) || watcher.take(observation);
    return met;
  };
  if (await watcher.until(look, withinMs, signal)) return undefined;
  const within = withinMs === 0 ? 'now' : `within ${spoken('Ms', withinMs)}`;
  return { expected: `${tellObservation(observation)} ${within}`, seen: watcher.tellSeen(observation) };
}

async function neverSeeIt(
  observation: Observation,
  forMs: number,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Unmet | undefined> {
  const before = watcher.timesOf(observation).length;
  const look = () => watcher.holds(observation) || watcher.timesOf(observation).length > before;
  if (!(await watcher.until(look, forMs, signal))) return undefined;
  const atMs = watcher.timesOf(observation).at(-1);
  const since = atMs === undefined ? 'it does already' : `it does, at ${seconds(atMs)}`;
  return { expected: `never: ${tellObservation(observation)}, for ${spoken('Ms', forMs)}`, seen: since };
}

async function stays(
  observation: Observation,
  forMs: number,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Unmet | undefined> {
  let broken = false;
  const look = () => {
    broken ||= !watcher.holds(observation);
    return broken;
  };
  if (!(await watcher.until(look, forMs, signal))) return undefined;
  return {
    expected: `${tellObservation(observation)} all the time for ${spoken('Ms', forMs)}`,
    seen: watcher.tellSeen(observation),
  };
}

/** Compares the whole history of a lamp. */
export function compareEdges(step: StepOf<'edges'>, watcher: Watcher, startMs: number): Unmet | undefined {
  const seen = watcher.edges(step.lamp);
  const right =
    seen.length === step.are.length &&
    step.are.every(({ is, after }, index) => {
      const edge = seen[index];
      const previousMs = seen[index - 1]?.atMs ?? startMs;
      return edge?.on === (is === 'on') && isWithin(edge.atMs - previousMs, after ?? {});
    });
  if (right) return undefined;
  const expected = step.are.map(({ is, after }) =>
    after === undefined ? is : `${is} ${tellLimits(after)} later`,
  );
  const found = seen.map(({ on, atMs }, index) => {
    const afterMs = atMs - (seen[index - 1]?.atMs ?? startMs);
    return `${on ? 'on' : 'off'} ${spoken('Ms', Math.round(afterMs))} later (${seconds(atMs)})`;
  });
  return {
    expected: `the ${step.lamp} lamp changes exactly so: ${expected.join(', ') || 'never'}`,
    seen: found.join(', ') || 'it never changed',
  };
}

/** Measures the time between two observations since a step last did something. */
export async function measure(
  step: StepOf<'measure'>,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<{ measurement: Measurement; unmet: Unmet | undefined }> {
  const { name, from, to, limits, marginal = null, withinMs } = step;
  const fromMs = () => (from === 'now' ? watcher.markMs : watcher.timesOf(from)[0]);
  const toMs = () => {
    const start = fromMs();
    return start === undefined ? undefined : watcher.timesOf(to).find((atMs) => atMs >= start);
  };
  await watcher.until(() => toMs() !== undefined, withinMs, signal);
  const [start, end] = [fromMs(), toMs()];
  const value = start === undefined || end === undefined ? null : Math.round((end - start) * 1_000) / 1_000;
  const inLimits = value !== null && isWithin(value, limits);
  const inMargin = value !== null && (marginal === null || isWithin(value, marginal));
  const outcome = !inLimits ? 'fail' : inMargin ? 'pass' : 'marginal';
  const measurement: Measurement = { name, unit: 'ms', value, limits, marginal, outcome };
  if (inLimits) return { measurement, unmet: undefined };
  const expected = `${name}: ${tellLimits(limits)}`;
  if (value !== null) return { measurement, unmet: { expected, seen: spoken('Ms', value) } };
  const missing = start === undefined && from !== 'now' ? from : to;
  const seen = `no time to measure: ${tellObservation(missing)} was not seen (${watcher.tellSeen(missing)})`;
  return { measurement, unmet: { expected, seen } };
}

function isWithin(ms: number, { leastMs, mostMs }: LimitsMs): boolean {
  return (leastMs === undefined || ms >= leastMs) && (mostMs === undefined || ms <= mostMs);
}

function tellLimits({ leastMs, mostMs }: LimitsMs): string {
  if (leastMs !== undefined && mostMs !== undefined) {
    return leastMs === mostMs ? spoken('Ms', leastMs) : `${spoken('Ms', leastMs)} to ${spoken('Ms', mostMs)}`;
  }
  if (mostMs !== undefined) return `at most ${spoken('Ms', mostMs)}`;
  return leastMs === undefined ? 'any time' : `at least ${spoken('Ms', leastMs)}`;
}
