import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { HostConnection, hostUrl, readToken } from '../../src/scenario/host-connection.ts';
import { type HostTargetOptions, hostTarget } from '../../src/scenario/host-target.ts';
import { loadScenarios } from '../../src/scenario/load.ts';
import { parseRig } from '../../src/scenario/rig.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { type Scenario, scenario, step } from '../../src/scenario/scenario.ts';
import { type ServedDevice, serveDevice } from '../support/served-device.ts';

/** A device that was told to end has its lamp off within this time, on a loaded machine. */
const darkWithinMs = 1_000;
const never = new AbortController().signal;

let device: ServedDevice;
beforeAll(async () => {
  device = await serveDevice({ testDoors: true });
});
afterAll(() => device[Symbol.asyncDispose]());

function target(options: Partial<HostTargetOptions> = {}) {
  return hostTarget({ host: device, rig: null, askPerson: null, ...options });
}

const toGreen = [
  step.comes({ who: 'ana', distanceM: 1 }),
  step.expect({ lamp: 'green', is: 'on', withinMs: 3_000 }),
];

function visit(input: Partial<Parameters<typeof scenario>[0]> = {}): Scenario {
  return scenario({ name: 'visit', enrolled: ['ana'], steps: toGreen, ...input });
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('it did not reject');
}

/** A connection to the device that can be torn. */
async function throughWire(): Promise<{
  url: string;
  tear: () => void;
  mend: () => void;
  close: () => void;
}> {
  const port = Number(new URL(device.url).port);
  const sockets = new Set<Socket>();
  let torn = false;
  const server = createServer((near) => {
    if (torn) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    tear: () => {
      torn = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      torn = false;
    },
    close: () => server.close(),
  };
}

describe('a scenario against a device in its own time', () => {
  test('passes as in simulation, with its own configuration, and tells what it ran on', async () => {
    const holds = visit({
      config: { 'output.green.hold_ms': 700 },
      steps: [
        ...toGreen,
        step.expect({ lamp: 'green', is: 'off', withinMs: 1_500 }),
        step.edges({
          lamp: 'green',
          are: [{ is: 'on' }, { is: 'off', after: { leastMs: 600, mostMs: 1_000 } }],
        }),
      ],
    });
    const result = await runScenario(holds, await target());
    expect(result.failures).toEqual([]);
    expect(result).toMatchObject({
      outcome: 'pass',
      probes: { green: 'simulated pin', red: 'simulated pin' },
      provenance: { target: device.url, config: { 'output.green.hold_ms': 700 } },
    });
    expect(Object.keys(result.provenance.models)).toEqual(['build', 'config']);
    expect(result.records).toBeGreaterThan(50);
  });

  test('boots the device, stops it and boots it anew, with another configuration', async () => {
    const [config] = await loadScenarios([join(import.meta.dir, '../scenarios/sigterm-while-green.yaml')]);
    if (config === undefined) throw new Error('no scenario');
    const again = [...config.steps, step.configure({ config: { 'vision.votes': 2 } }), step.boot({})];
    const boots = scenario({
      name: 'boots',
      enrolled: ['ana'],
      steps: [step.boot({}), step.expect({ health: 'nominal', withinMs: 10_000 }), ...again],
    });
    const seen = new Set<number>();
    const result = await runScenario(boots, await target(), { onRecord: (_, boot) => seen.add(boot) });
    expect(result.failures).toEqual([]);
    expect(result.outcome).toBe('pass');
    expect([...seen]).toEqual([1, 2]);
  });

  test('a device that does something else is a FAIL', async () => {
    const result = await runScenario(
      visit({
        enrolled: [],
        steps: [step.comes({ who: 'ana' }), step.expect({ granted: 'ana', withinMs: 900 })],
      }),
      await target(),
    );
    expect(result.outcome).toBe('fail');
    expect(result.failures[0]?.seen).toContain('refused nobody-named');
  });

  test('somebody leaves who never came: an ERROR, and the next one runs', async () => {
    const bad = await runScenario(visit({ steps: [step.leaves({ who: 'bea' })] }), await target());
    expect(bad).toMatchObject({ outcome: 'error', rigBroken: false });
    expect(bad.reason).toContain('bea is not there');
    expect((await runScenario(visit(), await target())).outcome).toBe('pass');
  });

  test('interrupted while the lamp is on, it leaves the lamp off', async () => {
    const told = new AbortController();
    const unlisten = device.lives.lamps.onEdge((lamp, { on }) => {
      if (lamp === 'green' && on) told.abort(new Error('interrupted'));
    });
    const long = visit({ steps: [...toGreen, step.wait({ forMs: 60_000 })] });
    expect(await rejection(runScenario(long, await target(), { signal: told.signal }))).toBe('interrupted');
    unlisten();
    expect(device.lives.lamps.level('green')).toBe(false);
    expect(device.lives.device).toBeUndefined();
  });
});

describe('a connection that is lost while the lamp is on', () => {
  test('is an ERROR and no FAIL; the device puts the lamp out by itself and clears what was broken', async () => {
    const wire = await throughWire();
    const lampsMs: { on: boolean; atMs: number }[] = [];
    let tornMs = 0;
    const unlisten = device.lives.lamps.onEdge((lamp, { on }) => {
      if (lamp !== 'green') return;
      lampsMs.push({ on, atMs: performance.now() });
      if (!on) return;
      tornMs = performance.now();
      wire.tear();
      wire.mend();
    });
    const broken = visit({
      config: { 'output.green.hold_ms': 20_000, 'output.green.max_on_ms': 20_000 },
      steps: [
        step.breaks({ fault: 'models-slow', extraMs: 1 }),
        ...toGreen,
        step.stays({ lamp: 'green', is: 'on', forMs: 5_000 }),
      ],
    });
    const result = await runScenario(broken, await target({ host: { url: wire.url, token: device.token } }));
    unlisten();
    wire.close();
    expect(result).toMatchObject({ outcome: 'error', rigBroken: true });
    expect(result.reason).toContain('the connection to the device is lost');
    expect(lampsMs.map(({ on }) => on)).toEqual([true, false]);
    expect((lampsMs[1]?.atMs ?? 0) - tornMs).toBeLessThan(darkWithinMs);
    expect(device.lives.device).toBeUndefined();
    // Nothing of it is left for the next one.
    expect((await runScenario(visit(), await target())).outcome).toBe('pass');
  });

  test('a device that is gone for good: an ERROR that says so', async () => {
    const own = await serveDevice({ testDoors: true });
    const unlisten = own.lives.lamps.onEdge((lamp, { on }) => {
      if (lamp === 'green' && on) void own[Symbol.asyncDispose]();
    });
    const result = await runScenario(
      visit({ steps: [...toGreen, step.wait({ forMs: 20_000 })] }),
      await target({ host: own }),
    );
    unlisten();
    expect(result).toMatchObject({ outcome: 'error', rigBroken: true });
    expect(own.lives.lamps.level('green')).toBe(false);
  });
});

describe('what a device cannot take', () => {
  test('a second test while one runs is refused, and the first one goes on', async () => {
    const first = await HostConnection.open(device, () => {}, never);
    const begin = { seed: 1, models: 'oracle', hears: false, config: {} } as const;
    await first.ask({ ask: 'begin', ...begin, enrolled: [] });
    const second = await runScenario(visit(), await target());
    expect(second.outcome).toBe('error');
    expect(second.reason).toContain('does not take a test');
    expect((await first.ask({ ask: 'end' })).ended).toMatchObject({ stopped: true, lamps: { green: false } });
    first.close();
  });

  test('a device with its test doors shut is refused before anything runs', async () => {
    await using shut = await serveDevice({ testDoors: false });
    expect(await rejection(target({ host: shut }))).toContain('start it with vigil run --allow-test-doors');
    expect(await rejection(target({ host: { ...shut, token: 'x'.repeat(43) } }))).toContain("device's token");
    expect(await rejection(target({ host: { url: 'http://127.0.0.1:1', token: '' } }))).toContain(
      'does not answer',
    );
  });

  test('power cuts, faults of what is real and keys that name files are skipped with the reason', async () => {
    const reasonOf = async (input: Partial<Parameters<typeof scenario>[0]>) => {
      const { outcome, reason } = await runScenario(visit(input), await target());
      return `${outcome}: ${reason}`;
    };
    expect(await reasonOf({ steps: [step['cut-power']({})] })).toStartWith('skip: needs power-cut');
    expect(await reasonOf({ steps: [step.breaks({ fault: 'input-stuck', on: true })] })).toStartWith(
      'skip: the fault input-stuck cannot be put into it',
    );
    expect(await reasonOf({ models: 'real', steps: [step.breaks({ fault: 'models-blind' })] })).toStartWith(
      'skip: the fault models-blind',
    );
    expect(await reasonOf({ config: { 'trace.file': '/tmp/x' } })).toStartWith('skip: sets trace.file');
  });

  test('a person who has to come is told so, and without one the scenario is skipped', async () => {
    const rig = parseRig('name = "desk"\n[stimulus]\nsight = "person"', 'desk.toml');
    const skipped = await runScenario(visit(), await target({ rig }));
    expect(skipped).toMatchObject({
      outcome: 'skip',
      reason: "the rig's sight is a person, and nobody is there",
    });
    const asked: string[] = [];
    const askPerson = async (what: string) => void asked.push(what);
    const steps = [step.comes({ who: 'ana', distanceM: 1 }), step.leaves({ who: 'ana' })];
    const result = await runScenario(visit({ steps }), await target({ rig, askPerson }));
    expect(result.outcome).toBe('pass');
    expect(asked).toEqual([
      'ana: come to 1 m before the camera, looking at it',
      'ana: go out of the picture',
    ]);
  });

  test('a rig with a probe that the device has not is refused with file and line', async () => {
    const rig = parseRig('name = "wired"\n[probe]\ngreen = "loopback input"', 'wired.toml');
    expect(await rejection(target({ rig }))).toContain('wired.toml:3:1');
  });
});

describe('what the command is given', () => {
  test('an address with its port, and nothing else', () => {
    expect(hostUrl('127.0.0.1:4711')).toBe('http://127.0.0.1:4711');
    expect(hostUrl('http://localhost:4711')).toBe('http://localhost:4711');
    for (const wrong of ['moon', 'moon:', 'https://x:1', 'http://x:1/path', 'ftp://x:1', 'u:p@x:1', '']) {
      expect(() => hostUrl(wrong)).toThrow('--target');
    }
  });

  test('a token file of its owner alone', async () => {
    expect(await readToken(device.tokenPath)).toBe(device.token);
    const path = join(device.stateDirectory, 'copy');
    writeFileSync(path, device.token, { mode: 0o600 });
    chmodSync(path, 0o640);
    expect(await rejection(readToken(path))).toContain('chmod 600');
    chmodSync(path, 0o600);
    writeFileSync(path, 'short');
    expect(await rejection(readToken(path))).toContain('holds no token');
    expect(await rejection(readToken(join(device.stateDirectory, 'none')))).toContain('cannot be read');
  });
});
