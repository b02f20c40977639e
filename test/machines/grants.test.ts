import { expect, test } from 'bun:test';
import { grantedTo, greenEdges, run, visitor } from './simulate.ts';

test('two people who are granted in one look have a grant each, and share one light', async () => {
  const people = [
    visitor('p_ana', 2_000, 8_000, { lateralM: -0.3 }),
    visitor('p_bea', 2_000, 8_000, { lateralM: 0.3 }),
  ];
  const simulated = await run({ people }, 12_000);
  expect(grantedTo(simulated).sort()).toEqual(['p_ana', 'p_bea']);
  const grantIds = simulated.records.flatMap((record) =>
    record.kind === 'hal.out' && record.op === 'grant' ? [record.grantId] : [],
  );
  expect(new Set(grantIds).size).toBe(grantIds.length);
  const [[onMs, on], [offMs, off], ...more] = greenEdges(simulated) as [[number, boolean], [number, boolean]];
  expect([on, off, more]).toEqual([true, false, []]);
  expect(offMs - onMs).toBeLessThanOrEqual(5_000);
});

test('a grant that was used and is given again lights nothing, and the next visitor is served', async () => {
  const people = [visitor('p_ana', 2_000, 3_000), visitor('p_bea', 20_000, 5_000)];
  const simulated = await run({ people }, 10_000);
  const used = simulated.records.findLast(
    (record) => record.kind === 'event' && record.event === 'ACCESS.GRANTED' && record.to === 'device',
  );
  if (used?.kind !== 'event') throw new Error('nobody was granted');
  const lit = greenEdges(simulated).length;
  const grant = { grantId: '', subjectId: 'p_ana', issuedAtMs: 0, ...Object(used.data.grant) };
  const account = Object(used.data.account);
  for (const issuedAtMs of [grant.issuedAtMs, simulated.clock.nowMs()]) {
    simulated.actor.send({
      type: 'ACCESS.GRANTED',
      by: 'face',
      trackId: 1,
      grant: { ...grant, issuedAtMs },
      account,
    });
    await simulated.clock.runFor(3_000);
    expect(greenEdges(simulated)).toHaveLength(lit);
  }
  await simulated.clock.runUntil(26_000);
  expect(greenEdges(simulated)).toHaveLength(lit + 2);
  expect(grantedTo(simulated).at(-1)).toBe('p_bea');
});
