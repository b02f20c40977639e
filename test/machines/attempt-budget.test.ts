import { expect, test } from 'bun:test';
import { parseConfig } from '../../src/config/read.ts';
import { machineDelays } from '../../src/runtime/machine-delays.ts';
import { run, type Simulated, visitor } from './simulate.ts';

const lockouts = (simulated: Simulated) =>
  simulated
    .snapshots('device/access')
    .flatMap(({ tMs, states }) => (states.includes('lockedOut') ? [tMs] : []));

const strangers = (...entersAtMs: number[]) => entersAtMs.map((atMs) => visitor('p_eve', atMs, 2_000));

test('strangers who come long after one another are not taken for somebody who keeps trying', async () => {
  const config = '[access]\nattempts_allowed = 2\nattempts_within_ms = 10000\nlockout_ms = 1000\n';
  const seldom = await run({ people: strangers(2_000, 15_000, 28_000), config }, 34_000);
  expect(lockouts(seldom)).toEqual([]);
  const often = await run({ people: strangers(2_000, 8_000), config }, 12_000);
  expect(lockouts(often)).toHaveLength(1);
});

test('each lockout is twice as long as the one before, up to a limit, until somebody is granted', async () => {
  const config = '[access]\nattempts_allowed = 1\nlockout_ms = 2000\nlockout_max_ms = 5000\n';
  const delay = machineDelays(parseConfig(config, 'test.toml').config, () => 0).access['lockout time'];
  const after = (lockouts: number) => delay({ context: { lockouts } });
  expect([1, 2, 3, 99].map(after)).toEqual([2_000, 4_000, 5_000, 5_000]);

  const people = [...strangers(2_000, 8_000), visitor('p_ana', 16_000, 2_000), ...strangers(24_000)];
  const simulated = await run({ people, config }, 30_000);
  const spans = simulated.snapshots('device/access').map(({ tMs, states }) => ({ tMs, states }));
  const lasted = spans.flatMap(({ tMs, states }, i) =>
    states.includes('lockedOut') ? [(spans[i + 1]?.tMs ?? Number.NaN) - tMs] : [],
  );
  expect(lasted).toEqual([2_000, 4_000, 2_000]);
});
