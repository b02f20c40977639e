import { expect, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startDevice } from '../support/running-device.ts';
import { vigil } from './vigil.ts';

const root = resolve(import.meta.dir, '../..');
const files = ['sigterm-while-green', 'two-known-people', 'dark'].map((name) =>
  join(root, 'test/scenarios', `${name}.yaml`),
);

test('files of the library run against a device in another process, and it ends with its lamps off', async () => {
  await using device = await startDevice();
  expect(device.said()).toContain('TEST DOORS ARE OPEN');

  const doctor = await vigil(['doctor', '--state', device.stateDirectory]);
  expect(doctor.stdout).toMatch(/^warning +interface:.*TEST DOORS ARE OPEN/m);

  const wrong = join(device.stateDirectory, 'wrong');
  writeFileSync(wrong, 'x'.repeat(43), { mode: 0o600 });
  const [, target = ''] = device.args;
  const refused = await vigil(['scenario', 'run', ...files, '--target', target, '--token', wrong]);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain('vigil run says which file holds it');

  const rig = join(root, 'test/hil/loopback.toml');
  const run = ['scenario', 'run', ...files, ...device.args, '--unattended', '--rig', rig, '--json'];
  const ran = await vigil(run);
  const results = ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(results.map(({ name, outcome, reason }) => [name, outcome, reason])).toEqual([
    ['sigterm-while-green', 'pass', null],
    ['two-known-people', 'pass', null],
    ['dark', 'pass', null],
  ]);
  expect(ran.exitCode).toBe(0);
  for (const { provenance, probes } of results) {
    expect(provenance).toMatchObject({ target: `http://${target}`, rig: `the rig loopback (${rig})` });
    expect(probes).toEqual({ green: 'simulated pin', red: 'simulated pin' });
  }

  expect(await device.terminate()).toBe(0);
  expect(existsSync(join(device.stateDirectory, 'interface.token'))).toBe(false);
}, 90_000);
