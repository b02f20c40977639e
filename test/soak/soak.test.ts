import { expect, test } from 'bun:test';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { lifeOf } from './days.ts';

test('a short day with people, voices, faults and clock changes ends well, and is the same each time', async () => {
  const day = () => lifeOf({ name: 'short-day', days: 1, openHours: 2, nightHours: 0.5, seed: 1 });
  const first = await runScenario(day(), simTarget());
  expect(first.reason).toBeNull();
  expect(first.outcome).toBe('pass');
  expect(first.edges.green.filter(({ on }) => on).length).toBeGreaterThan(3);
  expect((await runScenario(day(), simTarget())).traceHash).toBe(first.traceHash);
}, 60_000);
