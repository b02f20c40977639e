import { describe, expect, test } from 'bun:test';
import { FaultBoard } from '../../hal/sim/faults.ts';
import { Scene, sceneSchema } from '../../hal/sim/scene.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { parseConfig } from '../../src/config/read.ts';
import { sceneAnswers } from '../../src/page/answers/scene.ts';
import { type Ask, RequestRefused } from '../../src/page/requests.ts';
import { PlayedScene } from '../../src/runtime/played-scene.ts';
import { SceneHand } from '../../src/runtime/scene-hand.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { writeScenario, writeStep } from '../../src/scenario/write.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';

type Action = Ask<'scene-act'>['action'];

/** A scene in which Cora stands from the beginning, and a hand in it, on virtual time. */
function playedDoor(parts: { camera: boolean; microphone: boolean; green: boolean }) {
  const clock = new VirtualClock();
  const script = sceneSchema.parse({
    name: 'played',
    durationMs: 600_000,
    people: [{ subject: 'p_cora', entersAtMs: 0, from: 'here', stops: [{ distanceM: 1, stayMs: 600_000 }] }],
  });
  const scene = new PlayedScene(new Scene(script));
  const faults = new FaultBoard(clock);
  const names = ['ana', 'bea', 'stranger'];
  const hand = new SceneHand({
    ...{ clock, scene, faults, parts, cast: names, enrolled: ['ana', 'bea'] },
    config: parseConfig('', undefined, []).config,
    props: { pictures: new Set(names), clips: new Set(['ana', 'stranger']) },
  });
  const answers = sceneAnswers(hand, { writeStep, writeScenario });
  return {
    scene,
    faults,
    clock,
    seen: () => scene.at(clock.nowMs()).people.map(({ subject }) => subject),
    act: (action: Action) => answers['scene-act']({ action }),
    state: () => answers.scene(),
    saved: (name: string) => answers['scene-scenario']({ name }).yaml,
  };
}

const simulated = { camera: true, microphone: true, green: true };
const comes = (who: string, distanceM: number, lateralM = 0): Action => ({
  ...{ do: 'comes', who, distanceM, lateralM, yawDeg: 0, from: 'here', speedMps: 1.2, masked: false },
});

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a scene that is taken over by hand', () => {
  test('plays by itself until something is done; then whoever was in it is gone', () => {
    const door = playedDoor(simulated);
    expect(door.seen()).toEqual(['p_cora']);
    expect(door.state().began).toBe(false);
    const { began, inView } = door.act(comes('ana', 0.9, -0.3));
    expect(began).toBe(true);
    expect(inView).toEqual([{ who: 'ana', distanceM: 0.9, lateralM: -0.3, yawDeg: 0, masked: false }]);
    expect(door.seen()).toEqual(['p_ana']);
  });

  test('breaks what is told, and mends it', () => {
    const door = playedDoor(simulated);
    door.act({ do: 'breaks', what: 'green-stuck-off' });
    expect(door.faults.find('line-stuck', 'green')?.on).toBe(false);
    expect(door.state().broken).toEqual(['green-stuck-off']);
    expect(refusal(() => door.act({ do: 'breaks', what: 'green-stuck-on' }))).toBeInstanceOf(RequestRefused);
    door.act({ do: 'mends', what: 'green-stuck-off' });
    expect(door.faults.find('line-stuck', 'green')).toBeUndefined();
  });

  test('refuses to break a part that is a real one, and does not offer it', () => {
    const door = playedDoor({ camera: true, microphone: false, green: false });
    expect(door.state().breakages).toEqual(['camera-unplugged', 'camera-frozen', 'camera-black']);
    expect(door.state().voices).toEqual([]);
    expect(refusal(() => door.act({ do: 'breaks', what: 'green-stuck-on' }))).toMatchObject({ status: 409 });
    expect(door.state().steps).toEqual([]);
  });

  test.each<readonly [string, Action]>([
    ['somebody leaves who never came', { do: 'leaves', who: 'ana', to: 'left' }],
    ['somebody comes of whom there is no picture', comes('nobody', 1)],
    ['what is not broken is mended', { do: 'mends', what: 'camera-frozen' }],
  ])('says why not, and remembers nothing, when %s', (_, action) => {
    const door = playedDoor(simulated);
    expect(refusal(() => door.act(action))).toMatchObject({ status: 409 });
    expect(door.state().steps).toEqual([]);
    expect(door.seen()).toEqual(['p_cora']);
  });

  test('nothing done is no scenario', () => {
    expect(refusal(() => playedDoor(simulated).saved('empty'))).toMatchObject({ status: 409 });
  });
});

test('what was done is a scenario file that runs to its end and has the device decide as it did', async () => {
  const door = playedDoor(simulated);
  const play: readonly (readonly [afterMs: number, Action])[] = [
    [0, comes('ana', 1.05, 0.35)],
    [4_000, comes('stranger', 2, -0.5)],
    [1_250.4, { do: 'moves', who: 'stranger', distanceM: 0.1 + 0.7 }],
    [500, { do: 'speaks', who: 'ana', forMs: 3_000, levelDbfs: -26 }],
    [2_000, { do: 'leaves', who: 'ana', to: 'left' }],
    [700, { do: 'light', levelLight: 0.25 }],
    [0, { do: 'breaks', what: 'camera-unplugged' }],
    [61_000, { do: 'mends', what: 'camera-unplugged' }],
    [0, { do: 'breaks', what: 'microphone-mute' }],
    [100, { do: 'breaks', what: 'green-stuck-off' }],
    [900, { do: 'mends', what: 'green-stuck-off' }],
  ];
  for (const [afterMs, action] of play) {
    await door.clock.runUntil(door.clock.nowMs() + afterMs);
    door.act(action);
  }
  const yaml = door.saved('two-at-the-door');
  expect(yaml.split('\n').slice(2, 8)).toEqual([
    'enrolled: [ana, bea]',
    'steps:',
    '  - comes: { who: ana, distance: 1.05m, lateral: 0.35m }',
    '  - wait: 4s',
    '  - comes: { who: stranger, distance: 2m, lateral: -0.5m }',
    '  - wait: 1.25s',
  ]);
  expect(yaml).toContain('  - speaks: { who: ana, for: 3s }\n');
  expect(yaml).toContain('  - breaks: { fault: error, port: camera, error: disconnected }\n  - wait: 61s\n');

  const scenario = parseYamlScenario(yaml, 'two-at-the-door.yaml');
  const done = scenario.steps.filter((step) => step.do !== 'wait');
  expect(done.map((step) => step.do)).toEqual(play.map(([, action]) => action.do));
  expect<object | undefined>(done[0]).toEqual(play[0]?.[1]);
  const granted: string[] = [];
  const result = await runScenario(scenario, simTarget(), {
    onRecord: (record) => {
      if (record.kind === 'event' && record.event === 'ACCESS.GRANTED') granted.push(JSON.stringify(record));
    },
  });
  expect(result.failures).toEqual([]);
  expect(result.outcome).toBe('pass');
  expect(granted[0]).toContain('p_ana');
});
