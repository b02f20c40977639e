import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { HostConnection, readToken } from '../../src/scenario/host-connection.ts';
import { hostTarget } from '../../src/scenario/host-target.ts';
import { loadScenarios } from '../../src/scenario/load.ts';
import { runScenarios } from '../../src/scenario/suite.ts';
import { startDevice } from '../support/running-device.ts';

const library = resolve(import.meta.dir, '../scenarios');

/** Nobody outside of a process has a switch for its power, or a watchdog that resets it. */
const notFromOutside: readonly string[] = ['boot-loop', 'power-cut-while-green', 'watchdog-resets'];

test('the library runs against a device in another process, in its own time', async () => {
  await using device = await startDevice();
  const [, address = '', , tokenPath = ''] = device.args;
  const host = { url: `http://${address}`, token: await readToken(tokenPath) };
  const results = await runScenarios(
    await loadScenarios([library]),
    await hostTarget({ host, rig: null, askPerson: null }),
    {
      onResult: ({ name, outcome, reason, tookMs }) =>
        console.log(`${outcome} ${name} ${(tookMs / 1_000).toFixed(1)} s ${reason ?? ''}`),
    },
  );
  const skipped = results.filter(({ outcome }) => outcome === 'skip').map(({ name }) => name);
  expect(skipped).toEqual([...notFromOutside]);
  const bad = results.filter(({ outcome }) => outcome === 'fail' || outcome === 'error');
  expect(bad.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([]);
}, 1_800_000);

test('SIGTERM while a test has the lamp on puts it out, and ends the process in order', async () => {
  await using device = await startDevice();
  const [, address = '', , tokenPath = ''] = device.args;
  const host = { url: `http://${address}`, token: await readToken(tokenPath) };
  const changes: boolean[] = [];
  const lit = Promise.withResolvers<void>();
  const connection = await HostConnection.open(
    host,
    ({ edges }) => {
      for (const { lamp, on } of edges) if (lamp === 'green') changes.push(on);
      if (changes[0] === true) lit.resolve();
    },
    new AbortController().signal,
  );
  const config = { 'output.green.hold_ms': 20_000, 'output.green.max_on_ms': 20_000 };
  const heading = { seed: 1, models: 'oracle', hears: false, enrolled: ['ana'], config } as const;
  await connection.ask({ ask: 'begin', ...heading, enrolled: [...heading.enrolled] });
  await connection.ask({ ask: 'boot' });
  const place = { distanceM: 1, lateralM: 0, yawDeg: 0, from: 'here', speedMps: 1, masked: false } as const;
  await connection.ask({ ask: 'act', action: { do: 'comes', who: 'ana', ...place } });
  await lit.promise;
  const lost = connection.lost.catch(() => undefined);
  expect(await device.terminate()).toBe(0);
  await lost;
  expect(changes).toEqual([true, false]);
}, 60_000);
