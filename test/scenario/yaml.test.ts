import { describe, expect, test } from 'bun:test';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { ScenarioFileError } from '../../src/scenario/file-error.ts';
import { quantityOf, spoken } from '../../src/scenario/quantity.ts';
import { placeOf } from '../../src/scenario/step.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';
import inTypeScript from './known-face.ts';

const library = resolve(import.meta.dir, '../scenarios');

/** What is said of a text that is wrong: `line:column: message`, one a problem. */
function problemsIn(text: string): string[] {
  try {
    parseYamlScenario(text, 'bad.yaml');
  } catch (error) {
    if (!(error instanceof ScenarioFileError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^bad\.yaml:/, ''));
  }
  return [];
}

const withSteps = (...steps: string[]) => `name: x\nsteps:\n${steps.map((line) => `  - ${line}\n`).join('')}`;

test('a scenario in YAML is the same steps as in TypeScript', async () => {
  const file = join(library, 'known-face.yaml');
  const { steps, file: _, needPlaces, ...heading } = parseYamlScenario(await Bun.file(file).text(), file);
  const { steps: otherSteps, file: __, needPlaces: ___, ...otherHeading } = inTypeScript;
  expect(steps).toEqual([...otherSteps]);
  expect(heading).toEqual(otherHeading);
  expect(needPlaces.get('camera')).toEqual({ file, line: 8, column: 5 });
});

test('every step knows where it stands, in both', () => {
  expect(placeOf(inTypeScript.steps[0]!)).toEqual({
    file: join(import.meta.dir, 'known-face.ts'),
    line: 10,
    column: 10,
  });
  const [, wait] = parseYamlScenario(withSteps('boot', 'wait: 2s'), 'a.yaml').steps;
  expect(placeOf(wait!)).toEqual({ file: 'a.yaml', line: 4, column: 5 });
});

test('a field may stand alone, and every unit counts', () => {
  const { steps } = parseYamlScenario(
    withSteps(
      'comes: ana',
      'light: 0.5 light',
      'wait: 1.5min',
      'noise: { for: 200ms, level: -26dBFS }',
      'moves: { who: ana, distance: 120cm, yaw: -30deg }',
      'breaks: { fault: wall-clock-jump, by: -2h }',
      'breaks: { fault: camera-slow, fps: 2fps, for: 3s }',
      'clock: 2026-01-31T08:00:00Z',
      'edit: { who: ana, hours: mon-fri 08:00-18:00, until: 2026-01-31 }',
    ),
    'a.yaml',
  );
  expect(steps).toMatchObject([
    { do: 'comes', who: 'ana', distanceM: 1, from: 'here' },
    { do: 'light', levelLight: 0.5 },
    { do: 'wait', forMs: 90_000 },
    { do: 'noise', forMs: 200, levelDbfs: -26 },
    { do: 'moves', who: 'ana', distanceM: 1.2, yawDeg: -30 },
    { do: 'breaks', fault: 'wall-clock-jump', byMs: -7_200_000 },
    { do: 'breaks', fault: 'camera-slow', fps: 2, forMs: 3_000 },
    { do: 'clock', set: '2026-01-31T08:00:00Z' },
    { do: 'edit', who: 'ana', hours: 'mon-fri 08:00-18:00', until: '2026-01-31' },
  ]);
});

test('a time is read as it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90_000_000 }), (ms) => {
      expect(quantityOf('forMs', spoken('forMs', ms))).toBe(ms);
    }),
  );
});

describe('a file that is wrong is told with its place and what is allowed', () => {
  const cases: Record<string, [text: string, ...problems: (string | RegExp)[]]> = {
    'malformed YAML': ['name: x\nsteps: [\n', /^3:1: not valid YAML: /],
    'a key twice': ['name: x\nname: y\nsteps: [boot]\n', /^2:1: not valid YAML: Map keys must be unique/],
    'an alias': ['name: &a x\nabout: *a\nsteps: [boot]\n', /^2:8: aliases/],
    'nothing at all': ['', /^1:1: a scenario is a mapping with name, steps/],
    'an unknown heading': [
      'nam: x\nsteps: [boot]\n',
      /^1:1: a scenario has no 'nam' \(did you mean 'name'\?\); allowed: name/,
      /^1:1: name: /,
    ],
    'an unknown step': [
      withSteps('comez: ana'),
      /^3:5: there is no step 'comez' \(did you mean 'comes'\?\); allowed: boot, breaks/,
    ],
    'two steps in one': [
      withSteps('{ wait: 2s, boot: }'),
      /^3:5: a step is one of .*; this one has wait, boot$/,
    ],
    'no steps': ['name: x\nsteps: []\n', '2:8: a scenario needs steps: a list of at least one'],
    'a missing unit': [
      withSteps('wait: 2'),
      "3:11: for is '2', but must be a time with its unit (ms, s, min, h, d), as 500ms",
    ],
    'a unit of something else': [
      withSteps('comes: { who: ana, distance: 2s }'),
      "3:34: distance is '2s', but must be a length with its unit (m, cm), as 1.2m",
    ],
    'a negative time': [withSteps('wait: -2s'), "3:11: for is '-2s', but a time cannot be negative"],
    'a field that is not there': [
      withSteps('expect: { lamp: green, is: on, withn: 2s }'),
      "3:36: 'expect' has no field 'withn' here (did you mean 'within'?); allowed: lamp, is, within",
    ],
    'a field that is missing': [withSteps('comes: { distance: 1m }'), '3:12: comes.who: is missing'],
    'a value that is none': [
      withSteps('expect: { lamp: blue, is: on }'),
      '3:21: expect.lamp: Invalid option: expected one of "green"|"red"',
    ],
    'hours that are none': [
      withSteps('edit: { who: ana, hours: 8 to 6 }'),
      '3:30: edit.hours: must be hours, as mon-fri 08:00-18:00, sat 22:00-02:00',
    ],
    'a day that is none': [
      withSteps('edit: { who: ana, until: 2026-02-30 }'),
      '3:30: edit.until: must be a day, as 2026-01-31',
    ],
    'an edit of nothing': [
      withSteps('edit: { who: ana }'),
      '3:5: edit: must say what is other: hours, until or disabled',
    ],
    'a time of day without a zone': [
      withSteps('clock: { set: 2026-01-31T08:00:00 }'),
      '3:19: clock.set: must be a time, as 2026-01-31T08:00:00Z',
    ],
    'a clock that is left alone': [withSteps('clock: {}'), '3:5: clock: must say set, trusted or both'],
    'nothing to see': [
      withSteps('expect: { within: 2s }'),
      /^3:5: expect: must say what to see with exactly one of lamp, output, machine, health, granted/,
    ],
    'an event that is to stay': [
      withSteps('stays: { granted: ana, for: 1s }'),
      /^3:5: stays: can watch lamp, output, machine or health; granted is not a state/,
    ],
    'an unknown fault': [
      withSteps('breaks: camera-frosen'),
      /^3:5: breaks: there is no fault 'camera-frosen' \(did you mean 'camera-frozen'\?\); allowed: error, camera-stalled/,
    ],
    'a fault with another one’s field': [
      withSteps('breaks: { fault: camera-frozen, port: camera }'),
      "3:37: 'breaks' has no field 'port' here; allowed: fault, for",
    ],
    'an unknown feature': [
      'name: x\nneeds: [camera, laser]\nsteps: [boot]\n',
      /^2:17: needs\.1: .*allowed: camera/,
    ],
    'an unknown key of the configuration': [
      'name: x\nconfig:\n  output.green.hold_s: 2\nsteps:\n  - configure: { camera.fps: 1000 }\n',
      '5:18: camera.fps is 1000, but must be a number above 0, at most 60, in frames a second',
      '3:3: output.green.hold_s is 2, but the key is hold_ms, in milliseconds: hold_ms = 2000',
    ],
    'something deep inside': [
      withSteps('measure: { name: m, to: { lamp: gree, is: on }, limits: { mosst: 2s }, within: 1s }'),
      "3:63: 'measure' has no field 'mosst' here (did you mean 'most'?); allowed: least, most",
    ],
    'something within a repetition': [
      withSteps('repeat: { times: 2, steps: [{ wait: 2 }] }'),
      /^3:41: for is '2', but must be a time/,
    ],
  };

  test.each(Object.entries(cases))('%s', (_, [text, ...expected]) => {
    const problems = problemsIn(text);
    expect(problems.length).toBe(expected.length);
    for (const [index, problem] of expected.entries()) {
      if (typeof problem === 'string') expect(problems[index]).toBe(problem);
      else expect(problems[index]).toMatch(problem);
    }
  });
});
