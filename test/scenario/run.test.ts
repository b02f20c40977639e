import { describe, expect, test } from 'bun:test';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { runScenario } from '../../src/scenario/run.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { runScenarios } from '../../src/scenario/suite.ts';
import { RigError, type Session, type Target } from '../../src/scenario/target.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';

/** A scenario of these steps, each a line of YAML, in which ana and bea are enrolled. */
function of(...steps: string[]): Scenario {
  const lines = steps.map((line) => `  - ${line}\n`).join('');
  return parseYamlScenario(`name: x\nenrolled: [ana, bea]\nsteps:\n${lines}`, 'x.yaml');
}

const run = (...steps: string[]): Promise<ScenarioResult> => runScenario(of(...steps), simTarget());

describe('a scenario', () => {
  test('passes when everything comes as expected, and says what it measured', async () => {
    const result = await run(
      'comes: ana',
      'measure: { name: to light, to: { lamp: green, is: on }, limits: { most: 2s }, within: 3s }',
      'expect: { granted: ana, by: face }',
    );
    expect(result).toMatchObject({ outcome: 'pass', reason: null, failures: [], rigBroken: false });
    expect(result.measurements).toEqual([
      {
        name: 'to light',
        unit: 'ms',
        value: 500,
        limits: { mostMs: 2_000 },
        marginal: null,
        outcome: 'pass',
      },
    ]);
    expect(result.edges.green[0]).toEqual({ atMs: 500, on: true });
    expect(result.probes).toEqual({ green: 'simulated pin', red: 'simulated pin' });
    expect(result.provenance).toMatchObject({ target: 'sim', seed: 1 });
    expect(result.provenance.build.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('fails at the first broken expectation, with its place, what was seen, and how it came to it', async () => {
    const result = await run('comes: eve', 'expect: { granted: ana, within: 3s }', 'wait: 1h');
    expect(result.outcome).toBe('fail');
    expect(result.durationMs).toBeLessThan(60_000);
    const [failure, ...more] = result.failures;
    expect(more).toEqual([]);
    expect(failure).toMatchObject({
      place: { file: 'x.yaml', line: 5, column: 5 },
      step: 'expect { granted: ana, within: 3s }',
      expected: 'ana is granted within 3s',
      seen: 'since 0.000 s: refused nobody-named by face',
    });
    expect(failure?.trace.length).toBe(10);
    const trace = failure?.trace.join('\n');
    expect(trace).toContain('faces finished: unknown');
    expect(trace).toContain('ACCESS.REFUSED (nobody-named, face)');
  });

  test('has its outputs off at the end, whatever happened while they were on', async () => {
    const lit = ['comes: ana', 'expect: { lamp: green, is: on, within: 3s }'];
    const failed = await run(...lit, 'expect: { lamp: green, is: off }');
    expect([failed.outcome, failed.edges.green.at(-1)?.on]).toEqual(['fail', false]);
    expect(failed.edges.red.at(-1)?.on ?? false).toBe(false);
    const erred = await run(...lit, 'leaves: eve');
    expect([erred.outcome, erred.edges.green.at(-1)?.on]).toEqual(['error', false]);
  });

  test('is skipped with the place of the need where the target lacks it', async () => {
    const scenario = parseYamlScenario('name: x\nneeds: [loopback]\nsteps: [wait: 1s]\n', 'x.yaml');
    const result = await runScenario(scenario, simTarget());
    expect(result.outcome).toBe('skip');
    expect(result.reason).toMatch(/^needs loopback \(x\.yaml:2:9\); the simulation has camera, microphone/);
    expect(result.traceHash).toBe(null);
  });

  test('is in error, not failed, when it asks for what cannot be', async () => {
    for (const steps of [
      ['leaves: ana'],
      ['comes: ana', 'comes: ana'],
      ['boot', 'boot'],
      ['mends: store-full'],
      ['edit: { who: eve, disabled: true }'],
    ]) {
      const result = await run(...steps);
      expect(result.outcome).toBe('error');
      expect(result.reason).toMatch(/^x\.yaml:\d+:5: /);
      expect(result.rigBroken).toBe(false);
    }
  });

  test('gives the same trace again, and another one with another seed', async () => {
    const scenario = of('comes: ana', 'speaks: { who: bea, for: 8s }', 'wait: 12s');
    const again = () => runScenario(scenario, simTarget());
    const [one, two] = [await again(), await again()];
    expect(one.traceHash).toMatch(/^[0-9a-f]{64}$/);
    expect(two.traceHash).toBe(one.traceHash);
    const other = await runScenario({ ...scenario, seed: 2 }, simTarget());
    expect(other.traceHash).not.toBe(one.traceHash);
  });

  test('stops at a signal, with the rig put back, and says no result', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    let ended = 0;
    const target = watchingEnds(simTarget(), () => ended++);
    const running = runScenario(of('wait: 1h'), target, {
      signal: stop.signal,
      onStep: () => stop.abort(reason),
    });
    expect(await running.catch((error: unknown) => error)).toBe(reason);
    expect(ended).toBe(1);
  });
});

describe('measurements', () => {
  const measured = async (limits: string) => {
    const step = `measure: { name: m, to: { lamp: green, is: on }, ${limits}, within: 3s }`;
    const { measurements, outcome } = await run('comes: ana', step);
    return [outcome, measurements[0]?.outcome];
  };

  test('are marginal within the limits but out of the narrower ones, which is a pass', async () => {
    expect(await measured('limits: { most: 2s }, marginal: { most: 500ms }')).toEqual(['pass', 'pass']);
    expect(await measured('limits: { most: 2s }, marginal: { most: 499ms }')).toEqual(['pass', 'marginal']);
    expect(await measured('limits: { least: 501ms }')).toEqual(['fail', 'fail']);
    expect(await measured('limits: { most: 499ms }')).toEqual(['fail', 'fail']);
  });

  test('fail without a value when there is nothing to measure', async () => {
    const { measurements, failures } = await run(
      'measure: { name: m, to: { lamp: green, is: on }, limits: {}, within: 3s }',
    );
    expect(measurements[0]).toMatchObject({ value: null, outcome: 'fail' });
    expect(failures[0]?.seen).toContain('the green lamp is on was not seen');
  });

  test('reach from one thing to another', async () => {
    const { measurements } = await run(
      'comes: ana',
      'measure: { name: m, from: { lamp: green, is: on }, to: { lamp: green, is: off }, limits: {}, within: 9s }',
    );
    expect(measurements[0]?.value).toBe(2_000);
  });
});

describe('what is watched for', () => {
  const lit = ['comes: ana', 'expect: { lamp: green, is: on, within: 3s }'];

  test('an event counts once, and only since a step did something', async () => {
    expect((await run(...lit, 'expect: { granted: ana }')).outcome).toBe('pass');
    expect((await run(...lit, 'expect: { granted: ana }', 'expect: { granted: ana }')).outcome).toBe('fail');
    expect(
      (await run(...lit, 'comes: { who: bea, lateral: 0.4m }', 'expect: { granted: ana }')).outcome,
    ).toBe('fail');
  });

  test('a lamp that goes off does not stay on', async () => {
    expect((await run(...lit, 'stays: { lamp: green, is: on, for: 1.9s }')).outcome).toBe('pass');
    const { failures } = await run(...lit, 'stays: { lamp: green, is: on, for: 3s }');
    expect(failures[0]).toMatchObject({ atMs: 2_500, seen: 'it is off since 2.500 s' });
  });

  test('what must never happen fails the moment it does', async () => {
    expect((await run('comes: eve', 'never: { granted: anybody, for: 5s }')).outcome).toBe('pass');
    const { failures } = await run('comes: ana', 'never: { lamp: green, is: on, for: 5s }');
    expect(failures[0]).toMatchObject({ atMs: 500, seen: 'it does, at 0.500 s' });
  });

  test('the whole history of a lamp is compared, not its beginning', async () => {
    const seen = [...lit, 'leaves: ana', 'wait: 5s'];
    const edges = (are: string) => `edges: { lamp: green, are: ${are} }`;
    expect((await run(...seen, edges('[on, { is: off, after: { least: 2s, most: 2s } }]'))).outcome).toBe(
      'pass',
    );
    for (const are of [
      '[]',
      '[on]',
      '[on, off, on]',
      '[off, on]',
      '[on, { is: off, after: { most: 1s } }]',
    ]) {
      expect([are, (await run(...seen, edges(are))).outcome]).toEqual([are, 'fail']);
    }
  });
});

describe('power', () => {
  test('that is cut takes the light with it, and the device boots anew', async () => {
    const result = await run(
      'boot',
      'expect: { health: nominal, within: 10s }',
      'comes: ana',
      'expect: { lamp: green, is: on, within: 3s }',
      'cut-power',
      'expect: { lamp: green, is: off }',
      'expect: { health: off }',
      'boot',
      'expect: { health: nominal, within: 10s }',
      'expect: { granted: ana, within: 3s }',
      'expect: { lamp: green, is: on, within: 1s }',
    );
    expect([result.outcome, result.reason]).toEqual(['pass', null]);
    expect(result.edges.green.map(({ on }) => on)).toEqual([true, false, true, false]);
    expect(result.edges.green[1]?.atMs).toBe(result.edges.green[0]?.atMs);
  });

  test('that fails again and again leads to safe, since the disk remembers', async () => {
    const boots = Array.from({ length: 5 }, () => ['boot', 'wait: 1s', 'cut-power']).flat();
    const result = await run(...boots, 'boot', 'expect: { health: safe, within: 2s }');
    expect([result.outcome, result.reason]).toEqual(['pass', null]);
  });

  test('every boot has a trace that begins at 1', async () => {
    const seen = new Map<number, number[]>();
    await runScenario(
      of('boot', 'wait: 1s', 'stop', 'expect: { health: stopped, within: 5s }', 'boot', 'wait: 1s'),
      simTarget(),
      {
        onRecord: ({ seq }, boot) => seen.set(boot, [...(seen.get(boot) ?? []), seq]),
      },
    );
    expect([...seen.keys()]).toEqual([1, 2]);
    for (const numbers of seen.values()) expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('a configuration that is changed counts from the next boot on', async () => {
    const held = (hold: string) =>
      `edges: { lamp: green, are: [on, { is: off, after: { least: ${hold}, most: ${hold} } }] }`;
    const visit = ['comes: ana', 'wait: 5s', 'leaves: ana', 'wait: 2s'];
    const changed = ['boot', 'wait: 1s', 'configure: { output.green.hold_ms: 1000 }'];
    expect((await run(...changed, ...visit, held('2s'))).outcome).toBe('pass');
    const rebooted = [...changed, 'cut-power', 'boot', 'wait: 1s', ...visit, held('1s')];
    expect((await run(...rebooted)).outcome).toBe('pass');
  });
});

describe('a rig that breaks', () => {
  test('makes errors of all that come after it, at once', async () => {
    let opened = 0;
    const target: Target = {
      ...simTarget(),
      open: async (scenario, signal) => {
        if (++opened === 2) throw new RigError('the power supply does not answer');
        return simTarget().open(scenario, signal);
      },
    };
    const results = await runScenarios(
      [of('wait: 1s'), of('wait: 1s'), of('wait: 1s'), of('wait: 1s')],
      target,
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['pass', 'error', 'error', 'error']);
    expect(results[3]?.reason).toContain('the rig broke in x: the power supply does not answer');
    expect(opened).toBe(2);
  });

  test('while putting it back is an error even after a pass', async () => {
    const target = watchingEnds(simTarget(), () => {
      throw new RigError('the lamp cannot be read back');
    });
    const result = await runScenario(of('wait: 1s'), target);
    expect(result).toMatchObject({
      outcome: 'error',
      reason: 'the lamp cannot be read back',
      rigBroken: true,
    });
  });

  test('is not what a part of the device that fails is', async () => {
    const target = simTarget({
      replacePorts: () => ({ testModels: () => Promise.reject(new Error('taken out')) }),
    });
    const result = await runScenario(of('wait: 1s'), target);
    expect(result.outcome).toBe('fail');
    expect(result.failures[0]?.expected).toContain('the device operates');
  });
});

/** The target, with something that happens after every end of a session. */
function watchingEnds(target: Target, ended: () => void): Target {
  return {
    ...target,
    open: async (scenario, signal): Promise<Session> => {
      const session = await target.open(scenario, signal);
      const { time, stimulus, probe, observe, running, models } = session;
      return {
        ...{ time, stimulus, probe, observe, running, models },
        end: async () => {
          const end = await session.end();
          ended();
          return end;
        },
      };
    },
  };
}
