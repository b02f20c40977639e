import { describe, expect, test } from 'bun:test';
import { ScenarioFileError } from '../../src/scenario/file-error.ts';
import { parseRig } from '../../src/scenario/rig.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTargetOn } from '../../src/scenario/sim-target.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';

/** What is said of a rig for the simulation. */
function problemsIn(text: string, file = 'rig.toml'): string {
  try {
    simTargetOn(parseRig(text, file));
  } catch (error) {
    if (error instanceof ScenarioFileError) return error.message;
    throw error;
  }
  return '';
}

describe('a rig', () => {
  test('is the same in TOML and in YAML', () => {
    const toml = parseRig('name = "one"\nhas = ["camera"]\n[probe]\ngreen = "simulated pin"\n', 'rig.toml');
    const yaml = parseRig('name: one\nhas: [camera]\nprobe: { green: simulated pin }\n', 'rig.yaml');
    expect(JSON.stringify({ ...toml, file: '' })).toBe(JSON.stringify({ ...yaml, file: '' }));
  });

  test('that has less than a scenario needs skips it, and says what it has', async () => {
    const target = simTargetOn(parseRig('name = "deaf"\nhas = ["camera", "power"]\n', 'deaf.toml'));
    const steps = 'steps:\n  - comes: ana\n  - speaks: { who: ana, for: 1s }\n';
    const result = await runScenario(parseYamlScenario(`name: x\n${steps}`, 'x.yaml'), target);
    expect(result.outcome).toBe('skip');
    expect(result.reason).toBe('needs microphone (x.yaml:4:5); the rig deaf (deaf.toml) has camera, power');
  });

  test.each([
    ['malformed', 'name = ', 'rig.toml:1:'],
    ['without a name', 'has = []\n', 'rig.toml:1:1: name: '],
    [
      'with an unknown key',
      'name = "x"\nhass = []\n',
      "rig.toml:2:1: a rig has no 'hass'; allowed: name, has, stimulus, probe",
    ],
    ['with an unknown feature', 'name = "x"\nhas = ["laser"]\n', 'rig.toml:2:1: has.0: Invalid option'],
    [
      'with a feature that the target cannot have',
      'name = "x"\nhas = ["camera", "loopback"]\n',
      'rig.toml:2:1: the target sim cannot have loopback; allowed: camera, microphone',
    ],
    [
      'that shows people in another way than the target does',
      'name = "x"\n[stimulus]\nsight = "person"\n',
      'rig.toml:3:1: stimulus.sight is person, but the target sim has none; allowed: scene',
    ],
    [
      'that reads the lamps in another way',
      'name = "x"\n[probe]\ngreen = "loopback input"\n',
      'rig.toml:3:1: probe.green is loopback input, but the target sim has none; allowed: simulated pin',
    ],
  ])('%s is told with its place and what is allowed', (_, text, expected) => {
    expect(problemsIn(text)).toStartWith(expected);
  });

  test('in YAML is told to the very item', () => {
    const text = 'name: x\nhas: [camera, loopback]\n';
    expect(problemsIn(text, 'rig.yaml')).toStartWith('rig.yaml:2:15: the target sim cannot have loopback');
  });
});
